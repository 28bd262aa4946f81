/** Everything this front end says to the API, and every way the API says no. */

const DEFAULT_BASE = new URL("../", import.meta.url).href;
const PATIENCE_MS = 30_000;

/** What these answers mean, whoever gives them: the API, its authorizer, its gateway, or nobody. */
const CODE_BY_STATUS = {
  0: "unreachable", 401: "signed_out", 413: "too_large", 429: "busy", 502: "busy", 503: "busy", 504: "busy",
};
const UNNAMED = { 404: "not_found" };
/** The first of two equal calls is still being answered. */
const IN_PROGRESS = "idempotency_key_in_progress";

export class Problem extends Error {
  constructor(status, body = {}, retryAfter = null) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code === IN_PROGRESS ? "busy" : CODE_BY_STATUS[status] ?? body.code ?? UNNAMED[status] ?? "unexpected";
    this.body = body;
    this.retryAfter = retryAfter;
  }

  /** The call was judged and refused. Otherwise it may have been carried out, or may yet be. */
  get isDefinitive() {
    return this.status >= 400 && this.status < 500 && this.code !== "busy";
  }
}

/** Writes path`contracts/${id}/feedback` with what is put in escaped. */
export const path = (texts, ...values) =>
  String.raw({ raw: texts }, ...values.map((value) => encodeURIComponent(value)));

export class Api {
  #base;
  #token;

  /** `token` is a string, a function or promise of one; null when there is none, undefined when none is needed. */
  constructor(base, token) {
    this.#base = base ? base.replace(/\/?$/, "/") : DEFAULT_BASE;
    this.#token = token;
  }

  get(path) {
    return this.#call(path, {});
  }

  post(path, body, key) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    return this.#call(path, { method: "POST", body: JSON.stringify(body), headers });
  }

  async #call(path, request) {
    const headers = { ...request.headers, ...(await this.#authorization()) };
    const { response, body } = await exchange(new URL(path, this.#base), { ...request, headers });
    if (response.ok) return body;
    throw new Problem(response.status, body, response.headers.get("Retry-After"));
  }

  async #authorization() {
    if (this.#token === undefined) return {};
    const token = await this.#currentToken();
    if (!token) throw new Problem(401);
    return { Authorization: `Bearer ${token}` };
  }

  /** Whoever fetches tokens may be out of reach as the API may: then trying again can help. */
  async #currentToken() {
    try {
      return await (typeof this.#token === "function" ? this.#token() : this.#token);
    } catch {
      throw new Problem(0);
    }
  }
}

async function exchange(url, request) {
  try {
    const response = await fetch(url, {
      ...request,
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    return { response, body: await readBody(response) };
  } catch {
    throw new Problem(0);
  }
}

/** A refusal may be anything, such as a gateway's own page; an answer that is not JSON is not the API's. */
async function readBody(response) {
  const text = await response.text();
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    if (response.ok) throw error;
    return {};
  }
}
