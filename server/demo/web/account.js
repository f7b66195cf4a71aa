/** Signing in as one of the demo's customers: the shop's signed word for who they are, which the chat is given. */

import { el, icon } from "/web/dom.js";

import { words } from "./words.js";

const KEY = "shop-account";

/** Who is signed in, with the token; null once it has run out. */
export function signedIn() {
  try {
    const account = JSON.parse(localStorage.getItem(KEY));
    if (account?.until > Date.now()) return account;
  } catch {
    // Whatever lies there is no account.
  }
  localStorage.removeItem(KEY);
  return null;
}

export class Account {
  constructor(button, dialog) {
    Object.assign(this, { button, dialog, account: signedIn() });
    button.textContent = this.account?.name ?? words.signIn;
    button.addEventListener("click", () => this.#open());
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }

  async #open() {
    const { dialog, account } = this;
    const choices = account
      ? [el("button", { type: "button", onclick: () => this.#leave() }, el("b", {}, words.signOut))]
      : await this.#customers();
    dialog.replaceChildren(
      el(
        "header",
        {},
        el("h2", {}, account ? account.name : words.signInAs),
        el("button", { type: "button", "aria-label": words.close, onclick: () => dialog.close() }, icon("close")),
      ),
      el("ul", {}, choices.map((choice) => el("li", {}, choice))),
      el("footer", {}, el("p", { class: "note" }, words.notAccount)),
    );
    dialog.showModal();
  }

  async #customers() {
    const answer = await fetch("/demo/accounts.json");
    if (!answer.ok) return [el("p", { class: "empty" }, words.noAccounts)];
    return (await answer.json()).map((customer) =>
      el(
        "button",
        { type: "button", onclick: () => this.#enter(customer.id) },
        el("b", {}, customer.name),
        el("small", {}, words.has(customer.orders, customer.subscriptions)),
      ),
    );
  }

  async #enter(customer) {
    const answer = await fetch("/demo/sign-in", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ customer }),
    });
    if (!answer.ok) return;
    localStorage.setItem(KEY, JSON.stringify(await answer.json()));
    location.reload(); // the chat asks who it is when it is made
  }

  #leave() {
    localStorage.removeItem(KEY);
    location.reload();
  }
}
