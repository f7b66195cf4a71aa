/** Who the visitor is to the server: a token that outlives the page, tickets for sockets, and uploads. */

import { Refused, newId } from "./connection.js";

const RESIZE_BYTES = 1.5 * 1024 * 1024;
const RESIZE_SIDE = 2048;

/** A key of `localStorage` or `sessionStorage`, or of memory where the browser keeps nothing. */
export class Shelf {
  constructor(area, key) {
    this.key = key;
    try {
      this.area = globalThis[area];
      this.area.getItem(key);
    } catch {
      this.area = null;
    }
  }

  load(otherwise = null) {
    try {
      return JSON.parse(this.area.getItem(this.key)) ?? otherwise;
    } catch {
      return this.value ?? otherwise;
    }
  }

  save(value) {
    this.value = value;
    try {
      this.area.setItem(this.key, JSON.stringify(value));
    } catch {
      // Full or forbidden: this page still has it in memory.
    }
  }
}

/** A request that failed: `status` is HTTP's (0 without an answer), `code` and `message` are the server's. */
export class Failed extends Error {
  constructor(status, body) {
    super(body?.message ?? `HTTP ${status}`);
    this.status = status;
    this.code = body?.code ?? "internal";
    this.retryAfterMs = body?.retry_after_ms;
  }
}

export class Session {
  /** `identity` is the shop's signed word for who its customer is, if they are logged in there. */
  constructor(server, siteKey, { language, identity }) {
    Object.assign(this, { server, siteKey, language, identity });
    this.id = newId(); // of this page: its new socket replaces its old one, and no other page's
    this.token = new Shelf("localStorage", `vitrine:${server}:${siteKey}`);
  }

  /** Whether this visitor has been here before. */
  get known() {
    return this.token.load() !== null;
  }

  /** A fresh ticket with what comes with it. A token that the server no longer knows is replaced. */
  async open() {
    await this.opening?.catch(() => null); // two first ones at a time would make two visitors of one
    this.opening = this.#open();
    return this.opening;
  }

  async #open() {
    const known = this.token.load();
    let answer = await this.#ask(known);
    if (answer.status === 401 && known) answer = await this.#ask(null);
    const body = await answer.json().catch(() => null);
    if ([400, 401, 403, 404, 422].includes(answer.status)) throw new Refused(body?.message ?? `HTTP ${answer.status}`);
    if (!answer.ok) throw new Failed(answer.status, body);
    this.token.save(body.visitor_token);
    return body;
  }

  /** A request of this visitor; one that the server no longer knows becomes a new one. Resolves to its JSON, or null. */
  async ask(path, { method = "GET", body } = {}) {
    if (!this.known) await this.open();
    let answer = await this.#request(path, method, body);
    if (answer.status === 401) {
      await this.open();
      answer = await this.#request(path, method, body);
    }
    const told = answer.status === 204 ? null : await answer.json().catch(() => null);
    if (!answer.ok) throw new Failed(answer.status, told);
    return told;
  }

  /** Send a photo; `onProgress` gets 0 to 1. Resolves to `{upload_id, url, thumbnail_url, width, height}`. */
  async upload(file, onProgress, signal) {
    if (!this.known) await this.open();
    const photo = await smaller(file);
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // fetch cannot tell how far an upload has come
      const form = new FormData();
      form.append("file", photo, file.name || "photo");
      request.open("POST", new URL("/v1/uploads", this.server));
      request.setRequestHeader("Authorization", `Bearer ${this.token.load()}`);
      request.responseType = "json";
      request.timeout = 120_000;
      request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
      request.onload = () =>
        request.status < 300 ? resolve(request.response) : reject(new Failed(request.status, request.response));
      request.onerror = request.ontimeout = () => reject(new Failed(0, { code: "offline" }));
      signal.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }

  #request(path, method, body) {
    return fetch(new URL(path, this.server), {
      method,
      headers: {
        Authorization: `Bearer ${this.token.load()}`,
        "Accept-Language": this.language,
        ...(body && { "Content-Type": "application/json" }),
      },
      credentials: "omit",
      body: body && JSON.stringify(body),
      keepalive: true, // a view counts also when the page is left at once
    });
  }

  #ask(token) {
    return fetch(new URL("/v1/sessions", this.server), {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": this.language },
      credentials: "omit",
      body: JSON.stringify({
        site_key: this.siteKey,
        session_id: this.id,
        ...(token && { visitor_token: token }),
        ...(this.identity && { identity: this.identity }),
      }),
    });
  }
}

/** A large photo scaled down before it travels over a phone's network; as it is where the browser cannot read it. */
async function smaller(file) {
  if (file.size < RESIZE_BYTES || !/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, RESIZE_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
    return blob && blob.size < file.size ? blob : file;
  } catch {
    return file;
  }
}
