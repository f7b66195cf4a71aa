/**
 * The client's end of `vitrine.v1`: one socket that comes back by itself, and a queue of what must arrive.
 *
 * Nothing here knows the page. Frames go to `onFrame`, states (`connecting`, `online`, `waiting`, `stopped`) to
 * `onState`. A browser may not notice that a link is dead, so we ping and listen for silence ourselves.
 */

const PROTOCOL = "vitrine.v1";
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const STEADY_MS = 30_000; // up for this long, the next loss starts counting anew
const SILENCE_MS = 60_000;
const PROBE_MS = 5_000; // a page that was away waits this long for an answer
const ACK_MS = 1_000;
const ACK_EVENTS = 20;

/** Codes after which coming back would not help, and why; all others are waited out. */
const FINAL = { 1000: "closed", 1009: "failed", 4400: "failed", 4403: "refused", 4406: "outdated", 4409: "replaced" };

/** A name for a frame. `crypto.randomUUID` exists on secure pages only; a shop on a local network has none. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Thrown by `hello` when the server will not have us; there is no use in trying again. */
export class Refused extends Error {}

export class Connection {
  /**
   * `url` is the socket's address. `hello()` resolves to the data of the first frame and is asked anew each time,
   * since tickets are for one use. `queue` keeps frames that were not acknowledged: `load()` and `save(frames)`.
   */
  constructor({ url, hello, queue, acks = false, onFrame, onState }) {
    Object.assign(this, { url, hello, queue, acks, onFrame, onState });
    this.state = "idle";
    this.unacknowledged = queue ? queue.load() : [];
    this.losses = 0;
    this.heartbeat = 25_000;
    this.timers = new Map();
    this.events = new AbortController();
  }

  start() {
    if (this.state !== "idle" && this.state !== "stopped") return;
    const here = { signal: this.events.signal };
    addEventListener("online", () => this.#awake(), here);
    addEventListener("pageshow", (event) => event.persisted && this.#awake(), here);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#awake(), here);
    this.#connect();
  }

  stop(why = "closed") {
    this.events.abort();
    this.events = new AbortController();
    this.#drop();
    this.#enter("stopped", why);
  }

  /**
   * Send a frame. With `keep` it is stored until the server says that it has it, and sent again if need be; `beside`
   * is stored with it and not sent.
   */
  send(type, data, { id = newId(), keep = false, beside = {} } = {}) {
    const frame = { type, id, data };
    if (keep) this.#store([...this.unacknowledged, { ...frame, ...beside }]);
    if (this.state === "online") this.#write(frame);
    return id;
  }

  /** Forget a kept frame: it has arrived, or will never be wanted. */
  settle(id) {
    if (this.unacknowledged.some((frame) => frame.id === id))
      this.#store(this.unacknowledged.filter((frame) => frame.id !== id));
  }

  /** Send a kept frame again, after a refusal that passes. */
  retry(id) {
    const frame = this.unacknowledged.find((kept) => kept.id === id);
    if (frame && this.state === "online") this.#write(frame);
  }

  /** Open the socket anew, from where we are. */
  resume() {
    this.#connect();
  }

  async #connect() {
    this.#drop();
    this.#enter("connecting");
    const attempt = (this.attempt = Symbol("attempt"));
    let hello;
    try {
      hello = await this.hello();
    } catch (error) {
      if (attempt !== this.attempt) return;
      if (error instanceof Refused) this.stop("refused");
      else this.#wait(error.retryAfterMs);
      return;
    }
    if (attempt !== this.attempt) return;
    const socket = (this.socket = new WebSocket(this.url, PROTOCOL));
    const mine = (handler) => (event) => socket === this.socket && handler(event);
    socket.onopen = mine(() => this.#write({ type: "hello", id: newId(), data: hello }));
    socket.onmessage = mine((event) => this.#receive(event.data));
    socket.onclose = mine((event) => this.#closed(event.code));
    this.#after("silence", SILENCE_MS, () => this.#silent());
  }

  #receive(text) {
    this.#after("silence", SILENCE_MS, () => this.#silent());
    this.#cancel("probe");
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.type === "welcome") this.#welcome(frame.data ?? {});
    else if (frame.type === "ack") this.settle(frame.data?.re);
    else if (frame.type === "server.draining") this.drainedFor = frame.data?.reconnect_in_ms;
    if (this.acks && frame.seq) this.#acknowledge(frame.seq);
    this.onFrame(frame);
  }

  #welcome(data) {
    this.heartbeat = data.heartbeat_ms ?? this.heartbeat;
    this.refusedOnce = false;
    this.#after("steady", STEADY_MS, () => (this.losses = 0));
    this.#beat();
    this.#enter("online");
    for (const frame of this.unacknowledged) this.#write(frame);
  }

  #beat() {
    this.#after("beat", this.heartbeat, () => {
      this.send("ping", { t: Date.now() });
      this.#beat();
    });
  }

  #acknowledge(seq) {
    this.seen = Math.max(seq, this.seen ?? 0);
    this.unseen = (this.unseen ?? 0) + 1;
    const tell = () => {
      this.unseen = 0;
      this.#cancel("ack");
      this.send("ack", { seq: this.seen });
    };
    if (this.unseen >= ACK_EVENTS) tell();
    else if (!this.timers.has("ack")) this.#after("ack", ACK_MS, tell);
  }

  #closed(code) {
    if (code === 4401) {
      if (this.refusedOnce) return this.stop("refused");
      this.refusedOnce = true; // a ticket can run out on the way; two in a row did not
      return this.#connect();
    }
    if (code in FINAL) return this.stop(FINAL[code]);
    if (code === 1012) return this.#wait(this.drainedFor ?? Math.random() * 1000);
    return this.#wait(undefined, code === 1013 ? 2 : 1);
  }

  /** A page in the background sends its pings late, so silence says nothing there; `#awake` looks when it is back. */
  #silent() {
    if (document.visibilityState === "visible") this.#wait();
  }

  /** Full jitter: anything up to a bound that doubles, so that many clients do not come back at once. */
  #wait(exactly, factor = 1) {
    this.#drop();
    const bound = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.losses) * factor;
    this.losses = Math.min(this.losses + 1, 10);
    this.drainedFor = undefined;
    this.#enter("waiting");
    this.#after("return", exactly ?? Math.random() * bound, () => this.#connect());
  }

  /** The page was asleep or the network came back: see at once whether the link still lives. */
  #awake() {
    if (this.state === "waiting") return void this.#connect();
    if (this.state === "online") this.send("ping", { t: Date.now() });
    this.#after("probe", PROBE_MS, () => this.#connect());
  }

  #write(frame) {
    const { type, id, data } = frame;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type, id, data }));
  }

  #store(frames) {
    this.unacknowledged = frames;
    this.queue?.save(frames);
  }

  #drop() {
    const socket = this.socket;
    this.socket = this.attempt = undefined;
    for (const name of [...this.timers.keys()]) this.#cancel(name);
    socket?.close(1000);
  }

  #enter(state, why) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state, why);
  }

  #after(name, ms, act) {
    this.#cancel(name);
    const timer = setTimeout(() => {
      this.timers.delete(name);
      act();
    }, ms);
    this.timers.set(name, timer);
  }

  #cancel(name) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }
}
