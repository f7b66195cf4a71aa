/** The basket: kept in the browser, since there is nothing to buy. */

import { el, icon } from "/web/dom.js";

import { money, titleOf, words } from "./words.js";

const KEY = "shop-basket";

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export class Cart {
  /** `products` are the shop's; the basket holds how many of each, by product and variant id. */
  constructor(products, button, dialog) {
    Object.assign(this, { button, dialog, amounts: load() });
    this.offers = new Map(
      products.flatMap((product) => [
        [product.id, { product }],
        ...(product.variants ?? []).map((variant) => [variant.id, { product, variant }]),
      ]),
    );
    button.addEventListener("click", () => dialog.showModal());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    this.#show();
  }

  add(id, amount = 1) {
    const left = (this.amounts[id] ?? 0) + amount;
    if (left > 0) this.amounts[id] = left;
    else delete this.amounts[id];
    localStorage.setItem(KEY, JSON.stringify(this.amounts));
    this.#show();
  }

  #show() {
    const lines = Object.entries(this.amounts).filter(([id]) => this.offers.has(id));
    const things = lines.reduce((sum, [, n]) => sum + n, 0);
    this.button.replaceChildren(words.basket, el("span", { class: "count" }, String(things)));
    const total = lines.reduce((sum, [id, n]) => sum + n * this.#price(id), 0);
    this.dialog.replaceChildren(
      el(
        "header",
        {},
        el("h2", {}, words.basket),
        el("button", { type: "button", "aria-label": words.close, onclick: () => this.dialog.close() }, icon("close")),
      ),
      lines.length
        ? el(
            "ul",
            {},
            lines.map(([id, n]) => this.#line(id, n)),
          )
        : el("p", { class: "empty" }, words.empty),
      el(
        "footer",
        {},
        lines.length > 0 && el("p", { class: "total" }, el("span", {}, words.total), el("b", {}, money(total, "EUR"))),
        el("p", { class: "note" }, words.notReal),
      ),
    );
  }

  #price(id) {
    const { product, variant } = this.offers.get(id);
    return variant?.price ?? product.price;
  }

  #line(id, amount) {
    const { product, variant } = this.offers.get(id);
    const title = titleOf(product);
    return el(
      "li",
      {},
      el("img", { src: `/demo/pictures/${product.id}.jpg`, alt: "", width: "72", height: "72" }),
      el(
        "div",
        {},
        el("a", { href: product.url }, title),
        variant && el("small", {}, Object.values(variant.options).join(", ")),
        el("b", {}, money(this.#price(id) * amount, product.currency)),
      ),
      el(
        "div",
        { class: "amount" },
        el("button", { type: "button", "aria-label": `${words.less}: ${title}`, onclick: () => this.add(id, -1) }, "−"),
        el("span", {}, String(amount)),
        el("button", { type: "button", "aria-label": `${words.more}: ${title}`, onclick: () => this.add(id) }, "+"),
      ),
    );
  }
}
