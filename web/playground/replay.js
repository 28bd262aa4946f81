/** Replies to the elements' calls in the place of the API: with what `make playground` recorded. */

import recorded from "./replies.json";

const API = new URL("../", location.href).href;
const SLOW_MS = 3_000;
const CREATED = 201;
const NO_REPLY = { status: 0 };

export const STATES = recorded.states;

/** Replies to the calls of one visit to a state, from its first reply to its last. */
class Visit {
  #replies;
  #afterPost;

  constructor(state) {
    this.#replies = [...state.replies];
    this.#afterPost = state.after_post;
  }

  /** The last reply to a call is the one to all further calls, so that an element can load as often as it likes. */
  replyTo(method, path) {
    const matching = this.#replies.filter((reply) => reply.method === method && reply.path === path);
    if (!matching.length) reportError(new Error(`There is no recorded reply to ${method} ${path}.`));
    const [reply = NO_REPLY] = matching;
    if (matching.length > 1) this.#replies.splice(this.#replies.indexOf(reply), 1);
    if (method === "POST" && reply.status === CREATED) this.#replies = [...this.#afterPost];
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
    const { method = "GET" } = options;
    const path = url.slice(API.length);
    const how = howToReply();
    const thisVisit = visit; // a late call of an element that is gone is none of the next one's
    if (how === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    const reply = chosen(how) ?? thisVisit.replyTo(method, path);
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
