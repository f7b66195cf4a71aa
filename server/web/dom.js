/** Building the page. Words go in as text nodes only: nothing that anybody wrote is ever read as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, listeners (`onclick`) and children; what is null or false is left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  chat: "M12 3.5c5 0 8.8 3.3 8.8 7.6s-3.8 7.6-8.8 7.6c-1 0-2-.1-2.9-.4L4.7 20.5l1-3.7c-1.6-1.4-2.5-3.4-2.5-5.7C3.2 6.8 7 3.5 12 3.5Z",
  close: "M6 6l12 12M18 6 6 18",
  end: "M14 4.5H5.5v15H14M10 12h10.5m-4-4 4 4-4 4",
  down: "m6 9.5 6 6 6-6",
  send: "M12 19.5V5m-6 6 6-6 6 6",
  photo:
    "M4.5 8h3l1.6-2.5h5.8L16.5 8h3c.6 0 1 .4 1 1v9.5c0 .6-.4 1-1 1h-15c-.6 0-1-.4-1-1V9c0-.6.4-1 1-1ZM12 16.6a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6Z",
  person: "M12 11.5a3.8 3.8 0 1 0 0-7.5 3.8 3.8 0 0 0 0 7.5ZM4.8 20c.5-3.6 3.4-5.6 7.2-5.6s6.7 2 7.2 5.6",
  copy: "M9 9h10.5v11.5H9ZM15 9V4.5H4.5V15H9",
  again: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3l2.2 2.2m0-4.9v4.9h-4.9",
  up: "M7.5 11v9H4v-9Zm0 0 3.8-7.5c1.5 0 2.3 1 2 2.5l-.7 3.5h5.3c1.3 0 2.2 1.1 1.9 2.4l-1.3 6.3c-.2 1-1 1.8-2.1 1.8H7.5",
  thumb:
    "M16.5 13V4H20v9Zm0 0-3.8 7.5c-1.5 0-2.3-1-2-2.5l.7-3.5H6.1c-1.3 0-2.2-1.1-1.9-2.4l1.3-6.3C5.7 4.8 6.5 4 7.6 4h8.9",
  eye: "M2.5 12S6 5.8 12 5.8 21.5 12 21.5 12 18 18.2 12 18.2 2.5 12 2.5 12ZM12 14.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4Z",
  check: "m4.5 12.5 5 5 10-11",
  checks: "m1.5 12.5 4.8 5 9.7-11M11 15.8l1.7 1.7 9.8-11",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2",
  alert: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5v5.5m0 3v.1",
  quote: "M5 5.5h14v13H8.5L5 21ZM8.5 10h7M8.5 13.5h5",
  mail: "M4 6h16v12H4ZM4.5 6.5l7.5 6 7.5-6",
  box: "m12 3.5 8 4.3v8.4l-8 4.3-8-4.3V7.8ZM4.2 8 12 12.2 19.8 8M12 12.2v8",
};

/** A line drawing that takes the colour of the words around it; decoration, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** The address if it is http(s) or relative to `base`, else null: no `javascript:`, no `data:`. */
export function safeUrl(text, base) {
  try {
    const url = new URL(text, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that opens in a new tab unless it stays in this shop; just the words if the address is not safe. */
export function link(words, address, attributes = {}) {
  const href = safeUrl(address, document.baseURI);
  if (!href) return document.createTextNode(words);
  const away = new URL(href).origin !== location.origin;
  return el("a", { href, rel: "noopener noreferrer nofollow", target: away && "_blank", ...attributes }, words);
}
