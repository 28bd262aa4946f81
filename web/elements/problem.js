/** These statuses mean the same whoever sends them: the API, its authorizer or its gateway. 0: no response at all. */
const CODE_BY_STATUS = {
  0: "unreachable", 401: "signed_out", 413: "too_large", 429: "busy", 502: "busy", 503: "busy", 504: "busy",
};
/** For responses of the gateway, which have no code. */
const DEFAULT_CODE_BY_STATUS = { 404: "not_found" };
/** An earlier call with the same idempotency key has not finished. */
const IN_PROGRESS = "idempotency_key_in_progress";

/** The request ID that API Gateway gave a call, by which support finds it. */
export const referenceOf = (headers) => headers.get("apigw-requestid");

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
    // Responses that the gateway made itself have only the header.
    this.reference = body.reference || referenceOf(headers);
  }

  /** True if the API refused the call. Otherwise the call may have taken effect, or may still do so. */
  get isDefinitive() {
    return this.status >= 400 && this.status < 500 && this.code !== "busy";
  }
}
