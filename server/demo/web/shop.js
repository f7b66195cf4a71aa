/** The demo shop: the range with its filters on `/demo`, one product on `/demo/p/<id>`. */

import { Account, signedIn } from "./account.js";
import { Cart } from "./cart.js";
import { showProduct } from "./product.js";
import { showRange } from "./range.js";
import { chosenLanguage, words } from "./words.js";
import { el } from "/web/dom.js";

const chat = document.querySelector("vitrine-chat");
const language = chosenLanguage();
chat.setAttribute("language", language); // before the widget's script runs: deferred scripts keep their order
const account = signedIn();
if (account) chat.setAttribute("identity", account.identity);
document.documentElement.lang = language === "zh" ? "zh-CN" : "en";

const main = document.querySelector("main");
const switcher = document.querySelector("#language");
switcher.textContent = words.other;
switcher.lang = language === "zh" ? "en" : "zh-CN";
switcher.addEventListener("click", () => {
  localStorage.setItem("shop-language", language === "zh" ? "en" : "zh");
  location.reload();
});
document.querySelector("footer.end").append(el("p", {}, words.footer));

new Account(document.querySelector("#account-button"), document.querySelector("#account"));

try {
  const answer = await fetch("/demo/products.json", { credentials: "same-origin" });
  const products = await answer.json();
  const cart = new Cart(products, document.querySelector("#cart-button"), document.querySelector("#cart"));
  const id = /^\/demo\/p\/([^/]+)$/.exec(location.pathname)?.[1];
  const product = products.find((one) => one.id === decodeURIComponent(id ?? ""));
  const categories = [...new Set(products.map((one) => one.category))];
  document
    .querySelector("#categories")
    .append(
      ...categories.map((name) =>
        el("a", { href: `/demo?category=${encodeURIComponent(name)}#range` }, words.categories[name] ?? name),
      ),
    );
  if (product) {
    chat.setAttribute("product-id", product.id); // so that "is this dishwasher safe?" is about what they look at
    showProduct(main, product, products, cart, chat);
  } else {
    showRange(main, products, categories, chat);
  }
} catch (error) {
  main.append(el("p", { class: "nothing", role: "alert" }, words.failed));
  throw error;
}
