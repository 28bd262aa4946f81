import { forget, recall, remember } from "./session.js";

/**
 * What somebody typed and has not sent yet. It outlives errors and reloads, and ends with a success.
 * The idempotency key lives with it: until there is a definitive answer, the same words go out
 * under the same key, so that a retry after a lost answer does not count twice.
 */
export class Draft {
  #name;

  constructor(name) {
    this.#name = `draft:${name}`;
  }

  /** Null when there is none. */
  get typed() {
    return this.#read().typed ?? null;
  }

  /** Something was sent and never answered: it may or may not have arrived. */
  get isUncertain() {
    return Boolean(this.#read().attempt);
  }

  save(typed) {
    this.#write({ typed });
  }

  /** `post` is called with the body and its key. */
  async send(body, post) {
    const key = this.#keyFor(JSON.stringify(body));
    try {
      const answer = await post(body, key);
      forget(this.#name);
      return answer;
    } catch (problem) {
      if (problem.isDefinitive) this.#write({ attempt: null });
      throw problem;
    }
  }

  #keyFor(words) {
    const { attempt } = this.#read();
    if (attempt?.words === words) return attempt.key;
    const key = newKey();
    this.#write({ attempt: { words, key } });
    return key;
  }

  #read() {
    return JSON.parse(recall(this.#name) ?? "{}");
  }

  #write(changes) {
    remember(this.#name, JSON.stringify({ ...this.#read(), ...changes }));
  }
}

/** 128 random bits; `crypto.randomUUID` is missing where a page was not loaded by HTTPS. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
