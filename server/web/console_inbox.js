/** The list of conversations: newest first, searched and filtered here, since it is all here. */

import { el, icon } from "./dom.js";
import { Shelf } from "./session.js";

const HAN = /[\u3400-\u9fff\uf900-\ufaff]/;
const FILTERS = {
  all: { name: "All", takes: () => true },
  waiting: { name: "Need a person", takes: ({ control, reply_email: due }) => control === "queued" || Boolean(due) },
  human: { name: "With a person", takes: ({ control }) => control === "human" },
  bot: { name: "Assistant", takes: ({ control }) => control === "bot" },
  closed: { name: "Closed", takes: ({ status }) => status === "closed" },
};
const AUTHORS = { bot: () => "Assistant", agent: (name) => name ?? "Person" };
const CONTROL = { queued: "Needs a person", human: "With a person", closed: "Closed" };

export class Inbox {
  constructor(open) {
    this.open = open;
    this.conversations = new Map();
    this.read = new Shelf("localStorage", "vitrine-console-seen");
    this.seenSeqs = this.read.load({});
    this.filter = "all";
    this.search = el("input", {
      type: "search",
      placeholder: "Search",
      "aria-label": "Search conversations",
      oninput: () => this.#show(),
    });
    this.tabs = Object.entries(FILTERS).map(([key, { name }]) => ({
      key,
      node: el("button", { type: "button", onclick: () => ((this.filter = key), this.#show()) }, name, el("span")),
    }));
    this.list = el("ul", { "aria-label": "Conversations" });
    this.element = el(
      "div",
      { class: "inbox" },
      el("div", { class: "find" }, this.search),
      el(
        "div",
        { class: "tabs", role: "group", "aria-label": "Filter" },
        this.tabs.map(({ node }) => node),
      ),
      this.list,
    );
    setInterval(() => this.#show(), 60_000); // "2 min" grows old by itself
  }

  put(conversation) {
    this.conversations.set(conversation.id, conversation);
    this.#show();
  }

  choose(cid) {
    this.chosen = cid;
    this.#show();
  }

  /** The conversation was read up to here. */
  seen(cid, seq) {
    if (seq <= (this.seenSeqs[cid] ?? 0)) return;
    this.seenSeqs[cid] = seq;
    this.read.save(this.seenSeqs);
    this.#show();
  }

  #show() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      const all = [...this.conversations.values()].sort((a, b) => b.updated_at.localeCompare(a.updated_at));
      for (const { key, node } of this.tabs) {
        node.setAttribute("aria-pressed", String(key === this.filter));
        node.lastChild.textContent = String(all.filter(FILTERS[key].takes).length);
      }
      const term = this.search.value.trim().toLowerCase();
      const shown = all.filter(
        (one) =>
          FILTERS[this.filter].takes(one) &&
          `${one.visitor.name} ${one.last_text} ${one.id} ${one.assignee ?? ""} ${one.reply_email ?? ""}`.toLowerCase().includes(term),
      );
      const at = this.list.scrollTop;
      const focused = this.list.contains(document.activeElement) && document.activeElement.dataset.cid;
      this.list.replaceChildren(
        ...(shown.length
          ? shown.map((one) => this.#item(one))
          : [el("li", { class: "none" }, all.length ? "Nothing matches." : "No conversations yet.")]),
      );
      this.list.scrollTop = at;
      if (focused) this.list.querySelector(`[data-cid="${CSS.escape(focused)}"]`)?.focus();
    });
  }

  #item(conversation) {
    const {
      id,
      visitor,
      control,
      status,
      assignee,
      last_text: text,
      last_author: author,
      last_seq: seq,
      updated_at: at,
      reply_email: due,
    } = conversation;
    const unread = id !== this.chosen && seq > (this.seenSeqs[id] ?? 0);
    const mark = status === "closed" ? "closed" : control;
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          "data-cid": id,
          class: unread && "unread",
          "aria-current": id === this.chosen && "true",
          onclick: () => this.open(id),
        },
        el("span", { class: `face ${mark}` }, nameOf(visitor)[0].toUpperCase()),
        el(
          "span",
          { class: "who" },
          nameOf(visitor),
          visitor.signed_in && el("span", { title: "Signed in at the shop" }, icon("check")),
        ),
        el("time", { datetime: at, title: new Date(at).toLocaleString() }, ago(at)),
        el(
          "span",
          { class: "last", dir: "auto" },
          AUTHORS[author] && el("i", {}, `${AUTHORS[author](assignee)}: `),
          text,
        ),
        el(
          "span",
          { class: "marks" },
          CONTROL[mark] && el("b", { class: mark }, CONTROL[mark]),
          due && el("b", { class: "queued", title: due }, "Answer by e-mail"),
          el("small", { title: "Language of the last message" }, HAN.test(text) ? "中文" : "EN"),
        ),
        unread && el("span", { class: "hidden" }, "Unread"),
      ),
    );
  }
}

export function nameOf(visitor) {
  return visitor.name || `Visitor ${visitor.id.slice(-4)}`;
}

function ago(at) {
  const minutes = Math.max(0, (Date.now() - new Date(at)) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  return new Date(at).toLocaleDateString();
}
