/** Rows of products that nobody asked for: like the one on the page, and what fits what was looked at before. */

import { el } from "/web/dom.js";

import { tile } from "./tile.js";
import { words } from "./words.js";

const SHOWN = 4;

/** A row under `heading`, empty until what `ask()` resolves to is there, and gone where there is nothing. */
function row(heading, products, ask) {
  const list = el("ul", { class: "tiles" });
  const section = el("section", { class: "range suggestions", hidden: true }, el("h2", {}, heading), list);
  const byId = new Map(products.map((product) => [product.id, product]));
  customElements
    .whenDefined("vitrine-chat")
    .then(() => ask())
    .then((cards) => {
      const known = cards.filter((card) => byId.has(card.id));
      list.append(...known.map((card, place) => suggested(byId.get(card.id), place, card.why)));
      section.hidden = known.length === 0;
    })
    .catch(() => null); // the server may still be loading; the page is whole without
  return section;
}

function suggested(product, place, why) {
  const node = tile(product, place);
  if (why) node.querySelector("a").append(el("span", { class: "why" }, why));
  return node;
}

export function similarTo(product, products, chat) {
  return row(words.similar, products, () => chat.similar(product.id, SHOWN));
}

export function forYou(products, chat) {
  return row(words.forYou, products, () => chat.recommendations(SHOWN));
}
