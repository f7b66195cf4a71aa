/**
 * What a page knows of a conversation, as events make it: the same events in the same order give the same state,
 * whether they came one by one, after a reconnect, or twice. Nothing here touches the page.
 */

export class Conversation {
  constructor() {
    this.clear();
  }

  clear() {
    this.lastSeq = 0;
    this.messages = new Map(); // by message id; one that we have just sent is under its client id
    this.readings = new Map(); // what was seen on a photo, by upload id
    this.cards = new Map(); // how a change's card stands, by its id; one that is not here is open
    this.pressed = new Set(); // cards that were answered here, and the server has not said yet how they ended
    this.turn = null; // the id of the running turn
    this.stage = null;
    this.control = "bot";
    this.person = null;
    this.typing = null;
    this.closed = false;
    this.email = null; // where a person is to answer, and since which event
    this.csat = null; // { text, score } once the server asks how it was
    this.firstSeq = 0;
  }

  /** Take an event in. False if it was known already; null if one before it is missing, so that one must resume. */
  apply(frame) {
    const { seq, data = {} } = frame;
    if (seq) {
      if (seq <= this.lastSeq) return false;
      if (this.lastSeq && seq > this.lastSeq + 1) return null;
      this.lastSeq = seq;
      this.firstSeq ||= seq;
    }
    const act = EVENTS[frame.type];
    if (act) act(this, data, frame);
    return Boolean(act);
  }

  /** Put events from before the first one that we have in front. */
  precede(events) {
    if (!events.length) return;
    const older = new Conversation();
    for (const event of events) older.apply(event);
    this.firstSeq = older.firstSeq;
    this.messages = new Map([...older.messages, ...this.messages]);
    this.readings = new Map([...older.readings, ...this.readings]);
    this.cards = new Map([...older.cards, ...this.cards]);
  }

  /** Show what the visitor has just sent, before the server has it. */
  expect(id, blocks) {
    this.#put({ id, key: id, author: { kind: "visitor" }, blocks, state: "sending", ts: new Date().toISOString() });
  }

  fail(id, why) {
    const message = this.messages.get(id);
    if (message) this.#put({ ...message, state: "failed", why });
    this.release();
  }

  forget(id) {
    this.messages.delete(id);
  }

  /** The server has stored what we sent. */
  acknowledge(id) {
    const message = this.messages.get(id);
    if (message && message.state !== "sent") this.#put({ ...message, state: "sent", why: undefined });
  }

  get running() {
    return this.turn !== null || [...this.messages.values()].some((message) => message.streaming);
  }

  /** How many messages of the shop came after `seq`. */
  unread(seq) {
    return [...this.messages.values()].filter((message) => message.seq > seq && isShops(message)).length;
  }

  created(data, frame) {
    const ours = this.messages.get(frame.re);
    const before = ours ?? this.messages.get(data.message_id);
    if (ours) this.messages.delete(frame.re); // it moves to where the log has it
    this.#put({
      id: data.message_id,
      key: before?.key ?? data.message_id, // the bubble that is on the page stays the same bubble
      author: data.author ?? { kind: "bot" },
      blocks: data.blocks ?? [],
      turn: data.turn_id,
      state: data.state ?? "sent",
      interrupted: data.interrupted,
      seq: frame.seq,
      ts: frame.ts,
    });
    if (data.author?.kind !== "visitor") this.stage = null;
  }

  streamed(data, append) {
    const before = this.messages.get(data.message_id);
    if (before && !before.streaming) return; // the whole message is here already
    const next = before?.next ?? 0;
    if (append && data.i !== undefined && data.i < next) return;
    const text = append ? (before?.text ?? "") + data.text : (data.text ?? "");
    this.stage = null;
    this.#put({
      id: data.message_id,
      key: data.message_id,
      author: { kind: "bot" },
      blocks: [{ type: "text", text }],
      text,
      next: append ? (data.i ?? next) + (data.n ?? 1) : (data.next ?? 0),
      streaming: true,
    });
  }

  settleStreams() {
    for (const message of this.messages.values()) {
      if (message.streaming) this.#put({ ...message, streaming: false, text: undefined });
    }
  }

  /** A card is over, or its button was pressed; its message is drawn anew. */
  settle(card, outcome) {
    this.cards.set(card, outcome);
    this.#redraw(card);
  }

  press(card) {
    this.pressed.add(card);
    this.#redraw(card);
  }

  /** What was pressed and is still open may be pressed again. */
  release() {
    for (const card of this.pressed) {
      this.pressed.delete(card);
      this.#redraw(card);
    }
  }

  #redraw(card) {
    for (const message of this.messages.values()) {
      if (message.blocks.some((block) => block.type === "confirm" && block.id === card)) this.change(message.id, {});
    }
  }

  /** The field for an address counts until one is given after it, or somebody else answers. */
  takesEmail(message) {
    return !this.closed && this.control !== "human" && !(this.email && this.email.seq > (message.seq ?? 0));
  }

  emailed(address, seq) {
    this.email = { address, seq };
    for (const message of this.messages.values()) {
      if (message.blocks.some((block) => block.type === "email")) this.change(message.id, {});
    }
  }

  openCards() {
    const blocks = [...this.messages.values()].flatMap((message) => message.blocks);
    return blocks.filter((block) => block.type === "confirm" && !this.cards.has(block.id));
  }

  change(id, changes) {
    const message = this.messages.get(id);
    if (message) this.#put({ ...message, ...changes });
  }

  #put(message) {
    this.messages.set(message.id, message); // a new object each time, so that a view sees by identity what changed
  }
}

export function isShops(message) {
  return message.author.kind === "bot" || message.author.kind === "agent";
}

/** What the server itself says in between, as a message of its own. */
function announce(state, id, text, ts) {
  if (text) state.messages.set(id, { id, key: id, author: { kind: "system" }, blocks: [{ type: "text", text }], ts });
}

const EVENTS = {
  "message.created": (state, data, frame) => state.created(data, frame),
  "message.deleted": (state, data) => state.forget(data.message_id),
  "turn.started": (state, data) => {
    state.turn = data.turn_id ?? "";
  },
  "turn.ended": (state, data) => {
    if (state.turn && data.turn_id && data.turn_id !== state.turn) return;
    state.turn = state.stage = null;
    state.settleStreams();
    state.release();
  },
  status: (state, data) => {
    state.stage = { stage: data.stage, text: data.text };
  },
  "photo.described": (state, data) => {
    state.readings.set(data.upload_id, data);
    for (const message of state.messages.values()) {
      if (message.blocks.some((block) => block.upload_id === data.upload_id)) state.change(message.id, {});
    }
  },
  "confirmation.settled": (state, data) => state.settle(data.card_id, data.outcome),
  "stream.start": (state, data) => data.message_id && state.streamed({ message_id: data.message_id, text: "" }, false),
  "stream.delta": (state, data) => state.streamed(data, true),
  "stream.snapshot": (state, data) => state.streamed(data, false),
  "stream.end": (state) => state.settleStreams(),
  "control.changed": (state, data, frame) => {
    for (const block of state.openCards()) state.settle(block.id, "replaced"); // who answers now knows no card
    state.control = data.control ?? state.control;
    state.person = data.control === "human" ? (data.agent ?? "") : null;
    announce(state, `control-${frame.seq ?? data.control_epoch}`, data.text, frame.ts);
  },
  "handoff.email": (state, data, frame) => {
    state.emailed(data.email, frame.seq);
    announce(state, `email-${frame.seq}`, data.text, frame.ts);
  },
  "conversation.closed": (state, data, frame) => {
    state.control = "closed";
    state.closed = true;
    state.turn = state.stage = state.typing = null;
    state.settleStreams();
    announce(state, "closed", data.text, frame.ts);
  },
  "csat.request": (state, data) => {
    state.csat = { text: data.text };
  },
  "csat.submitted": (state, data) => {
    state.csat = { ...state.csat, score: data.score };
  },
  "feedback.given": (state, data) => state.change(data.message_id, { mark: data.value }),
  typing: (state, data) => {
    state.typing = data.on && data.author.kind !== "visitor" ? data.author : null;
  },
};
