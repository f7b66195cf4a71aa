/** The console: sign in with the staff token, then the conversations and, beside them, the one that is read. */

import { Connection } from "./connection.js";
import { Inbox } from "./console_inbox.js";
import { Reading } from "./console_reading.js";
import { el } from "./dom.js";
import { Shelf } from "./session.js";

const VERSION = "1.0";
const token = new Shelf("sessionStorage", "vitrine-console-token"); // gone with the tab
const name = new Shelf("localStorage", "vitrine-console-name");
const unsent = new Shelf("sessionStorage", "vitrine-console-unsent"); // written, and not yet stored by the server
const drafts = new Shelf("sessionStorage", "vitrine-console-drafts"); // begun in each conversation
const shop = document.body.dataset.shop;
const OFFLINE = "No connection: this is sent as soon as it is back.";
const KEYS = [
  ["N", "who has waited longest"],
  ["/", "search"],
  ["↑ ↓", "through the list"],
  ["R", "write"],
  ["Esc", "back to the list"],
];

function signIn(problem) {
  const field = el("input", { type: "password", id: "token", required: true, autocomplete: "current-password" });
  const called = el("input", { id: "name", maxlength: "60", autocomplete: "username", value: name.load("") });
  const form = el(
    "form",
    { class: "sign-in" },
    el("img", { src: "/web/mark.svg", alt: "" }),
    el("h1", {}, shop || "Console"),
    el("label", { for: "name" }, "Your name, as shoppers see it"),
    called,
    el("label", { for: "token" }, "Staff token"),
    field,
    problem && el("p", { class: "problem", role: "alert" }, problem),
    el("button", { type: "submit" }, "Open the console"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    token.save(field.value.trim());
    name.save(called.value.trim());
    work();
  });
  document.body.replaceChildren(el("main", {}, form));
  field.focus();
}

function work() {
  const link = el("p", { class: "link", role: "status" });
  const inbox = new Inbox((cid) => show(cid));
  let reading = null;
  let known = 0; // the newest change of the list that we have

  const connection = new Connection({
    url: location.origin.replace(/^http/, "ws") + "/ws/console",
    hello: async () => ({
      token: token.load(),
      client: { name: "console", v: VERSION },
      resume: { cursors: {}, inbox_after: known },
    }),
    queue: { load: () => unsent.load([]), save: (frames) => unsent.save(frames) },
    onFrame: receive,
    onState: (state, why) => {
      link.textContent =
        { online: "Live", connecting: "Connecting…", waiting: "No connection, trying again…" }[state] ?? "";
      link.dataset.state = state;
      if (state === "stopped" && why !== "closed")
        leave(why === "refused" ? "This token is not valid." : "The connection was closed by the server.");
    },
  });

  function receive(frame) {
    const { type, data = {} } = frame;
    if (type === "welcome" && reading) subscribe();
    else if (type === "error") refused(data);
    else if (type === "ack" && reading?.notice.textContent === OFFLINE) reading.tell();
    else if (type === "inbox.updated") {
      known = Math.max(known, data.inbox_seq);
      inbox.put(data.conversation);
      if (reading?.cid === data.conversation.id) reading.title(data.conversation);
    } else if (reading && type === "history") reading.precede(data.events);
    else if (reading && frame.cid === reading.cid && reading.apply(frame) === null) subscribe();
    look();
  }

  /** What is open on a screen that is looked at counts as read. */
  function look() {
    if (reading && document.visibilityState === "visible") inbox.seen(reading.cid);
  }

  /** Something was not done: whoever is at it is told why, and what they had written comes back to them. */
  function refused({ re, code, message, retry_after_ms: after }) {
    if (code === "rate_limited") return void setTimeout(() => connection.retry(re), after ?? 1_000);
    const written = connection.unacknowledged.find((frame) => frame.id === re);
    connection.settle(re);
    if (written) keep(written.data.cid, [written.data.text, drafts.load({})[written.data.cid]].filter(Boolean).join("\n"));
    if (!reading || (written && written.data.cid !== reading.cid)) return;
    if (written) reading.draft(drafts.load({})[reading.cid]);
    reading.tell(code === "conflict" ? "Somebody was quicker: this chat has changed hands." : message);
  }

  function keep(cid, text) {
    const { [cid]: _, ...others } = drafts.load({});
    drafts.save(text ? { ...others, [cid]: text } : others);
  }

  function subscribe() {
    connection.send("conv.subscribe", { cid: reading.cid, after: reading.conversation.lastSeq });
  }

  /** Do something with a conversation now or not at all: after a loss it may be another's. */
  function act(type, data) {
    reading.tell();
    if (connection.state !== "online") return reading.tell("No connection. Please try again in a moment.");
    return connection.send(type, data);
  }

  function write(type, data) {
    if (connection.state !== "online") reading.tell(OFFLINE);
    connection.send(type, data, { keep: true });
  }

  function show(cid) {
    if (reading) connection.send("conv.unsubscribe", { cid: reading.cid });
    reading = cid
      ? new Reading(inbox.conversations.get(cid), {
          back: () => (show(null), inbox.focus()),
          take: (epoch) => act("control.take", { cid, name: name.load(""), expect_epoch: epoch }),
          giveBack: (epoch, note) => act("control.return", { cid, note, expect_epoch: epoch }),
          say: (epoch, text) => write("message.send", { cid, text, expect_epoch: epoch }),
          note: (_, text) => write("note.add", { cid, text }),
          answered: () => act("handoff.answered", { cid }),
          save: () => save(cid),
          end: (epoch) => act("conv.status", { cid, status: "closed", expect_epoch: epoch }),
          earlier: (before) => connection.send("history.get", { cid, before_seq: before, limit: 50 }),
          keep: (text) => keep(cid, text),
          leave: () => inbox.focus(),
        })
      : null;
    reading?.draft(drafts.load({})[cid] ?? "");
    inbox.choose(cid);
    document.body.classList.toggle("reads", Boolean(cid));
    main.replaceChildren(reading?.element ?? hints());
    if (reading) subscribe();
    look();
  }

  /** The conversation as a test, in a file. */
  async function save(cid) {
    const answer = await fetch(`/v1/console/conversations/${encodeURIComponent(cid)}/test`, {
      headers: { Authorization: `Bearer ${token.load()}` },
    }).catch(() => ({ ok: false, status: "no connection" }));
    if (!answer.ok) return reading?.tell(`The test could not be saved (${answer.status}).`);
    const address = URL.createObjectURL(await answer.blob());
    el("a", { href: address, download: `${cid}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  function leave(problem) {
    token.save(null);
    here.abort();
    connection.stop();
    document.title = document.title.replace(/^\(\d+\) /, "");
    signIn(problem);
  }

  /** Keys work where nothing is being written. */
  function key(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, textarea")) return;
    const acts = {
      "/": () => inbox.search.focus(),
      n: () => inbox.longest && show(inbox.longest),
      r: () => reading?.write(),
      Escape: () => inbox.focus(),
    };
    const pressed = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!pressed) return;
    event.preventDefault();
    pressed();
  }

  const main = el("main", {});
  const here = new AbortController();
  document.addEventListener("keydown", key, { signal: here.signal });
  document.addEventListener("visibilitychange", look, { signal: here.signal });
  const out = el("button", { type: "button", class: "out", onclick: () => leave() }, "Sign out");
  document.body.replaceChildren(
    el("aside", {}, el("header", {}, el("h1", {}, shop || "Console"), link, out), inbox.element),
    main,
  );
  show(null);
  connection.start();
}

function hints() {
  const keys = KEYS.map(([key, does]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, does)));
  return el("div", { class: "none" }, el("p", {}, "Choose a conversation to read it as it goes on."), el("dl", {}, keys));
}

if (token.load()) work();
else signIn();
