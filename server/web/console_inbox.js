/** The list of conversations: who waits for a person first, then the newest; searched and filtered here, since it is all here. */

import { el, icon } from "./dom.js";
import { Shelf } from "./session.js";

const HAN = /[\u3400-\u9fff\uf900-\ufaff]/;
const REMEMBERED = 1_000; // conversations of which we know how far they were read
const FILTERS = {
  all: { name: "All", takes: () => true },
  waiting: { name: "Waiting", takes: ({ due_since: due }) => Boolean(due) },
  human: { name: "People", takes: ({ control }) => control === "human" },
  bot: { name: "Bot", takes: ({ control }) => control === "bot" },
  closed: { name: "Closed", takes: ({ status }) => status === "closed" },
};
const AUTHORS = { bot: () => "Assistant", agent: (name) => name || "Person" };
const CONTROL = { queued: () => "Needs a person", human: (name) => `With ${name || "a person"}`, closed: () => "Closed" };

export class Inbox {
  constructor(open) {
    this.open = open;
    this.conversations = new Map();
    this.rows = new Map(); // by conversation: its node and what it was made from
    this.read = new Shelf("localStorage", "vitrine-console-heard");
    this.heard = new Map(Object.entries(this.read.load({})));
    this.filter = "all";
    this.search = el("input", {
      type: "search",
      placeholder: "Search names, last words, numbers",
      "aria-label": "Search conversations",
      oninput: () => this.#show(),
    });
    this.tabs = Object.entries(FILTERS).map(([key, { name }]) => ({
      key,
      node: el("button", { type: "button", onclick: () => ((this.filter = key), this.#show()) }, name, el("span")),
    }));
    this.list = el("ul", { "aria-label": "Conversations" });
    this.none = el("li", { class: "none" });
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
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("pointerleave", () => this.#show());
    setInterval(() => this.#show(), 20_000); // "2 min" grows old by itself
  }

  put(conversation) {
    this.conversations.set(conversation.id, conversation);
    this.#show();
  }

  choose(cid) {
    this.chosen = cid;
    this.#show();
  }

  /** A conversation was read up to what the list knows of it. */
  seen(cid) {
    const heard = this.conversations.get(cid)?.heard ?? 0;
    if (heard <= (this.heard.get(cid) ?? 0)) return;
    this.heard.delete(cid); // what was read last stays longest
    this.heard.set(cid, heard);
    for (const old of [...this.heard.keys()].slice(0, -REMEMBERED)) this.heard.delete(old);
    this.read.save(Object.fromEntries(this.heard));
    this.#show();
  }

  /** The conversation in which a person has been awaited for longest, other than the one that is open. */
  get longest() {
    return this.#sorted().find(({ id, due_since: due }) => due && id !== this.chosen)?.id;
  }

  /** Let the arrows go on from the conversation that is open. */
  focus() {
    (this.rows.get(this.chosen)?.button ?? this.search).focus();
  }

  #sorted() {
    const due = (one) => one.due_since ?? "9999"; // after every time
    const earlier = (a, b) => (a < b ? -1 : Number(a > b));
    return [...this.conversations.values()].sort(
      (a, b) => earlier(due(a), due(b)) || earlier(b.updated_at, a.updated_at),
    );
  }

  /** Rows do not move away under a pointer that is about to press one. */
  #inOrder(shown) {
    if (!matchMedia("(hover: hover)").matches || !this.list.matches(":hover")) return shown;
    const places = new Map([...this.list.children].map((node, place) => [node.dataset.cid, place]));
    const place = ({ id }) => places.get(id) ?? places.size;
    return shown.sort((a, b) => place(a) - place(b));
  }

  #show() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      const all = this.#sorted();
      for (const { key, node } of this.tabs) {
        node.setAttribute("aria-pressed", String(key === this.filter));
        node.lastChild.textContent = String(all.filter(FILTERS[key].takes).length);
      }
      const waiting = all.filter(FILTERS.waiting.takes).length;
      document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
      const term = this.search.value.trim().toLowerCase();
      this.#place(this.#inOrder(all.filter((one) => FILTERS[this.filter].takes(one) && matches(one, term))));
      this.none.textContent = all.length ? "Nothing matches." : "No conversations yet.";
    });
  }

  /** Only what has changed is made anew, so that a press or the focus is not lost to somebody else's news. */
  #place(shown) {
    const { scrollTop } = this.list;
    const focused = this.list.contains(document.activeElement) && document.activeElement;
    const nodes = shown.map((one) => this.#row(one));
    for (const node of [...this.list.children]) if (!nodes.includes(node)) node.remove();
    if (nodes.length === 0) nodes.push(this.none);
    nodes.forEach((node, place) => {
      if (this.list.children[place] !== node) this.list.insertBefore(node, this.list.children[place] ?? null);
    });
    this.list.scrollTop = scrollTop;
    if (focused && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  #row(conversation) {
    const { id } = conversation;
    let row = this.rows.get(id);
    if (!row) {
      const button = el("button", { type: "button", onclick: () => this.open(id) });
      row = { button, node: el("li", { "data-cid": id }, button), made: "" };
      this.rows.set(id, row);
    }
    const unread = id === this.chosen ? 0 : Math.max(0, conversation.heard - (this.heard.get(id) ?? 0));
    const time = conversation.due_since ? `waits ${ago(conversation.due_since)}` : ago(conversation.updated_at);
    const made = JSON.stringify([conversation, unread, time, id === this.chosen]);
    if (made === row.made) return row.node;
    row.made = made;
    row.button.className = [unread && "unread", conversation.due_since && "waits"].filter(Boolean).join(" ");
    if (id === this.chosen) row.button.setAttribute("aria-current", "true");
    else row.button.removeAttribute("aria-current");
    row.button.replaceChildren(...parts(conversation, unread, time).filter(Boolean));
    return row.node;
  }

  #key(event) {
    const rows = [...this.list.querySelectorAll("button")];
    const here = rows.indexOf(document.activeElement);
    if (event.key === "Enter" && event.target === this.search) rows[0]?.click();
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next === undefined || (here < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    (rows[next] ?? (next < 0 ? this.search : rows.at(-1)))?.focus();
  }
}

function matches({ visitor, last_text: text, id, assignee, reply_email: address }, term) {
  return `${nameOf(visitor)} ${text} ${id} ${assignee ?? ""} ${address ?? ""}`.toLowerCase().includes(term);
}

function parts(conversation, unread, time) {
  const { visitor, control, status, assignee, last_text: text, last_author: author } = conversation;
  const mark = status === "closed" ? "closed" : control;
  const marks = [
    CONTROL[mark] && el("b", { class: mark }, CONTROL[mark](assignee)),
    conversation.reply_email && el("b", { class: "queued", title: conversation.reply_email }, "Answer by e-mail"),
  ].filter(Boolean);
  return [
    el("span", { class: `face ${mark}`, "aria-hidden": "true" }, nameOf(visitor)[0].toUpperCase()),
    el(
      "span",
      { class: "who" },
      el("span", { dir: "auto" }, nameOf(visitor)),
      visitor.signed_in && el("span", { title: "Signed in at the shop" }, icon("check")),
      el("small", { title: "Language of the last message" }, HAN.test(text) ? "中文" : "EN"),
    ),
    el("time", { datetime: conversation.updated_at, title: new Date(conversation.updated_at).toLocaleString() }, time),
    el(
      "span",
      { class: "last", dir: "auto" },
      AUTHORS[author] && el("i", {}, `${AUTHORS[author](assignee)}: `),
      text.replace(/\*\*/g, ""),
    ),
    unread > 0 && el("span", { class: "count", "aria-label": `${unread} unread` }, String(unread)),
    marks.length > 0 && el("span", { class: "marks" }, marks),
  ];
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
