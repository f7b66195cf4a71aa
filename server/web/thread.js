/** The conversation as a list on the page: only what changed is made anew, and the reader's place is kept. */

import { renderBlocks } from "./blocks.js";
import { isShops } from "./conversation.js";
import { el, icon } from "./dom.js";

const NEAR = 80; // pixels from the end within which new words pull the view along

export class Thread {
  /**
   * `view` is the blocks' view with what presses do: `choose`, `rate`, `again`, `copy`, `retry`, `earlier`;
   * who is `watching` only reads.
   */
  constructor(view) {
    this.view = view;
    this.rows = new Map(); // by message key: the node and what it was made from
    this.list = el("div", {
      class: "log",
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
      "aria-label": view.words.log,
      tabindex: "0",
    });
    this.stage = el(
      "div",
      { class: "stage", hidden: true },
      el("span", { class: "dots" }, el("i"), el("i"), el("i")),
      el("span", { class: "words" }),
    );
    this.newer = el(
      "button",
      { class: "newer", type: "button", hidden: true, onclick: () => this.toEnd() },
      icon("down"),
      view.words.newer,
    );
    this.earlier = el(
      "button",
      { class: "earlier", type: "button", hidden: true, onclick: () => view.earlier() },
      view.words.earlier,
    );
    this.element = el("div", { class: "thread" }, this.list, this.newer);
    this.list.append(this.earlier, this.stage);
    const scrolled = () => {
      this.pinned = this.atEnd;
      if (this.pinned) this.newer.hidden = true;
    };
    this.list.addEventListener("scroll", scrolled, { passive: true });
    // The field below grows with photos and words, and on a phone the keyboard comes up: the last words stay in sight.
    new ResizeObserver(() => this.pinned && this.toEnd()).observe(this.list);
    this.list.addEventListener("load", () => this.pinned && this.toEnd(), true); // a picture took its place
  }

  /** Put something above the first message. */
  introduce(node) {
    this.list.prepend(node);
  }

  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.newer.hidden = true;
  }

  render(conversation, messages) {
    this.pinned = this.atEnd;
    const { watching } = this.view;
    const lastOurs = messages.findLast((message) => message.author.kind === "visitor");
    const last = messages.at(-1);
    const lastShops = messages.findLast(isShops);
    let added = false;
    this.earlier.hidden = conversation.firstSeq <= 1;
    let place = this.earlier.nextSibling;
    const present = new Set();
    messages.forEach((message, i) => {
      const flags = {
        follows: messages[i - 1]?.author.kind === message.author.kind,
        ticks:
          !watching && (message === lastOurs || message.state === "failed")
            ? ticks(message, conversation, messages)
            : null,
        open: message === last,
        closed: conversation.closed,
        tools:
          !watching &&
          message === lastShops &&
          !message.streaming &&
          !conversation.running &&
          message.author.kind === "bot" &&
          !message.local,
      };
      const made = JSON.stringify(flags);
      let row = this.rows.get(message.key);
      if (row?.message !== message || row.made !== made) {
        const node = this.#row(message, flags);
        if (row) {
          const again = row.node === place;
          row.node.replaceWith(node);
          node.classList.add("still");
          if (again) place = node;
        } else {
          added = true;
        }
        row = { message, made, node };
        this.rows.set(message.key, row);
      }
      present.add(message.key);
      if (row.node === place) place = place.nextSibling;
      else this.list.insertBefore(row.node, place);
    });
    for (const [key, row] of this.rows) {
      if (present.has(key)) continue;
      row.node.remove();
      this.rows.delete(key);
    }
    this.#showStage(conversation, last);
    this.list.append(this.stage);
    if (this.pinned || last?.state === "sending") this.toEnd();
    else if (added && last && isShops(last)) this.newer.hidden = false;
  }

  #showStage(conversation, last) {
    const { words } = this.view;
    const waiting = conversation.stage || conversation.typing || (conversation.turn !== null && !last?.streaming);
    const name = conversation.typing?.name;
    const text = name ? `${name} ${words.typing}` : (conversation.stage?.text ?? "");
    this.stage.hidden = !waiting;
    this.stage.lastChild.textContent = text;
  }

  #row(message, flags) {
    const { words } = this.view;
    const kind = message.author.kind;
    const view = { ...this.view, open: () => flags.open };
    const said = kind === "visitor" ? words.you : (message.author.name ?? words.bot);
    return el(
      "article",
      {
        class: `row ${kind} ${flags.follows ? "follows" : ""} ${message.state ?? ""}`,
        "data-id": message.id,
        "aria-busy": message.streaming && "true",
      },
      kind !== "system" && el("span", { class: "hidden" }, `${said}: `),
      kind === "agent" && !flags.follows && el("div", { class: "name" }, said),
      renderBlocks(message, view),
      flags.ticks && this.#ticks(message, flags.ticks),
      flags.tools && this.#tools(message, flags.closed),
    );
  }

  #ticks(message, state) {
    const { words, retry } = this.view;
    if (state === "failed") {
      return el(
        "div",
        { class: "ticks failed", role: "alert" },
        icon("alert"),
        message.why ?? words.notSent,
        el("button", { type: "button", onclick: () => retry(message) }, words.retry),
      );
    }
    const sign = { sending: "clock", sent: "check", read: "checks" }[state];
    return el(
      "div",
      { class: `ticks ${state}` },
      clock(message.ts),
      el("span", { role: "img", "aria-label": words[state] }, icon(sign)),
    );
  }

  #tools(message, closed) {
    const { words, copy, rate, again } = this.view;
    const tool = (name, label, act, extra = {}) =>
      el("button", { type: "button", title: label, "aria-label": label, onclick: act, ...extra }, icon(name));
    const mark = message.mark ?? 0;
    return el(
      "div",
      { class: "tools" },
      tool("copy", words.copy, (event) => copy(message, event.currentTarget)),
      tool("up", words.good, () => rate(message, mark === 1 ? 0 : 1), { "aria-pressed": String(mark === 1) }),
      tool("thumb", words.bad, () => rate(message, mark === -1 ? 0 : -1), { "aria-pressed": String(mark === -1) }),
      !closed && tool("again", words.again, () => again(message)),
      mark !== 0 && el("span", { class: "thanks", role: "status" }, words.thanks),
    );
  }
}

/** How far the shopper's message has come; an answer after it means that it was read. */
function ticks(message, conversation, messages) {
  if (message.state === "failed" || message.state === "sending") return message.state;
  const answered = messages.indexOf(message) < messages.length - 1;
  return answered || conversation.turn !== null ? "read" : message.state;
}

function clock(ts) {
  return ts
    ? el("time", { datetime: ts }, new Date(ts).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }))
    : null;
}
