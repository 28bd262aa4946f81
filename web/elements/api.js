/** Calls to the API, and the errors they end with. */

const DEFAULT_BASE = new URL("../", import.meta.url).href;
const TIMEOUT_MS = 30_000;

/** These statuses mean the same whoever sends them: the API, its authorizer or its gateway. 0: no response at all. */
const CODE_BY_STATUS = {
  0: "unreachable", 401: "signed_out", 413: "too_large", 429: "busy", 502: "busy", 503: "busy", 504: "busy",
};
/** For responses of the gateway, which have no code. */
const DEFAULT_CODE_BY_STATUS = { 404: "not_found" };
/** An earlier call with the same idempotency key has not finished. */
const IN_PROGRESS = "idempotency_key_in_progress";

/** Busy responses since the last other one. All elements of a page count together, since they call the same service. */
let busyInARow = 0;

/** A call that failed. `code` names the texts that explain it; `body` is the API's problem document, or empty. */
export class Problem extends Error {
  /** True if the service was busy for the call before this one, too. */
  isRepeated = false;

  constructor(status, body = {}, headers = new Headers()) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code === IN_PROGRESS
      ? "busy"
      : CODE_BY_STATUS[status] ?? body.code ?? DEFAULT_CODE_BY_STATUS[status] ?? "unexpected";
    this.body = body;
    this.retryAfter = headers.get("Retry-After");
    // The request ID, by which support finds the call. Responses that the gateway made itself have only the header.
    this.reference = body.reference || headers.get("apigw-requestid");
  }

  /** True if the API refused the call. Otherwise the call may have taken effect, or may still do so. */
  get isDefinitive() {
    return this.status >= 400 && this.status < 500 && this.code !== "busy";
  }
}

/** A template tag: path`contracts/${id}/feedback` with each value percent-encoded. */
export const path = (texts, ...values) =>
  String.raw({ raw: texts }, ...values.map((value) => encodeURIComponent(value)));

export class Api {
  #base;
  #token;

  /**
   * `token` is a string, a promise of one, or a function that returns either.
   * null: the caller has no token. undefined: these calls need none.
   */
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

  async #call(path, options) {
    const headers = { ...options.headers, ...(await this.#authorization()) };
    const { response, body } = await send(new URL(path, this.#base), { ...options, headers });
    const problem = response.ok ? null : new Problem(response.status, body, response.headers);
    busyInARow = problem?.code === "busy" ? busyInARow + 1 : 0;
    if (!problem) return body;
    problem.isRepeated = busyInARow > 1;
    throw problem;
  }

  async #authorization() {
    if (this.#token === undefined) return {};
    const token = await this.#currentToken();
    if (!token) throw new Problem(401);
    return { Authorization: `Bearer ${token}` };
  }

  /** If the page's own function cannot fetch a token, trying again may help, as with an unreachable API. */
  async #currentToken() {
    try {
      return await (typeof this.#token === "function" ? this.#token() : this.#token);
    } catch {
      throw new Problem(0);
    }
  }
}

async function send(url, options) {
  try {
    const response = await fetch(url, {
      ...options,
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { response, body: await readBody(response) };
  } catch {
    throw new Problem(0);
  }
}

/** Errors may have any body, such as a proxy's HTML page. A success that is not JSON did not come from the API. */
async function readBody(response) {
  const text = await response.text();
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    if (response.ok) throw error;
    return {};
  }
}
