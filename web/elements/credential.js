import { Problem } from "./problem.js";

/** The caller's token: a string, a promise of one, or a function that returns either. null: the caller has none. */
export class Credential {
  #source;
  /** Whom the last token that was used names; null if none was used yet, or if it is no JWT. */
  person = null;

  constructor(source) {
    this.#source = source;
  }

  /**
   * Uses `source` from now on, if it can only stand for the same person. Otherwise it returns false.
   * Frameworks make a new function at every render, so a function may follow a function: its next token tells.
   */
  renew(source) {
    const isSame = typeof source === "function" && typeof this.#source === "function"
      || personIn(source) !== null && personIn(source) === personIn(this.#source);
    if (isSame) this.#source = source;
    return isSame;
  }

  /** Whether the token now names another person than the last one that was used, or nobody. */
  async isSomebodyElse() {
    const { person } = this;
    try {
      await this.fetch();
    } catch (problem) {
      return problem.status === 401; // that it could not be fetched says nothing
    }
    return this.person !== person;
  }

  /** The current token. If the page's own function cannot fetch one, trying again may help, as with the API. */
  async fetch() {
    let token;
    try {
      token = await (typeof this.#source === "function" ? this.#source() : this.#source);
    } catch {
      throw new Problem(0);
    }
    if (!token) throw new Problem(401);
    this.person = personIn(token);
    return token;
  }
}

/** Issuer and subject of a JWT. Nothing is verified here: this only tells whose drafts to show in this browser. */
function personIn(token) {
  try {
    const payload = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const { iss, sub } = JSON.parse(atob(payload));
    return sub ? `${iss ?? ""} ${sub}` : null;
  } catch {
    return null;
  }
}
