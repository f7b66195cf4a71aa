/** A product as it stands in a row of products. */

import { el } from "/web/dom.js";

import { money, titleOf, words } from "./words.js";

const FEW = 5;

/** What to know about its stock, in words and as a class; null when there is plenty. */
export function stockOf({ availability, stock }) {
  if (availability === "preorder") return { kind: "later", text: words.preorder };
  if (availability !== "in stock" || stock === 0) return { kind: "out", text: words.out };
  return stock <= FEW ? { kind: "few", text: words.few(stock) } : null;
}

export function priceOf(product) {
  const prices = (product.variants ?? []).map((variant) => variant.price);
  const price = money(prices.length ? Math.min(...prices) : product.price, product.currency);
  return new Set(prices).size > 1 ? words.from(price) : price;
}

export function tile(product, place) {
  const stock = stockOf(product);
  return el(
    "li",
    { class: "tile" },
    el(
      "a",
      { href: product.url },
      el(
        "span",
        { class: "frame" },
        el("img", {
          src: `/demo/pictures/${product.id}.jpg`,
          alt: "",
          width: "384",
          height: "384",
          loading: place > 7 ? "lazy" : null,
          decoding: "async",
        }),
        stock && el("span", { class: `flag ${stock.kind}` }, stock.text),
      ),
      el("span", { class: "title" }, titleOf(product)),
      el("span", { class: "price" }, priceOf(product)),
    ),
  );
}
