/** The button in the corner and the window that it opens: all that stands around the conversation. */

import { el, icon } from "./dom.js";

const STOPS = "a[href], button:not([hidden], :disabled), textarea, summary, [tabindex='0']";

export class Panel {
  /** `act`: `open()`, `close()`, `person()` asks for one or goes back, `end()` the conversation, `drop(files)`. */
  constructor(words, { thread, composer, ending }, act) {
    Object.assign(this, { words, thread, composer, ending, act });
    const button = (name, label, press) =>
      el(
        "button",
        { class: `tool ${name}`, type: "button", title: label, "aria-label": label, onclick: press },
        icon(name),
      );
    this.avatar = el("div", { class: "avatar", "aria-hidden": "true" });
    this.face = this.avatar.cloneNode();
    this.name = el("h2", { id: "name" });
    this.line = el("p", { class: "line" });
    this.banner = el("div", { class: "banner", role: "status", hidden: true });
    this.person = button("person", words.person, act.person);
    this.end = button("end", words.end, act.end);
    const who = el("div", { class: "who" }, this.name, this.line);
    const dropping = el("div", { class: "dropping", "aria-hidden": "true" }, icon("photo"), words.drop);
    this.element = el(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "name", hidden: true },
      el("header", {}, this.avatar, who, this.end, this.person, button("close", words.close, act.close)),
      this.banner,
      thread.element,
      composer.element,
      ending.element,
      dropping,
    );
    thread.introduce(el("div", { class: "intro" }, this.face, el("p", {}, words.intro)));
    this.badge = el("span", { class: "count", hidden: true });
    const toggle = () => (this.open ? act.close() : act.open());
    this.launcher = el(
      "button",
      { class: "launcher", type: "button", "aria-label": words.open, "aria-expanded": "false", onclick: toggle },
      icon("chat"),
      icon("down"),
      this.badge,
    );
    this.element.addEventListener("keydown", (event) => this.#key(event));
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      this.element.addEventListener(kind, (event) => this.#drag(event));
    }
  }

  get open() {
    return !this.element.hidden;
  }

  show(open) {
    this.element.hidden = !open;
    this.element.setAttribute("aria-modal", String(open && narrow()));
    this.launcher.setAttribute("aria-expanded", String(open));
    this.launcher.setAttribute("aria-label", open ? this.words.close : this.words.open);
  }

  /** Where writing begins; on a phone the log, since the field would bring up the keyboard over the greeting. */
  focus() {
    if (narrow()) this.thread.list.focus();
    else this.composer.focus();
  }

  setHeading(heading) {
    this.name.textContent = heading;
    this.avatar.textContent = this.face.textContent = Array.from(heading)[0].toUpperCase();
  }

  /** Who answers: the assistant, a person, or one to come; `begun` once the shopper has said something. */
  setControl(control, person, begun) {
    const { words } = this;
    const label = control === "bot" ? words.person : words.personCancel;
    this.line.textContent = { queued: words.queued, human: words.human(person), closed: words.ended }[control] ?? words.online;
    this.element.dataset.control = control;
    this.composer.element.hidden = this.person.hidden = control === "closed";
    this.end.hidden = control === "closed" || !begun;
    this.person.title = label;
    this.person.setAttribute("aria-label", label);
  }

  /** How many messages came while the window was closed. */
  setUnread(n) {
    const { words } = this;
    this.badge.hidden = n === 0;
    this.badge.textContent = n > 9 ? "9+" : String(n);
    if (!this.open) this.launcher.setAttribute("aria-label", n ? `${words.open}, ${words.unread(n)}` : words.open);
  }

  /** Say something above the conversation; nothing takes it away. */
  tell(...parts) {
    this.banner.replaceChildren(...parts);
    this.banner.hidden = parts.length === 0;
  }

  /** On a phone the keyboard takes part of the screen, and only `visualViewport` says how much is left. */
  fit() {
    if (!visualViewport) return;
    this.element.style.setProperty("--seen-height", `${visualViewport.height}px`);
    this.element.style.setProperty("--seen-top", `${visualViewport.offsetTop}px`);
  }

  #key(event) {
    event.stopPropagation(); // a shop's own keyboard shortcuts are not meant for what is written here
    if (event.key === "Escape") return this.act.close();
    if (event.key !== "Tab" || !narrow()) return;
    const stops = [...this.element.querySelectorAll(STOPS)].filter((node) => node.offsetParent);
    const [first, last] = event.shiftKey ? [stops.at(-1), stops[0]] : [stops[0], stops.at(-1)];
    if (this.element.getRootNode().activeElement !== last) return;
    event.preventDefault();
    first.focus();
  }

  #drag(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const inside = event.type !== "drop" && (event.type !== "dragleave" || this.element.contains(event.relatedTarget));
    this.element.classList.toggle("over", inside);
    if (event.type === "drop") this.act.drop([...event.dataTransfer.files]);
  }
}

/** Whether the window covers the whole screen. */
export function narrow() {
  return matchMedia("(max-width: 520px)").matches;
}

/** Black or white, whichever reads better on a colour (WCAG 2 relative luminance). */
export function readableOn(colour) {
  const paint = document.createElement("canvas").getContext("2d");
  paint.fillStyle = colour;
  paint.fillRect(0, 0, 1, 1);
  const [r, g, b] = Array.from(paint.getImageData(0, 0, 1, 1).data, (part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#111" : "#fff";
}
