/** The small markdown of replies (paragraphs, bold, lists, links) as nodes; HTML in it stays words. */

import { el, link } from "./dom.js";

// Every repetition is bounded, so that no text takes longer than its length.
const INLINE =
  /\*\*([^*\n]{1,400})\*\*|\[([^[\]\n]{1,300})\]\(([^()\s]{1,2000})\)|(https?:\/\/[^\s<>()[\]"'“”，。！？；]{1,2000})/g;
const ITEM = /^\s{0,3}(?:[-*•]|(\d{1,3})[.)])\s+(.*)$/;

/** The nodes of a text; what is not finished yet, such as an open `**`, stays as it was written. */
export function markdown(text) {
  const blocks = [];
  let paragraph = [];
  let list = null;
  const endParagraph = () => {
    if (paragraph.length)
      blocks.push(
        el(
          "p",
          {},
          paragraph.flatMap((line, i) => (i ? [el("br"), ...inline(line)] : inline(line))),
        ),
      );
    paragraph = [];
  };
  for (const line of String(text).split(/\r?\n/)) {
    const item = ITEM.exec(line);
    if (item) {
      endParagraph();
      const tag = item[1] ? "ol" : "ul";
      if (list?.localName !== tag) blocks.push((list = el(tag, tag === "ol" ? { start: item[1] } : {})));
      list.append(el("li", {}, inline(item[2])));
    } else {
      list = null;
      if (line.trim()) paragraph.push(line.replace(/^#{1,6}\s+(.{1,200})$/, "**$1**"));
      else endParagraph();
    }
  }
  endParagraph();
  return blocks;
}

function inline(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    nodes.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [, bold, words, target, bare] = match;
    if (bold) nodes.push(el("strong", {}, bold));
    else if (words) nodes.push(link(words, target));
    else {
      const address = bare.replace(/[.,;:!?]{1,5}$/, "");
      nodes.push(link(address, address), bare.slice(address.length));
    }
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}
