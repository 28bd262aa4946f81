/** Boxes that say one thing: how it went, or why not. */

import { h } from "./dom.js";
import { exactly, exactlyAndHowFar } from "./time.js";
import { canSay, say } from "./wording.js";

/** Codes after which trying again can help; every other one is an end. */
const PASSING = ["unreachable", "busy", "unexpected"];

export function notice(tone, title, ...body) {
  return h("section", { class: `notice ${tone}`, part: `notice ${tone}` },
    h("h2", { tabindex: -1 }, title), body);
}

/** A page of its own for what could not be loaded. */
export function failure(problem, retry) {
  const again = PASSING.includes(problem.code)
    && h("button", { type: "button", part: "button", onclick: retry }, say("try_again"));
  return notice(again ? "danger" : "plain", title(problem), explanation(problem), again);
}

/** A refusal of something sent: shown, and read out, where the reader was about to send it. */
export function refuse(place, problem, ...details) {
  const box = h("div", { class: "notice danger", part: "notice danger", tabindex: -1 },
    h("strong", {}, title(problem)), explanation(problem), details);
  place.replaceChildren(box);
  box.focus();
}

export function reasonList(reasons) {
  return h("ul", { class: "reasons", part: "reasons" }, reasons.map((reason) => h("li", {},
    why(reason),
    reason.clears_at && [" ", say("reason_clears", { when: exactlyAndHowFar(reason.clears_at) })])));
}

/** What ends and what has not begun share a code; only the latter clears. */
function why({ code, detail, clears_at: clearsAt }) {
  const keys = [clearsAt && `reason_${code}_yet`, `reason_${code}`];
  const key = keys.find((one) => one && canSay(one));
  return key ? say(key) : foreign(detail);
}

const title = (problem) =>
  canSay(`${problem.code}_text`) ? say(problem.code) : foreign(problem.message);

function explanation({ code, body, retryAfter }) {
  const seconds = Number(retryAfter);
  return h("div", { class: "stack" },
    h("p", {},
      canSay(`${code}_at`) && body.closed_at && [say(`${code}_at`, { when: exactly(body.closed_at) }), " "],
      code === "busy" && seconds ? say("busy_for", { count: seconds })
        : say(canSay(`${code}_text`) ? `${code}_text` : "unexpected_text"),
      body.expires_at && [" ", say("reason_clears", { when: exactlyAndHowFar(body.expires_at) })]),
    body.reasons && reasonList(body.reasons));
}

/** What the API says about one field. */
export const complaint = (detail) => say("field_refused", { detail: foreign(detail) });

/** The API's own words are English, whatever the page speaks. */
const foreign = (text) => h("span", { lang: "en" }, text);
