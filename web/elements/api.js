/** Calls to the API. */

import { adjustClock } from "./clock.js";
import { Problem, referenceOf } from "./problem.js";

const TIMEOUT_MS = 30_000;

let defaultBase = null;

/** Sets the API's URL for all elements that have no attribute `api-base`. */
export function setApiBase(url) {
  defaultBase = String(url);
}

export const hasApiBase = () => defaultBase !== null;

/** Busy responses since the last other one. All elements of a page count together, since they call the same service. */
let busyInARow = 0;

/** The request ID of the last response, by which support finds its call. Null if it had none. */
let newestReference = null;

export const lastReference = () => newestReference;

/** A template tag: path`contracts/${id}/feedback` with each value percent-encoded. */
export const path = (texts, ...values) =>
  String.raw({ raw: texts }, ...values.map((value) => encodeURIComponent(value)));

/**
 * What `answer` says, to compare with an earlier one. Until when feedback could be corrected if it were given now is left
 * out: that counts from the time of the call, so it differs from answer to answer.
 */
export const stateOf = (answer) =>
  JSON.stringify(answer, (key, value) => (key === "correctable_until_if_given_now" ? undefined : value));

/** Where a feedback is. */
export const feedbackPath = ({ contract_id: contractId, feedback_id: feedbackId }) =>
  path`contracts/${contractId}/feedback/${feedbackId}`;

export class Api {
  #base;
  #credential;

  /** `base` is the API's URL, by default that of `setApiBase`. Public calls need no credential. */
  constructor(base, credential) {
    this.#base = (base || defaultBase).replace(/\/?$/, "/");
    this.#credential = credential;
  }

  get(path) {
    return this.#call(path, {});
  }

  post(path, body, key) {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    return this.#call(path, { method: "POST", body: json(body), headers });
  }

  /**
   * To repeat a PUT changes nothing, so it needs no idempotency key. With `revision`, the API refuses it if what it
   * would replace has another one by now.
   */
  put(path, body, revision = null) {
    const condition = revision === null ? {} : { "If-Match": `"${revision}"` };
    return this.#call(path, {
      method: "PUT", body: json(body), headers: { "Content-Type": "application/json", ...condition },
    });
  }

  delete(path) {
    return this.#call(path, { method: "DELETE" });
  }

  /** Returns the body of the response. Throws a Problem. */
  async #call(path, options) {
    const headers = { ...options.headers, ...(await this.#authorization()) };
    const { response, body } = await send(new URL(path, this.#base), { ...options, headers });
    adjustClock(response.headers);
    newestReference = referenceOf(response.headers);
    const problem = response.ok ? null : new Problem(response.status, body, response.headers);
    busyInARow = problem?.code === "busy" ? busyInARow + 1 : 0;
    if (!problem) return body;
    problem.isRepeated = busyInARow > 1;
    throw problem;
  }

  async #authorization() {
    return this.#credential ? { Authorization: `Bearer ${await this.#credential.fetch()}` } : {};
  }
}

/** The API refuses U+FFFD unless it is escaped, since it can be a sign of damaged text. Here a person typed it. */
const json = (body) => JSON.stringify(body).replaceAll("\ufffd", "\\ufffd");

async function send(url, options) {
  let headers;
  try {
    const response = await fetch(url, {
      ...options,
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    ({ headers } = response);
    return { response, body: await readBody(response) };
  } catch {
    throw new Problem(0, {}, headers); // the connection may have ended in the middle of the response
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
