/** A conversation as staff read it: what was said, and after each turn how it was made. */

import { nameOf } from "./console_inbox.js";
import { Conversation } from "./conversation.js";
import { el, icon } from "./dom.js";
import { Thread } from "./thread.js";
import { wordsIn } from "./words.js";

const STATES = {
  bot: "The assistant answers",
  queued: "Waiting for a person",
  human: "A person answers",
  closed: "Closed",
};
const OUTCOMES = {
  done: "Answered",
  stopped: "Stopped by the shopper",
  handoff: "Handed to a person",
  timeout: "Took too long",
  error: "Failed",
};

export class Reading {
  /**
   * `act`: `back()` to the list, `take(epoch)` the conversation from the assistant, `say(epoch, text)` in it,
   * `giveBack(epoch, note)`, `end(epoch)` it, `save()` it as a test, `answered()` by e-mail, `earlier(seq)` asks for what was
   * before, `keep(text)` what is being written, `leave()` for the list.
   */
  constructor(conversation, act) {
    this.cid = conversation.id;
    this.conversation = new Conversation();
    this.turns = new Map(); // what is known of each turn, by its id
    this.events = [];
    const state = this.conversation;
    this.thread = new Thread({
      words: { ...wordsIn("en"), log: "Transcript", you: "Shopper", photoAlt: "The shopper's photo" },
      language: "en",
      server: location.origin,
      get readings() {
        return state.readings;
      },
      get cards() {
        return state.cards;
      },
      watching: true,
      email: () => state.email,
      blocks: { turn: (block) => turnDetails(block.turn, this.conversation.readings), note },
      choose: () => null,
      earlier: () => act.earlier(state.firstSeq),
    });
    this.answered = act.answered;
    this.act = act;
    this.name = el("h2", { dir: "auto" });
    this.state = el("p");
    this.notice = el("p", { class: "notice", role: "alert", hidden: true });
    const back = el(
      "button",
      { type: "button", class: "back", "aria-label": "Back to the list", onclick: act.back },
      icon("down"),
    );
    this.takes = el(
      "button",
      { type: "button", class: "main", onclick: () => ((this.taking = true), act.take(this.epoch)) },
      "Answer this chat",
    );
    this.due = el("section", { class: "due", hidden: true });
    this.end = el("button", { type: "button", onclick: () => this.#close() }, "Close the chat");
    this.end.addEventListener("blur", () => (this.end.textContent = "Close the chat"));
    const save = el(
      "button",
      { type: "button", title: "With personal data replaced, for vitrine test", onclick: act.save },
      "Save as test",
    );
    this.element = el(
      "section",
      { class: "reading" },
      el("header", {}, back, el("div", {}, this.name, this.state), el("div", { class: "acts" }, this.takes, save, this.end)),
      this.due,
      this.thread.element,
      this.notice,
      this.#desk(act),
    );
    this.title(conversation);
  }

  /** Where a person writes, and hands back with a note for the assistant. */
  #desk(act) {
    this.field = el("textarea", { rows: "2", "aria-label": "Your answer", placeholder: "Write to the shopper…", dir: "auto" });
    const note = el("input", { type: "text", "aria-label": "Note for the assistant", placeholder: "What you did, for the assistant" });
    const write = (how) => {
      const text = this.field.value.trim();
      if (!text) return;
      this.tell();
      how(this.epoch, text);
      this.draft("");
      act.keep("");
    };
    const send = () => write(act.say);
    this.field.addEventListener("input", () => act.keep(this.field.value));
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") act.leave();
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    });
    const button = (label, press) => el("button", { type: "button", onclick: press }, label);
    this.desk = el(
      "form",
      { class: "desk", hidden: true, onsubmit: (event) => (event.preventDefault(), send()) },
      el(
        "div",
        {},
        this.field,
        el("button", { type: "submit", class: "main" }, "Send"),
        button("Private note", () => write(act.note)),
      ),
      el(
        "div",
        {},
        note,
        button("Hand back", () => (act.giveBack(this.epoch, note.value.trim()), (note.value = ""))),
      ),
    );
    return this.desk;
  }

  /** What was being written here, put back into the field. */
  draft(text) {
    this.field.value = text;
  }

  /** Write, where it is ours to write. */
  write() {
    if (!this.desk.hidden) this.field.focus();
  }

  /** Say what could not be done; nothing takes it away. */
  tell(text) {
    this.notice.textContent = text ?? "";
    this.notice.hidden = !text;
  }

  /** Closing cannot be undone, so it takes a second press. */
  #close() {
    if (this.end.textContent === "Close for good?") this.act.end(this.epoch);
    else this.end.textContent = "Close for good?";
  }

  title({ id, visitor, control, control_epoch: epoch, status, assignee, reply_email: address }) {
    this.epoch = epoch; // whoever closes it closes what they see: it may have changed hands since
    this.end.hidden = status === "closed";
    this.takes.hidden = status === "closed" || control === "human";
    this.desk.hidden = status === "closed" || control !== "human";
    this.#showDue(address);
    this.name.textContent = nameOf(visitor);
    const now = status === "closed" ? STATES.closed : STATES[control];
    const told = [now + (assignee ? `: ${assignee}` : ""), visitor.signed_in && "signed in at the shop"];
    this.state.replaceChildren(told.filter(Boolean).join(" · "), el("code", { title: "This conversation's name" }, id));
    if (this.taking && control === "human") this.write();
    this.taking &&= control !== "human";
  }

  /** An answer that the shopper waits for at an address, until somebody says that they have written it. */
  #showDue(address) {
    this.due.hidden = !address;
    if (!address || this.due.dataset.address === address) return;
    this.due.dataset.address = address;
    this.due.replaceChildren(
      el("p", {}, icon("mail"), "The shopper waits for an answer at ", el("a", { href: `mailto:${encodeURIComponent(address)}` }, address)),
      el("button", { type: "button", class: "out", onclick: () => this.answered() }, "I have answered"),
    );
  }

  /** Take an event in; null if one before it is missing. */
  apply(frame) {
    if (frame.type === "resume.reset") this.#forget();
    const known = this.#take(frame);
    if (known !== null) this.#render();
    return known;
  }

  /** Put events from before the first one that we have in front: the whole is read anew. */
  precede(events) {
    const all = [...events, ...this.events];
    this.#forget();
    for (const event of all) this.#take(event);
    this.#render();
  }

  #forget() {
    this.conversation.clear();
    this.turns.clear();
    this.events = [];
  }

  #take(frame) {
    const known = this.conversation.apply(frame);
    if (frame.seq && this.conversation.lastSeq === frame.seq && this.events.at(-1)?.seq !== frame.seq) {
      this.events.push(frame);
      this.#learn(frame);
    }
    return known;
  }

  #learn({ type, data = {}, ts }) {
    const turn = this.turns.get(data.turn_id) ?? { tools: [], photos: [] };
    if (type === "turn.started") this.turns.set(data.turn_id, { ...turn, started: ts });
    else if (type === "tool.ran") this.turns.set(data.turn_id, { ...turn, tools: [...turn.tools, data] });
    else if (type === "photo.described")
      this.turns.set(data.turn_id, { ...turn, photos: [...turn.photos, data.upload_id] });
    else if (type === "explain") this.explained = data.parts;
    else if (type === "turn.ended") {
      const whole = {
        ...turn,
        id: data.turn_id,
        reason: data.reason,
        timings: data.timings ?? {},
        explained: this.explained ?? [],
      };
      this.explained = null;
      this.#note(`turn-${data.turn_id}`, "turn", { type: "turn", turn: whole, text: "" }, ts);
    } else if (type === "identity.proven") {
      this.#note(
        `identity-${ts}`,
        "system",
        { type: "text", text: `The shopper proved who they are: ${words(data.scope)}` },
        ts,
      );
    } else if ((type === "control.changed" || type === "handoff.offered") && (data.summary || data.reason)) {
      const text = [data.reason, data.summary].filter(Boolean).join("\n");
      this.#note(`summary-${ts}`, "turn", { type: "note", title: "For whoever takes over", text }, ts);
    } else if (type === "control.changed" && data.note) {
      this.#note(`note-${ts}`, "turn", { type: "note", title: "Told to the assistant", text: data.note }, ts);
    } else if (type === "note.created") {
      const title = data.agent ? `Private note by ${data.agent}` : "Private note";
      this.#note(`private-${ts}`, "turn", { type: "note", title, text: data.text }, ts);
    } else if (type === "handoff.answered") {
      this.#note(`answered-${ts}`, "system", { type: "text", text: `Answered by e-mail: ${data.email}` }, ts);
    } else if (type === "handoff.email" && !data.text) {
      this.#note(`email-${ts}`, "system", { type: "text", text: `Wants an answer by e-mail: ${data.email}` }, ts);
    } else if (type === "feedback.given" && data.value) {
      this.#note(
        `feedback-${ts}`,
        "system",
        {
          type: "text",
          text: data.value > 0 ? "The shopper found this helpful" : "The shopper found this not helpful",
        },
        ts,
      );
    }
  }

  #note(id, kind, block, ts) {
    this.conversation.messages.set(id, { id, key: id, author: { kind }, blocks: [block], ts });
  }

  #render() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      this.thread.render(this.conversation, [...this.conversation.messages.values()]);
    });
  }
}

function turnDetails(turn, readings) {
  const { first_token: first, total, ...stages } = turn.timings;
  const whole = total ?? Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  const notes = [
    OUTCOMES[turn.reason] ?? turn.reason,
    whole > 0 && `in ${duration(whole)}`,
    first !== undefined && `first words after ${duration(first)}`,
    turn.tools.length > 0 && `${turn.tools.length} tool ${turn.tools.length === 1 ? "call" : "calls"}`,
  ];
  return el(
    "details",
    { class: `turn ${turn.reason}` },
    el("summary", {}, notes.filter(Boolean).join(" · ")),
    el(
      "div",
      { class: "parts" },
      timings(stages, whole),
      turn.photos.map((id) => photo(readings.get(id))),
      turn.tools.map(tool),
      turn.explained.length > 0 && explained(turn.explained),
    ),
  );
}

/** Something for staff only. */
function note({ title, text }) {
  return el(
    "section",
    { class: "parts" },
    el("h3", {}, icon("person"), title),
    el("p", { class: "plain", dir: "auto" }, text),
  );
}

function timings(stages, total) {
  const rows = Object.entries(stages).map(([name, ms]) => {
    const bar = el("i");
    bar.style.setProperty("--part", total ? ms / total : 0);
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      el("td", {}, bar),
      el("td", { class: "number" }, duration(ms)),
    );
  });
  return rows.length > 0 && el("table", { class: "timings" }, el("caption", {}, "Where the time went"), rows);
}

function photo(reading) {
  if (!reading) return null;
  const sure = ({ name, value, confidence }) =>
    el("li", {}, el("span", {}, name), el("b", {}, value), el("small", {}, percent(confidence)));
  const text = (reading.text ?? []).map(({ text, confidence }) =>
    el("li", {}, el("span", {}, "text"), el("b", {}, `“${text}”`), el("small", {}, percent(confidence))),
  );
  return el(
    "section",
    {},
    el("h3", {}, icon("eye"), reading.named ? "Seen in the photo" : "Seen in the photo, not named"),
    el("p", { dir: "auto" }, reading.caption),
    el("ul", { class: "chips" }, reading.attributes.map(sure), text),
  );
}

function tool({ name, arguments: given, outcome, milliseconds }) {
  return el(
    "section",
    { class: `tool-run ${outcome === "ok" ? "" : "refused"}` },
    el("h3", {}, el("code", {}, name), el("span", {}, outcome), el("small", {}, duration(milliseconds))),
    Object.keys(given).length > 0 &&
      el(
        "dl",
        {},
        Object.entries(given).map(([key, value]) =>
          el("div", {}, el("dt", {}, key), el("dd", { dir: "auto" }, words(value))),
        ),
      ),
  );
}

/** A row for each product: how sure we are, the score of each stage, and why. */
function explained(parts) {
  const stages = [...new Set(parts.flatMap((part) => Object.keys(part.stages ?? {})))];
  const number = (value) =>
    el("td", { class: "number" }, value === undefined || value === null ? "" : Number(value).toFixed(2));
  const row = ({ id, product, probability, stages: scores = {}, why }) => [
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("code", {}, String(id ?? product))),
      el("td", { class: "number" }, probability === undefined ? "" : percent(probability)),
      stages.map((stage) => number(scores[stage])),
    ),
    why && el("tr", {}, el("td", { colspan: 2 + stages.length, class: "because", dir: "auto" }, words(why))),
  ];
  const head = el(
    "tr",
    {},
    el("td", {}),
    ["sure", ...stages].map((name) => el("th", { scope: "col", class: "number" }, name)),
  );
  return el("div", { class: "scores" }, el("table", {}, el("caption", {}, "Why these products"), head, parts.map(row)));
}

function words(value) {
  return typeof value === "object" && value !== null
    ? JSON.stringify(value, null, 1).replace(/\s*\n\s*/g, " ")
    : String(value);
}

function duration(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function percent(part) {
  return `${Math.round(part * 100)} %`;
}
