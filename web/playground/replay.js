/** Replies to the elements' calls in the place of the API: with what `make playground` recorded. */

import { GivenFeedback } from "./given-feedback.js";
import recorded from "./replies.json";

const API = new URL("../", location.href).href;
const SLOW_MS = 3_000;
const NO_REPLY = { status: 0 };

export const STATES = recorded.states;

/** Replies to the calls of one visit to a state, from its first reply to its last. */
class Visit {
  #replies;
  /** Whether the client has turned requests off since the beginning of the visit; undefined if they changed nothing. */
  #isMuted;
  #given = new GivenFeedback();

  constructor(state) {
    this.#replies = [...state.replies];
  }

  /** Preferences change nothing else that their client sees, so they are not recorded. `body` is what was sent. */
  replyTo(method, path, body) {
    if (path.endsWith("/request-preference")) {
      this.#isMuted = body.muted;
      return { status: 200, body };
    }
    const reply = this.#given.replyTo(method, path, body)
      ?? this.#given.withChanges(this.#recorded(method, path), method === "PUT" ? body : null);
    if (reply.status === 200 && body?.further_requests === "muted") this.#isMuted = true;
    if (reply.status === 201 && reply.body.request_id === null) this.#isMuted = false; // feedback that answers no request
    return this.#isMuted === undefined || reply.body?.requests_muted === undefined
      ? reply
      : { ...reply, body: { ...reply.body, requests_muted: this.#isMuted } };
  }

  /** The last reply to a call is the one to all further calls, so that an element can load as often as it likes. */
  #recorded(method, path) {
    const matching = this.#replies.filter((reply) => reply.method === method && reply.path === path);
    if (!matching.length) reportError(new Error(`There is no recorded reply to ${method} ${path}.`));
    const [reply = NO_REPLY] = matching;
    if (matching.length > 1) this.#replies.splice(this.#replies.indexOf(reply), 1);
    if (reply.after) this.#replies = [...reply.after];
    return reply;
  }
}

/**
 * Replaces `fetch` for the API's addresses. Other addresses are fetched as ever. `howToReply` returns what the settings
 * say, and `onreply(text)` is told of each reply. Returns a function to call at the beginning of each visit.
 */
export function replaceFetch(howToReply, onreply) {
  const fetchFromNetwork = window.fetch;
  let visit;
  window.fetch = async (address, options = {}) => {
    const url = new URL(address, location.href).href;
    if (!url.startsWith(API) || url.startsWith(`${API}app/`)) return fetchFromNetwork(address, options);
    const { method = "GET", body } = options;
    const path = url.slice(API.length);
    const how = howToReply();
    const thisVisit = visit; // a late call of an element that is gone is none of the next one's
    if (how === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    const reply = chosen(how) ?? thisVisit.replyTo(method, path, body && JSON.parse(body));
    onreply(`${method} /${path} → ${reply.status || "no reply"}`);
    if (!reply.status) throw new TypeError("No connection");
    return new Response(JSON.stringify(reply.body), reply);
  };
  return (state) => {
    visit = new Visit(state);
  };
}

/** The reply that the settings ask for, instead of the state's own. */
const chosen = (how) => (how === "unreachable" ? NO_REPLY : recorded.failures[how]);
