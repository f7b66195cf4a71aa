/** Where the shopper writes: words that grow the field, photos by button, paste or drop, send and stop. */

import { el, icon } from "./dom.js";

const TYPES = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif";
const TYPING_EVERY_MS = 4_000;

export class Composer {
  /** `act`: `send(text, photos)`, `stop()`, `upload(file, onProgress, signal)`, `typing()`. */
  constructor(words, act) {
    Object.assign(this, { words, act, photos: [], limits: { text: 10_000, photos: 4, mib: 10 }, running: false });
    this.field = el("textarea", {
      rows: "1",
      placeholder: words.write,
      "aria-label": words.write,
      enterkeyhint: "send",
      dir: "auto",
    });
    this.files = el("input", {
      type: "file",
      accept: TYPES,
      multiple: true,
      hidden: true,
      onchange: () => this.#picked(),
    });
    this.pick = el(
      "button",
      {
        class: "pick",
        type: "button",
        title: words.photo,
        "aria-label": words.photo,
        onclick: () => this.choosePhotos(),
      },
      icon("photo"),
    );
    this.go = el(
      "button",
      { class: "go", type: "submit", title: words.send, "aria-label": words.send, disabled: true },
      icon("send"),
    );
    this.halt = el(
      "button",
      {
        class: "go halt",
        type: "button",
        title: words.stop,
        "aria-label": words.stop,
        hidden: true,
        onclick: () => act.stop(),
      },
      el("i"),
    );
    this.tray = el("ul", { class: "tray", hidden: true });
    this.hint = el("p", { class: "hint", role: "alert", hidden: true });
    this.element = el(
      "form",
      { class: "composer" },
      this.hint,
      this.tray,
      el("div", { class: "field" }, this.pick, this.files, this.field, this.halt, this.go),
    );
    this.element.addEventListener("submit", (event) => (event.preventDefault(), this.submit()));
    this.field.addEventListener("input", () => this.#changed());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.field.addEventListener("paste", (event) => this.#pasted(event));
  }

  choosePhotos() {
    this.files.click();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  /** While an answer is being made and nothing is written, the button stops it. */
  setRunning(running) {
    this.running = running;
    this.#buttons();
  }

  say(hint) {
    this.hint.textContent = hint ?? "";
    this.hint.hidden = !hint;
  }

  /** Take photos in: each is shown at once and sent on its way while the shopper goes on writing. */
  add(files) {
    const { words, limits } = this;
    this.say();
    for (const file of files) {
      if (this.photos.length >= limits.photos) return this.say(words.errors.too_many(limits.photos));
      if (!/^image\//.test(file.type) && !/\.hei[cf]$/i.test(file.name)) this.say(words.errors.unsupported_media);
      else this.#upload(file);
    }
  }

  submit() {
    const text = this.field.value.trim();
    const { limits, words } = this;
    if (!this.#ready()) return;
    if (text.length > limits.text) return this.say(words.errors.too_long(limits.text));
    this.act.send(
      text,
      this.photos.map(({ upload, preview }) => ({ ...upload, preview })),
    );
    this.photos = [];
    this.tray.replaceChildren();
    this.tray.hidden = true;
    this.field.value = "";
    this.say();
    this.#changed();
    this.focus();
  }

  #ready() {
    const whole = this.photos.every((photo) => photo.upload);
    return whole && (this.field.value.trim() !== "" || this.photos.length > 0);
  }

  async #upload(file) {
    const { words, limits } = this;
    const stop = new AbortController();
    const preview = URL.createObjectURL(file);
    const bar = el("i", { class: "bar" });
    const remove = el("button", { type: "button", title: words.remove, "aria-label": words.remove }, icon("close"));
    const picture = el("img", {
      src: preview,
      alt: file.name,
      onerror: (event) => event.target.replaceWith(icon("photo")),
    });
    const photo = { preview, upload: null, node: el("li", {}, picture, bar, remove) };
    const drop = () => {
      stop.abort();
      this.photos = this.photos.filter((other) => other !== photo);
      photo.node.remove();
      this.tray.hidden = this.photos.length === 0;
      this.#buttons();
    };
    remove.addEventListener("click", drop);
    this.photos.push(photo);
    this.tray.append(photo.node);
    this.tray.hidden = false;
    this.#buttons();
    try {
      photo.upload = await this.act.upload(file, (part) => bar.style.setProperty("--part", part), stop.signal);
      photo.node.classList.add("done");
    } catch (error) {
      drop();
      URL.revokeObjectURL(preview);
      const say = words.errors[error.code] ?? words.errors.other;
      this.say(typeof say === "function" ? say(limits.mib) : say);
    }
    this.#buttons();
  }

  #picked() {
    this.add([...this.files.files]);
    this.files.value = "";
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  #key(event) {
    // While an input method composes (Chinese, Japanese), Enter takes its proposal and does not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  #changed() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 140)}px`;
    this.#buttons();
    if (this.field.value && Date.now() - (this.told ?? 0) > TYPING_EVERY_MS) {
      this.told = Date.now();
      this.act.typing();
    }
  }

  #buttons() {
    const stoppable = this.running && !this.field.value.trim() && !this.photos.length;
    this.halt.hidden = !stoppable;
    this.go.hidden = stoppable;
    this.go.disabled = !this.#ready();
  }
}
