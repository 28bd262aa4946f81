/** Boxes with a message, and the messages for calls that failed. */

import { apiText } from "./api-text.js";
import { h } from "./dom.js";
import { reasonList } from "./reasons.js";
import { exactAndRelativeTime, exactTime } from "./time.js";
import { canSay, say } from "./wording.js";

/** After these errors, trying again can help. */
const RETRYABLE = ["unreachable", "busy", "unexpected"];
/** These errors should not happen, so people may want to contact support about them. */
const UNEXPECTED = ["unexpected", "refused"];

/** A titled box. `tone` is "good", "plain" or "danger". */
export function notice(tone, title, ...body) {
  return h("section", { class: `notice ${tone}`, part: `notice ${tone}` },
    h("h2", { tabindex: -1 }, title), body);
}

/** To show instead of content that could not be loaded. Has a button for `retry` if that can help. */
export function problemNotice(problem, retry) {
  const isRetryable = RETRYABLE.includes(knownCode(problem));
  return notice(isRetryable ? "danger" : "plain", title(problem), explanation(problem), reference(problem),
    isRetryable && h("button", { type: "button", part: "button", onclick: retry }, say("try_again")));
}

/** Shows in `container` why a call failed, and moves the focus there. */
export function showProblem(container, problem, ...details) {
  const box = h("div", { class: "notice danger", part: "notice danger", tabindex: -1 },
    h("strong", {}, title(problem)), explanation(problem), details, reference(problem));
  container.replaceChildren(box);
  box.focus();
}

/** For forms: says that the input is kept and can be sent again, if that can help. */
export const inputKept = (problem) =>
  RETRYABLE.includes(knownCode(problem)) && h("p", {}, say("input_kept"));

/** The message for one field that the API refused. */
export const fieldError = (detail) => say("field_refused", { detail: apiText(detail) });

/** The code whose texts to show. An unknown one becomes "refused", which quotes the API, or "unexpected". */
function knownCode({ code, isDefinitive }) {
  if (canSay(`problem_${code}`)) return code;
  return isDefinitive ? "refused" : "unexpected";
}

const title = (problem) => say(`problem_${knownCode(problem)}`);

function explanation(problem) {
  const code = knownCode(problem);
  const { closed_at: closedAt, expires_at: expiresAt, reasons } = problem.body ?? {};
  const seconds = code === "busy" && Number(problem.retryAfter);
  return h("div", { class: "stack" },
    h("p", {},
      closedAt && canSay(`problem_${code}_at`) && [say(`problem_${code}_at`, { when: exactTime(closedAt) }), " "],
      seconds ? say("problem_busy_for", { count: seconds })
        : say(`problem_${code}_text`, { detail: apiText(problem.message) }),
      expiresAt && canSay(`problem_${code}_until`)
        && [" ", say(`problem_${code}_until`, { when: exactAndRelativeTime(expiresAt) })]),
    reasons && reasonList(reasons));
}

const reference = (problem) =>
  problem.reference && (UNEXPECTED.includes(knownCode(problem)) || problem.isRepeated)
    && h("p", { class: "hint", part: "reference" },
      say("reference", { reference: h("code", {}, problem.reference) }));
