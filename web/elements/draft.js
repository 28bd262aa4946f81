import { forget, recall, remember } from "./session-storage.js";

/**
 * What somebody typed but has not sent yet. It survives errors and reloads, and is deleted after a success.
 *
 * The draft also keeps the idempotency key. Until the API accepts or refuses a body, the same body is sent
 * with the same key, so that a retry after a lost response does not count twice.
 */
export class Draft {
  #name;

  /** `path` is where it will be sent, and `person` who sends it, as far as that is known. */
  constructor(person, path) {
    this.#name = `draft:${person ?? ""}:${path}`;
  }

  /** The value last saved, or null. */
  get typed() {
    return this.#read().typed ?? null;
  }

  /** True if something was sent but no response came: it may or may not have arrived. */
  get isUncertain() {
    return Boolean(this.#read().attempt);
  }

  save(typed) {
    this.#write({ typed });
  }

  discard() {
    forget(this.#name);
  }

  /** Calls `post(body, key)` and returns its result. */
  async send(body, post) {
    const key = this.#keyFor(JSON.stringify(body));
    try {
      const result = await post(body, key);
      this.discard();
      return result;
    } catch (problem) {
      if (problem.isDefinitive) this.#write({ attempt: null });
      throw problem;
    }
  }

  #keyFor(body) {
    const { attempt } = this.#read();
    if (attempt?.body === body) return attempt.key;
    const key = newKey();
    this.#write({ attempt: { body, key } });
    return key;
  }

  #read() {
    return JSON.parse(recall(this.#name) ?? "{}");
  }

  #write(changes) {
    remember(this.#name, JSON.stringify({ ...this.#read(), ...changes }));
  }
}

/** 128 random bits. `crypto.randomUUID` does not exist on pages loaded without HTTPS. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
