/** What stands in the place of the field once a conversation has ended: how it was, and the way to a new one. */

import { el } from "./dom.js";

const SCORES = [1, 2, 3, 4, 5];

export class Ending {
  /** `act`: `rate(score)` and `begin()` a new conversation. */
  constructor(words, act) {
    Object.assign(this, { words, act });
    this.text = el("p", { id: "csat" });
    this.stars = SCORES.map((score) =>
      el(
        "button",
        { type: "button", role: "radio", "aria-label": words.stars(score), onclick: () => act.rate(score) },
        "★",
      ),
    );
    this.rating = el("div", { class: "stars", role: "radiogroup", "aria-labelledby": "csat" }, this.stars);
    this.rating.addEventListener("keydown", (event) => this.#key(event));
    this.thanks = el("p", { class: "thanks", role: "status" });
    this.element = el(
      "div",
      { class: "ending", hidden: true },
      this.text,
      this.rating,
      this.thanks,
      el("button", { class: "begin", type: "button", onclick: () => act.begin() }, words.begin),
    );
  }

  /** `csat` is what the server asked, with the score that was given, or null. True where this takes more room now. */
  render(closed, csat) {
    const score = csat?.score ?? 0;
    const grew = closed && (this.element.hidden || (csat && this.text.hidden));
    this.element.hidden = !closed;
    this.rating.hidden = this.text.hidden = !csat;
    this.text.textContent = csat?.text ?? "";
    this.thanks.textContent = score ? this.words.thanks : "";
    this.stars.forEach((star, i) => {
      star.classList.toggle("on", i < score);
      star.setAttribute("aria-checked", String(SCORES[i] === score));
      star.disabled = score > 0;
      star.tabIndex = i === 0 ? 0 : -1;
    });
    return grew;
  }

  /** Arrows move between the stars, as in any group of radio buttons. */
  #key(event) {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const here = this.stars.indexOf(event.target);
    if (!step || here < 0) return;
    event.preventDefault();
    const next = this.stars[(here + step + this.stars.length) % this.stars.length];
    for (const star of this.stars) star.tabIndex = star === next ? 0 : -1;
    next.focus();
  }
}
