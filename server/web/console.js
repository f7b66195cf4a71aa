/** The console: sign in with the staff token, then the conversations and, beside them, the one that is read. */

import { Connection } from "./connection.js";
import { Inbox } from "./console_inbox.js";
import { Reading } from "./console_reading.js";
import { el } from "./dom.js";
import { Shelf } from "./session.js";

const VERSION = "1.0";
const token = new Shelf("sessionStorage", "vitrine-console-token"); // gone with the tab
const shop = document.body.dataset.shop;

function signIn(problem) {
  const field = el("input", { type: "password", id: "token", required: true, autocomplete: "current-password" });
  const form = el(
    "form",
    { class: "sign-in" },
    el("img", { src: "/web/mark.svg", alt: "" }),
    el("h1", {}, shop || "Console"),
    el("label", { for: "token" }, "Staff token"),
    field,
    problem && el("p", { class: "problem", role: "alert" }, problem),
    el("button", { type: "submit" }, "Open the console"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    token.save(field.value.trim());
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
    else if (type === "inbox.updated") {
      known = Math.max(known, data.inbox_seq);
      inbox.put(data.conversation);
      if (reading?.cid === data.conversation.id) reading.title(data.conversation);
    } else if (reading && type === "history") reading.precede(data.events);
    else if (reading && frame.cid === reading.cid && reading.apply(frame) === null) subscribe();
    if (reading) inbox.seen(reading.cid, reading.conversation.lastSeq);
  }

  function subscribe() {
    connection.send("conv.subscribe", { cid: reading.cid, after: reading.conversation.lastSeq });
  }

  function show(cid) {
    if (reading) connection.send("conv.unsubscribe", { cid: reading.cid });
    reading = cid
      ? new Reading(inbox.conversations.get(cid), {
          back: () => show(null),
          take: (epoch) => connection.send("control.take", { cid, name: "", expect_epoch: epoch }),
          giveBack: (epoch, note) => connection.send("control.return", { cid, note, expect_epoch: epoch }),
          say: (epoch, text) => connection.send("message.send", { cid, text, expect_epoch: epoch }),
          note: (_, text) => connection.send("note.add", { cid, text }),
          answered: () => connection.send("handoff.answered", { cid }),
          save: () => save(cid),
          end: (epoch) => connection.send("conv.status", { cid, status: "closed", expect_epoch: epoch }),
          earlier: (before) => connection.send("history.get", { cid, before_seq: before, limit: 50 }),
        })
      : null;
    inbox.choose(cid);
    document.body.classList.toggle("reads", Boolean(cid));
    main.replaceChildren(
      reading?.element ?? el("p", { class: "none" }, "Choose a conversation to read it as it goes on."),
    );
    if (reading) subscribe();
  }

  /** The conversation as a test, in a file. */
  async function save(cid) {
    const answer = await fetch(`/v1/console/conversations/${encodeURIComponent(cid)}/test`, {
      headers: { Authorization: `Bearer ${token.load()}` },
    });
    if (!answer.ok) {
      link.textContent = `The test could not be saved (${answer.status}).`;
      return;
    }
    const address = URL.createObjectURL(await answer.blob());
    el("a", { href: address, download: `${cid}.zip` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  function leave(problem) {
    token.save(null);
    connection.stop();
    signIn(problem);
  }

  const main = el("main", {});
  const out = el("button", { type: "button", class: "out", onclick: () => leave() }, "Sign out");
  document.body.replaceChildren(
    el("aside", {}, el("header", {}, el("h1", {}, shop || "Console"), link, out), inbox.element),
    main,
  );
  show(null);
  connection.start();
}

if (token.load()) work();
else signIn();
