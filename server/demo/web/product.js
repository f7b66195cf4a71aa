/** One product: its picture, price, sizes and facts, and its relatives in other colours. */

import { el, icon } from "/web/dom.js";

import { similarTo } from "./suggestions.js";
import { stockOf, tile } from "./tile.js";
import { money, titleOf, words } from "./words.js";

export function showProduct(main, product, products, cart, chat) {
  const title = titleOf(product);
  document.title = `${title} · ${document.title}`;
  const relatives = products.filter((other) => other.group === product.group && other.id !== product.id);
  main.append(
    el(
      "nav",
      { class: "crumbs", "aria-label": "Breadcrumb" },
      el("a", { href: "/demo#range" }, words.all),
      el(
        "a",
        { href: `/demo?category=${encodeURIComponent(product.category)}#range` },
        words.categories[product.category] ?? product.category,
      ),
    ),
    el(
      "article",
      { class: "product" },
      el(
        "div",
        { class: "frame" },
        el("img", {
          src: `/demo/pictures/${product.id}.jpg`,
          alt: title,
          width: "640",
          height: "640",
          fetchpriority: "high",
        }),
      ),
      el(
        "div",
        { class: "told" },
        el("p", { class: "maker" }, product.brand),
        el("h1", {}, title),
        offer(product, cart, chat),
        el("p", { class: "description", lang: "en" }, product.description),
        facts(product),
      ),
    ),
    ...(relatives.length
      ? [
          el(
            "section",
            { class: "range" },
            el("h2", {}, words.family),
            el("ul", { class: "tiles" }, relatives.slice(0, 8).map(tile)),
          ),
        ]
      : []),
    similarTo(product, products, chat),
  );
}

/** Price, sizes and the buttons; choosing a size changes the price, the stock and what goes into the basket. */
function offer(product, cart, chat) {
  const variants = product.variants ?? [];
  let chosen = variants.find((variant) => variant.stock > 0) ?? variants[0];
  const price = el("p", { class: "price" });
  const stock = el("p", { class: "stock" });
  const add = el("button", { type: "button", class: "button" });
  const sizes = variants.map((variant) => ({
    variant,
    node: el(
      "button",
      { type: "button", onclick: () => ((chosen = variant), show()) },
      Object.values(variant.options).join(", "),
    ),
  }));

  function show() {
    const state = stockOf(chosen ? { ...product, stock: chosen.stock } : product);
    price.textContent = money(chosen?.price ?? product.price, product.currency);
    stock.className = `stock ${state?.kind ?? "plenty"}`;
    stock.textContent = state?.text ?? words.available;
    add.disabled = state?.kind === "out";
    add.textContent = state?.kind === "out" ? words.out : words.add;
    for (const { variant, node } of sizes) node.setAttribute("aria-pressed", String(variant === chosen));
  }

  add.addEventListener("click", () => {
    cart.add(chosen?.id ?? product.id);
    add.textContent = words.added;
    setTimeout(show, 1_500);
  });
  show();
  return el(
    "div",
    { class: "offer" },
    el("div", { class: "line" }, price, stock),
    sizes.length > 0 &&
      el(
        "div",
        { class: "sizes", role: "group", "aria-label": words.size },
        sizes.map(({ node }) => node),
      ),
    el(
      "div",
      { class: "buttons" },
      add,
      el("button", { type: "button", class: "button quiet", onclick: () => chat.open() }, icon("chat"), words.ask),
    ),
  );
}

function facts(product) {
  const rows = Object.entries(words.facts).filter(([key]) => product[key]);
  return el(
    "dl",
    { class: "facts", "aria-label": words.details },
    rows.map(([key, name]) => el("div", {}, el("dt", {}, name), el("dd", { lang: "en" }, product[key]))),
  );
}
