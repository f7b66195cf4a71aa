/**
 * `<vitrine-chat server="https://chat.example" site-key="…">`: the chat on a shop's page.
 *
 * Attributes: `server` (where this file came from, if left out), `site-key`, `language` (auto, en, zh), `colour`,
 * `position` (right, left), `heading`, `theme` (auto, light, dark), `identity` (the shop's signed token of a customer
 * who is logged in), `product-id` and `cart-id` (told with each message), `report-views` (also tell the server which
 * products are looked at, for recommendations).
 * Methods: `open()`, `close()`, `say(text)`, `viewed(productId)`, `recommendations(limit)`, `similar(productId, limit)`,
 * `forgetViews()`. Events: `vitrine-open`, `vitrine-close`, `vitrine-message`.
 */

import { Composer } from "./composer.js";
import { Connection, newId } from "./connection.js";
import { Conversation, isShops } from "./conversation.js";
import { el, icon } from "./dom.js";
import { Ending } from "./ending.js";
import { Panel, narrow, readableOn } from "./panel.js";
import { Failed, Session, Shelf } from "./session.js";
import { Thread } from "./thread.js";
import { languageOf, wordsIn } from "./words.js";
import blocksStyle from "./blocks.css";
import widgetStyle from "./widget.css";

const VERSION = "1.0";
const BANNER_AFTER_MS = 3_000;
const READ_MS = 1_500; // events come in bunches; the server hears of the last
const SCRIPT = document.currentScript?.src; // known only while the script runs for the first time
const SHEET = new CSSStyleSheet(); // not an inline style, so a strict policy of the page does not mind it
SHEET.replaceSync(blocksStyle + widgetStyle);

class VitrineChat extends HTMLElement {
  static observedAttributes = ["colour", "heading", "product-id", "report-views"];

  connectedCallback() {
    if (this.shadowRoot) return this.#appear();
    this.server = new URL(this.getAttribute("server") || SCRIPT || location.href, document.baseURI).origin;
    this.siteKey = this.getAttribute("site-key") ?? "";
    this.language = languageOf(this.getAttribute("language"));
    this.words = wordsIn(this.language);
    const name = `${this.server}:${this.siteKey}`;
    this.session = new Session(this.server, this.siteKey, {
      language: this.language,
      identity: this.getAttribute("identity"),
    });
    this.queue = new Shelf("sessionStorage", `vitrine-queue:${name}`);
    this.wasOpen = new Shelf("sessionStorage", `vitrine-open:${name}`);
    this.seen = new Shelf("localStorage", `vitrine-seen:${name}`);
    this.conversation = new Conversation();
    this.previews = new Map();
    this.ahead = 0; // the server's clock before ours; a phone's may be wrong by hours
    this.connection = new Connection({
      url: this.server.replace(/^http/, "ws") + "/ws/chat",
      hello: () => this.#hello(),
      queue: { load: () => this.queue.load([]), save: (frames) => this.queue.save(frames) },
      acks: true,
      onFrame: (frame) => this.#receive(frame),
      onState: (state, why) => this.#connected(state, why),
    });
    this.#expectQueued();
    this.#build();
    this.#appear();
    this.#reportView();
  }

  disconnectedCallback() {
    this.connection.stop();
    this.away.abort();
  }

  attributeChangedCallback(name) {
    if (!this.shadowRoot) return;
    if (name === "product-id" || name === "report-views") this.#reportView();
    else this.#dress();
  }

  open() {
    this.#show(true);
    this.panel.focus();
  }

  close() {
    this.#show(false);
    this.panel.launcher.focus();
  }

  /** Say something for the shopper, as if they had written it. */
  say(text) {
    this.open();
    this.#send(String(text), []);
  }

  /** The shopper looks at a product. Nothing is told unless the element has `report-views`. */
  async viewed(productId) {
    if (!this.hasAttribute("report-views")) return;
    await this.session.ask("/v1/views", { method: "POST", body: { product_id: String(productId) } });
  }

  /** Products that fit what the shopper looked at, best first; none for who is not known yet. */
  async recommendations(limit = 8) {
    if (!this.session.known) return [];
    return (await this.session.ask(`/v1/recommendations?limit=${limit}`)).products;
  }

  /** Products like one of the shop's, the most alike first. */
  async similar(productId, limit = 8) {
    const path = `/v1/products/${encodeURIComponent(productId)}/similar?limit=${limit}`;
    const answer = await fetch(new URL(path, this.server), { headers: { "Accept-Language": this.language } });
    if (!answer.ok) throw new Failed(answer.status, await answer.json().catch(() => null));
    return (await answer.json()).products;
  }

  /** The server forgets what the shopper looked at. */
  async forgetViews() {
    if (this.session.known) await this.session.ask("/v1/views", { method: "DELETE" });
  }

  // The page

  /** Tell of the product that the page shows, once; a view that does not arrive is no loss. */
  #reportView() {
    const product = this.getAttribute("product-id");
    if (!product || !this.hasAttribute("report-views") || product === this.reported) return;
    this.reported = product;
    this.viewed(product).catch(() => null);
  }

  #build() {
    const { conversation, words } = this;
    this.thread = new Thread({
      words,
      language: this.language,
      server: this.server,
      get readings() {
        return conversation.readings;
      },
      get cards() {
        return conversation.cards;
      },
      get pressed() {
        return conversation.pressed;
      },
      ahead: () => this.ahead,
      // A card that runs out while it is looked at says so by itself.
      expires: ({ id }, left) => setTimeout(() => (conversation.change(id, {}), this.#render()), left),
      email: () => conversation.email,
      takesEmail: (message) => conversation.takesEmail(message),
      leaveEmail: (email) => this.connection.send("handoff.email", { email }, { keep: true }),
      choose: (message, choice) => this.#choose(message, choice),
      answer: (message, card, value) => this.#answer(message, card, value),
      rate: (message, value) => this.#rate(message, value),
      again: (message) => this.connection.send("turn.regenerate", { message_id: message.id }),
      copy: (message, target) => this.#copy(message, target),
      retry: (message) => this.#retry(message),
      earlier: () => this.connection.send("history.get", { before_seq: conversation.firstSeq, limit: 50 }),
    });
    this.composer = new Composer(words, {
      send: (text, photos) => this.#send(text, photos),
      stop: () => this.conversation.turn && this.connection.send("turn.stop", { turn_id: this.conversation.turn }),
      upload: (file, onProgress, signal) => this.session.upload(file, onProgress, signal),
      typing: () => this.connection.send("typing", { on: true }),
    });
    this.ending = new Ending(words, { rate: (score) => this.#rateChat(score), begin: () => this.#begin() });
    this.panel = new Panel(words, this, {
      open: () => this.open(),
      close: () => this.close(),
      person: () => this.#person(),
      end: () => this.#askToEnd(),
      drop: (files) => this.composer.add(files),
    });
    this.attachShadow({ mode: "open" }).append(this.panel.element, this.panel.launcher);
    this.shadowRoot.adoptedStyleSheets = [SHEET];
    this.lang = this.language === "zh" ? "zh-CN" : "en";
    this.#dress();
    this.#render();
  }

  #appear() {
    this.away = new AbortController();
    const here = { signal: this.away.signal };
    for (const moved of ["resize", "scroll"]) visualViewport?.addEventListener(moved, () => this.panel.fit(), here);
    document.addEventListener("visibilitychange", () => this.#markSeen(), here);
    if (this.wasOpen.load(false) && !narrow()) this.#show(true);
    else if (this.session.known) this.connection.start(); // an answer may have come while they were away
  }

  #dress() {
    const colour = this.getAttribute("colour");
    if (colour && CSS.supports("color", colour)) {
      this.style.setProperty("--vitrine-colour", colour);
      this.style.setProperty("--vitrine-on-colour", readableOn(colour));
    }
    this.panel.setHeading(this.getAttribute("heading") || this.words.title);
  }

  #show(open) {
    if (open === this.panel.open) return;
    this.panel.show(open);
    this.toggleAttribute("open", open);
    this.wasOpen.save(open);
    if (open) {
      this.connection.start();
      this.panel.fit();
      this.#render();
      this.thread.toEnd();
      this.#markSeen();
    }
    this.dispatchEvent(new CustomEvent(open ? "vitrine-open" : "vitrine-close", { bubbles: true }));
  }

  #render() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      const { conversation, panel } = this;
      this.thread.render(conversation, [this.#greeting(), ...conversation.messages.values()]);
      this.composer.setRunning(conversation.turn !== null);
      const begun = [...conversation.messages.values()].some((message) => message.author.kind === "visitor");
      panel.setControl(conversation.control, conversation.person, begun);
      if (this.ending.render(conversation.closed, conversation.csat)) this.thread.toEnd();
      panel.setUnread(panel.open ? 0 : conversation.unread(this.#seenUpTo()));
    });
  }

  /** The first bubble is the shop's; its choices are for those who do not know how to begin. */
  #greeting() {
    const { words } = this;
    const text = this.greeting || words.greeting;
    if (this.greeted?.blocks[0].text === text) return this.greeted;
    const choices = [
      ...words.starters.map((label) => ({ id: label, label, value: label })),
      { id: "photo", label: words.starterPhoto },
    ];
    this.greeted = {
      id: "greeting",
      key: "greeting",
      local: true,
      author: { kind: "bot" },
      blocks: [
        { type: "text", text },
        { type: "choices", choices, text: "" },
      ],
    };
    return this.greeted;
  }

  /** How far the shopper has seen this conversation; each one counts anew. */
  #seenUpTo() {
    const seen = this.seen.load();
    return seen?.cid === this.cid ? (seen?.seq ?? 0) : 0;
  }

  #markSeen() {
    const { lastSeq } = this.conversation;
    if (!this.panel.open || document.visibilityState !== "visible" || lastSeq <= this.#seenUpTo()) return;
    this.seen.save({ cid: this.cid, seq: lastSeq });
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      this.connection.send("read", { seq: this.#seenUpTo() });
    }, READ_MS);
  }

  // The wire

  async #hello() {
    const session = await this.session.open();
    const { conversation } = this;
    // A conversation that has ended stays on the screen until the shopper begins a new one.
    if (this.cid !== session.conversation_id && !conversation.closed) {
      if (this.cid) this.#forget();
      this.cid = session.conversation_id;
    }
    this.greeting = session.greeting;
    this.#limit(session.limits ?? {});
    return {
      ticket: session.ticket,
      client: { name: "widget", v: VERSION },
      resume: { cid: this.cid, after: conversation.lastSeq },
    };
  }

  #limit(limits) {
    const { composer } = this;
    composer.limits = {
      text: limits.text ?? composer.limits.text,
      photos: limits.photos ?? composer.limits.photos,
      mib: limits.upload_bytes ? Math.floor(limits.upload_bytes / 2 ** 20) : composer.limits.mib,
    };
  }

  #receive(frame) {
    const { conversation } = this;
    const { data = {} } = frame;
    if (frame.type === "ack") conversation.acknowledge(data.re);
    else if (frame.type === "error") this.#refused(data);
    else if (frame.type === "resume.reset") this.#forget();
    else if (frame.type === "history") conversation.precede(data.events);
    else if (frame.type === "welcome") {
      conversation.control = data.conversation?.control ?? "bot";
      this.ahead = Date.parse(data.server_time) - Date.now() || 0;
    } else {
      const known = conversation.apply(frame);
      if (known === null) return this.connection.resume(); // one is missing: ask for it
      if (known && frame.type === "message.created") this.#arrived(frame);
    }
    this.#markSeen();
    this.#render();
  }

  #arrived(frame) {
    const { data, re } = frame;
    this.connection.settle(re);
    const message = this.conversation.messages.get(data.message_id);
    for (const block of message.blocks) {
      const preview = this.previews.get(block.upload_id);
      if (preview)
        this.conversation.change(data.message_id, {
          blocks: message.blocks.map((b) => (b === block ? { ...b, preview } : b)),
        });
    }
    if (isShops(message))
      this.dispatchEvent(new CustomEvent("vitrine-message", { bubbles: true, detail: { id: message.id } }));
  }

  #refused({ re, code, message, fatal, retry_after_ms: after }) {
    if (!this.conversation.messages.has(re)) {
      if (code !== "rate_limited" && code !== "busy") this.connection.settle(re); // it would be refused again
      if (!fatal) this.composer.say(message); // what is fatal closes the socket, and the code says why
      return;
    }
    if (code === "rate_limited" || code === "busy") {
      setTimeout(() => this.connection.retry(re), after ?? 2_000);
      return this.composer.say(message);
    }
    this.connection.settle(re);
    this.conversation.fail(re, message);
  }

  /** Forget what the server has told us, and keep what it has not heard yet. */
  #forget() {
    this.conversation.clear();
    this.#expectQueued();
  }

  #expectQueued() {
    for (const frame of this.connection.unacknowledged) {
      if (!frame.type.startsWith("message.")) continue;
      const { text, value, action_id: card } = frame.data;
      if (card) this.conversation.press(card);
      const photos = (frame.photos ?? []).map((photo) => ({ type: "photo", ...photo }));
      this.conversation.expect(frame.id, [{ type: "text", text: text ?? frame.label ?? value }, ...photos]);
    }
  }

  #connected(state, why) {
    const { words, panel } = this;
    panel.element.dataset.link = state;
    if (state === "connecting" || state === "waiting") {
      this.bannerTimer ??= setTimeout(() => panel.tell(words.offline), BANNER_AFTER_MS);
      return;
    }
    clearTimeout(this.bannerTimer);
    this.bannerTimer = undefined;
    if (state === "online" || why === "closed") panel.tell();
    else if (why === "replaced")
      panel.tell(words.replaced, el("button", { type: "button", onclick: () => this.connection.start() }, words.here));
    else panel.tell(words[why]);
  }

  // What the shopper does

  #send(text, photos) {
    this.#begin();
    const data = { text, photos: photos.map((photo) => photo.upload_id), context: this.#context() };
    for (const photo of photos) this.previews.set(photo.upload_id, photo.preview);
    const shown = photos.map((photo) => ({ type: "photo", ...photo }));
    const kept = photos.map(({ preview, ...photo }) => photo); // a preview's address dies with this page
    this.#post("message.send", data, [{ type: "text", text }, ...shown], { photos: kept });
  }

  #choose(message, choice) {
    if (choice.id === "photo" && message.local) return this.composer.choosePhotos();
    if (message.local) return this.#send(choice.value, []);
    const data = { message_id: message.id, action_id: choice.id, value: choice.value };
    this.#post("message.action", data, [{ type: "text", text: choice.label }], { label: choice.label });
  }

  /** Say yes or no to a change. The card counts as answered only when the server says how it ended. */
  #answer(message, card, value) {
    const data = { message_id: message.id, action_id: card.id, value };
    const label = value === "yes" ? card.confirm : card.decline;
    this.conversation.press(card.id);
    this.#post("message.action", data, [{ type: "text", text: label }], { label });
  }

  #post(type, data, blocks, beside) {
    const id = newId();
    this.conversation.expect(id, blocks);
    this.connection.start();
    this.connection.send(type, data, { id, keep: true, beside });
    if (beside.label) this.panel.focus(); // the button that was pressed is gone
    this.thread.toEnd();
    this.#render();
  }

  #retry(message) {
    this.conversation.forget(message.id);
    const photos = message.blocks.filter((block) => block.type === "photo");
    this.#send(message.blocks.find((block) => block.type === "text")?.text ?? "", photos);
  }

  #askToEnd() {
    const { words, panel } = this;
    const press = (label, act) =>
      el("button", { type: "button", onclick: () => (panel.tell(), act && act()) }, label);
    const end = () => this.connection.send("conversation.close", {});
    panel.tell(words.endAsk, press(words.endYes, end), press(words.endNo));
  }

  #rateChat(score) {
    this.connection.send("csat.submit", { score }, { keep: true });
    this.conversation.csat = { ...this.conversation.csat, score };
    this.#render();
  }

  /** A new conversation in the place of one that has ended. */
  #begin() {
    if (!this.conversation.closed) return;
    this.#forget();
    this.connection.resume();
    this.#render();
    this.composer.focus();
  }

  #rate(message, value) {
    this.connection.send("feedback.set", { message_id: message.id, value });
    this.conversation.change(message.id, { mark: value });
    this.#render();
  }

  #person() {
    const asked = this.conversation.control !== "bot";
    this.connection.send(asked ? "handoff.cancel" : "handoff.request", {});
  }

  async #copy(message, target) {
    await navigator.clipboard.writeText(message.blocks.map((block) => block.text).join("\n")).catch(() => null);
    target.replaceChildren(icon("check"));
    target.setAttribute("aria-label", this.words.copied);
    setTimeout(() => (target.replaceChildren(icon("copy")), target.setAttribute("aria-label", this.words.copy)), 1_500);
  }

  /** Where the shopper is, without what stands behind `?` and `#`: that may be nobody's business. */
  #context() {
    const context = { url: location.origin + location.pathname };
    if (this.getAttribute("product-id")) context.product_id = this.getAttribute("product-id");
    if (this.getAttribute("cart-id")) context.cart_id = this.getAttribute("cart-id");
    return context;
  }
}

if (!customElements.get("vitrine-chat")) customElements.define("vitrine-chat", VitrineChat);
