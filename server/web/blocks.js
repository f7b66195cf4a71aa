/**
 * The parts of a message as nodes. `view` has the words, the language, the server's address, the readings of photos
 * and what presses do; with `blocks` it draws kinds of its own.
 */

import { el, icon, link, safeUrl } from "./dom.js";
import { markdown } from "./markdown.js";

const FEW = 5;
const STEPS = ["pending", "processed", "shipped", "delivered"];

/** The nodes of a message's blocks; a kind that we do not know yet is shown by its words. */
export function renderBlocks(message, view) {
  return message.blocks
    .map((block) => (view.blocks?.[block.type] ?? BLOCKS[block.type] ?? words)(block, view, message))
    .filter(Boolean);
}

const BLOCKS = { text: words, photo, products, choices, faq, order, confirm, email };

function words(block, view, message) {
  if (!block.text) return null;
  const ours = message.author.kind === "visitor"; // what a shopper writes is not markdown
  return el(
    "div",
    { class: "bubble", dir: "auto" },
    ours ? el("p", { class: "plain" }, block.text) : markdown(block.text),
  );
}

function photo(block, view) {
  const { words, server, readings } = view;
  const source = block.preview ?? safeUrl(block.thumbnail_url || block.url, server);
  const whole = block.preview ?? safeUrl(block.url, server);
  const picture = el("img", {
    src: source,
    alt: words.photoAlt,
    width: block.width || null,
    height: block.height || null,
    decoding: "async",
  });
  const reading = readings.get(block.upload_id);
  return el(
    "figure",
    { class: "photo" },
    whole ? el("a", { href: whole, target: "_blank", rel: "noopener noreferrer" }, picture) : picture,
    reading?.caption &&
      el("figcaption", { dir: "auto" }, icon("eye"), el("span", {}, el("b", {}, words.iSee), ` ${reading.caption}`)),
  );
}

function products(block, view) {
  const cards = block.products.map((product, place) => card(product, view, place));
  const kind = cards.length === 1 ? "cards single" : "cards";
  return el("ul", { class: kind, "aria-label": view.words.products, tabindex: cards.length > 2 ? "0" : null }, cards);
}

function card(product, view, place) {
  const { words, server, language } = view;
  const image = product.image && safeUrl(product.image, server);
  const variants = product.variants ?? [];
  return el(
    "li",
    { class: "card" },
    el(
      "div",
      { class: "picture" },
      image &&
        el("img", { src: image, alt: "", loading: place > 2 ? "lazy" : null, decoding: "async", onerror: missing }),
    ),
    el(
      "div",
      { class: "about" },
      el("h3", { dir: "auto" }, product.url ? link(product.title, product.url, { class: "whole" }) : product.title),
      el(
        "div",
        { class: "row" },
        el("span", { class: "price" }, money(product.price, product.currency, language)),
        stock(product, words),
      ),
      variants.length > 0 &&
        el(
          "ul",
          { class: "variants" },
          variants.slice(0, 4).map((name) => el("li", {}, name)),
          variants.length > 4 && el("li", {}, `+${variants.length - 4}`),
        ),
      view.watching && product.why && el("p", { class: "why", dir: "auto" }, product.why), // scores are for staff
    ),
  );
}

function missing(event) {
  event.target.remove();
}

function stock({ availability, stock: left }, words) {
  const gone = /out/i.test(availability) || left === 0;
  if (/pre.?order/i.test(availability)) return el("span", { class: "stock later" }, words.preorder);
  if (gone) return el("span", { class: "stock out" }, words.out);
  if (left > 0 && left <= FEW) return el("span", { class: "stock few" }, words.few(left));
  return el("span", { class: "stock" }, words.inStock);
}

/** A price in the reader's way of writing; the plain figures where the currency is not one. */
export function money(amount, currency, language) {
  try {
    return new Intl.NumberFormat(language === "zh" ? "zh-CN" : navigator.language, {
      style: "currency",
      currency,
    }).format(Number(amount));
  } catch {
    return `${amount} ${currency}`;
  }
}

function choices(block, view, message) {
  if (!view.open(message)) return null; // answered: the shopper's own bubble says what was chosen
  const press = (choice) => () => view.choose(message, choice);
  return el(
    "div",
    { class: "choices", role: "group", "aria-label": block.text },
    block.choices.map((choice) => el("button", { type: "button", onclick: press(choice) }, choice.label)),
  );
}

function faq(block, { words }) {
  return el(
    "details",
    { class: "faq" },
    el("summary", { dir: "auto" }, icon("quote"), el("span", {}, el("small", {}, words.faq), block.title)),
    el("blockquote", { dir: "auto" }, block.quote),
    block.url && el("p", { class: "more" }, link(words.more, block.url)),
  );
}

function order(block, { words }) {
  const step = STEPS.indexOf(block.status);
  return el(
    "section",
    { class: "order", "aria-label": `${words.order} ${block.id}` },
    el(
      "header",
      {},
      icon("box"),
      el("b", {}, `${words.order} ${block.id}`),
      el("span", { class: `status ${step < 0 ? "aside" : ""}` }, words.statuses[block.status] ?? block.status),
    ),
    step >= 0 &&
      el(
        "div",
        { class: "steps", "aria-hidden": "true" },
        STEPS.map((_, i) => el("i", { class: i <= step && "done" })),
      ),
    el(
      "ul",
      { dir: "auto" },
      block.lines.map((line) => el("li", {}, line)),
    ),
    el("footer", {}, el("span", {}, words.total), el("b", {}, block.total)),
    block.tracking_url && el("p", { class: "more" }, link(words.track, block.tracking_url)),
  );
}

/** A change with everything that it would do, its two buttons, and how it ended. */
function confirm(block, view, message) {
  const left = Date.parse(block.expires_at) - (Date.now() + (view.ahead?.() ?? 0));
  const ended = view.cards.get(block.id) ?? (left <= 0 && "expired");
  if (!ended && left < 1e9) view.expires?.(message, left);
  const { cards } = view.words;
  const pressed = view.pressed?.has(block.id); // once is enough
  const press = (value) => () => view.answer(message, block, value);
  const button = (value, label) =>
    el("button", { type: "button", class: value, disabled: pressed, onclick: press(value) }, label);
  const rows = block.rows.map((row) => el("div", {}, el("dt", {}, row.label), el("dd", {}, row.value)));
  return el(
    "section",
    { class: "order confirm", "aria-label": block.title, dir: "auto" },
    el("b", {}, icon(ended === "done" ? "check" : "quote"), ` ${block.title}`),
    el("dl", {}, rows),
    block.notes.map((note) => el("p", { class: "notes" }, note)),
    ended
      ? el("p", { class: "status aside", role: "status" }, cards[ended] ?? cards.other)
      : !view.watching &&
          el("div", { class: "choices" }, button("yes", block.confirm), button("no", block.decline)),
  );
}

/** A field for the address at which a person answers, or the address that was given. */
function email(block, view, message) {
  const { words } = view;
  const given = view.email?.();
  if (view.watching || !view.takesEmail(message)) return given && el("p", { class: "email" }, words.emailGiven(given.address));
  const field = el("input", { type: "email", required: true, maxlength: "254", placeholder: "name@example.com" });
  const form = el("form", { class: "email" }, el("label", {}, block.text, field), el("button", {}, words.send));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    view.leaveEmail(field.value);
  });
  return form;
}
