/** The whole range, with a search, a category, a colour, what is in stock, and an order; all of it in the address. */

import { el, icon } from "/web/dom.js";

import { forYou } from "./suggestions.js";
import { tile } from "./tile.js";
import { titleOf, words } from "./words.js";

const SHOWN_FIRST = ["VAS-2000", "LMP-2200", "CSH-3000"];
const COLOURS = [
  "white",
  "beige",
  "brown",
  "yellow",
  "orange",
  "red",
  "pink",
  "purple",
  "blue",
  "green",
  "grey",
  "black",
  "silver",
  "gold",
  "clear",
];

export function showRange(main, products, categories, chat) {
  const wanted = new URLSearchParams(location.search);
  const list = el("ul", { class: "tiles" });
  const count = el("p", { class: "found", role: "status" });
  const search = el("input", {
    type: "search",
    placeholder: words.search,
    "aria-label": words.search,
    value: wanted.get("q"),
  });
  const sort = el(
    "select",
    { "aria-label": words.sort },
    Object.entries(words.sorts).map(([value, name]) =>
      el("option", { value, selected: wanted.get("sort") === value }, name),
    ),
  );
  const stocked = el("input", { type: "checkbox", checked: wanted.has("stock") });
  const tabs = ["", ...categories].map((name) =>
    toggle("category", name, name ? (words.categories[name] ?? name) : words.all),
  );
  const present = COLOURS.filter((colour) => products.some((product) => product.colour === colour));
  const dots = present.map((colour) =>
    toggle("colour", colour, "", { class: `dot ${colour}`, "aria-label": `${words.colour}: ${colour}`, title: colour }),
  );
  const all = products.map((product) => ({ product, words: searchable(product) }));

  function toggle(key, value, label, attributes = {}) {
    const press = () => {
      const off = value === "" || wanted.get(key) === value;
      if (off) wanted.delete(key);
      else wanted.set(key, value);
      show();
    };
    return { key, value, node: el("button", { type: "button", onclick: press, ...attributes }, label) };
  }

  function show() {
    for (const { key, value, node } of [...tabs, ...dots])
      node.setAttribute("aria-pressed", String((wanted.get(key) ?? "") === value));
    const found = sorted(
      all.filter(matches).map(({ product }) => product),
      wanted.get("sort"),
    );
    count.textContent = words.count(found.length);
    const reset = el(
      "button",
      { type: "button", class: "plain", onclick: () => location.assign("/demo#range") },
      words.reset,
    );
    list.replaceChildren(...(found.length ? found.map(tile) : [el("li", { class: "nothing" }, words.none, reset)]));
    const query = wanted.toString();
    history.replaceState(null, "", query ? `?${query}${location.hash}` : location.pathname + location.hash);
  }

  function matches({ product, words: said }) {
    const terms = (wanted.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    return (
      terms.every((term) => said.includes(term)) &&
      (!wanted.has("category") || product.category === wanted.get("category")) &&
      (!wanted.has("colour") || product.colour === wanted.get("colour")) &&
      (!wanted.has("stock") || (product.availability === "in stock" && product.stock > 0))
    );
  }

  function set(key, value) {
    if (value) wanted.set(key, value);
    else wanted.delete(key);
    show();
  }

  search.addEventListener("input", () => set("q", search.value.trim()));
  sort.addEventListener("change", () => set("sort", sort.value === "shop" ? "" : sort.value));
  stocked.addEventListener("change", () => set("stock", stocked.checked ? "1" : ""));
  main.append(
    hero(products, chat),
    forYou(products, chat),
    el(
      "section",
      { id: "range", class: "range" },
      el(
        "div",
        { class: "filters" },
        el(
          "div",
          { class: "tabs" },
          tabs.map(({ node }) => node),
        ),
        el("label", { class: "search" }, search),
      ),
      el(
        "div",
        { class: "filters fine" },
        el(
          "div",
          { class: "dots", role: "group", "aria-label": words.colour },
          dots.map(({ node }) => node),
        ),
        el("label", { class: "check" }, stocked, words.inStock),
        count,
        sort,
      ),
      list,
    ),
  );
  show();
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView();
}

function hero(products, chat) {
  const chosen = SHOWN_FIRST.map((id) => products.find((product) => product.id === id)).filter(Boolean);
  const picture = (product) =>
    el(
      "a",
      { href: product.url, "aria-label": titleOf(product) },
      el("img", {
        src: `/demo/pictures/${product.id}.jpg`,
        alt: "",
        width: "384",
        height: "384",
        fetchpriority: "high",
      }),
    );
  return el(
    "section",
    { class: "hero" },
    el(
      "div",
      { class: "words" },
      el("h1", {}, words.heading),
      el("p", {}, words.lead),
      el(
        "div",
        { class: "buttons" },
        el("a", { class: "button", href: "#range" }, words.browse),
        el("button", { type: "button", class: "button quiet", onclick: () => chat.open() }, icon("photo"), words.photo),
      ),
    ),
    el("div", { class: "collage" }, chosen.map(picture)),
  );
}

function searchable(product) {
  const { title, title_zh, category, brand, type, colour, shade, material, pattern, printed_text, id } = product;
  return [title, title_zh, category, brand, type, colour, shade, material, pattern, printed_text, id]
    .join(" ")
    .toLowerCase();
}

function sorted(products, order) {
  const sign = { low: 1, high: -1 }[order];
  return sign ? products.toSorted((a, b) => sign * (a.price - b.price)) : products;
}
