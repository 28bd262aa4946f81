/** Boxes with a message, and the messages for calls that failed. */

import { apiText, h } from "./dom.js";
import { reasonList } from "./reasons.js";
import { exactAndRelativeTime, exactTime } from "./time.js";
import { canSay, say } from "./wording.js";

/** After these errors, trying again can help. */
const RETRYABLE = ["unreachable", "busy", "unexpected"];

/** A titled box. `tone` is "good", "plain" or "danger". */
export function notice(tone, title, ...body) {
  return h("section", { class: `notice ${tone}`, part: `notice ${tone}` },
    h("h2", { tabindex: -1 }, title), body);
}

/** Replaces content that could not be loaded. `retry` gets a button if it can help. */
export function problemNotice(problem, retry) {
  const isRetryable = RETRYABLE.includes(problem.code);
  return notice(isRetryable ? "danger" : "plain", title(problem), explanation(problem),
    isRetryable && h("button", { type: "button", part: "button", onclick: retry }, say("try_again")));
}

/** Shows in `container`, and moves the focus to, why something could not be sent. */
export function showProblem(container, problem, ...details) {
  const box = h("div", { class: "notice danger", part: "notice danger", tabindex: -1 },
    h("strong", {}, title(problem)), explanation(problem), details);
  container.replaceChildren(box);
  box.focus();
}

/** The message for one field that the API refused. */
export const fieldError = (detail) => say("field_refused", { detail: apiText(detail) });

const title = (problem) =>
  canSay(`${problem.code}_text`) ? say(problem.code) : apiText(problem.message);

function explanation({ code, body, retryAfter }) {
  const seconds = Number(retryAfter);
  return h("div", { class: "stack" },
    h("p", {},
      canSay(`${code}_at`) && body.closed_at && [say(`${code}_at`, { when: exactTime(body.closed_at) }), " "],
      code === "busy" && seconds ? say("busy_for", { count: seconds })
        : say(canSay(`${code}_text`) ? `${code}_text` : "unexpected_text"),
      body.expires_at && [" ", say("reason_clears", { when: exactAndRelativeTime(body.expires_at) })]),
    body.reasons && reasonList(body.reasons));
}
