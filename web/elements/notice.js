/** Boxes with a message, and the messages for calls that failed. */

import { lastReference } from "./api.js";
import { apiText, codeText } from "./api-text.js";
import { h } from "./dom.js";
import { Problem } from "./problem.js";
import { reasonList } from "./reasons.js";
import { upcoming, shortDay } from "./time.js";

/** After these errors, trying again can help. */
const RETRYABLE = ["unreachable", "busy", "unexpected"];
/** These errors should not happen, so people may want to contact support about them. */
const UNEXPECTED = ["unexpected", "refused", "unreachable"];

/** A titled box. `tone` is "good", "plain" or "danger". */
export function notice(tone, title, ...body) {
  return h("section", { class: `notice ${tone}`, part: `notice ${tone}` },
    h("h2", { tabindex: -1 }, title), body);
}

/** To show instead of content that could not be loaded. Has a button for `retry` if that can help. */
export function problemNotice(wording, problem, retry, ...ways) {
  const isRetryable = RETRYABLE.includes(knownCode(wording, problem));
  return notice(isRetryable ? "danger" : "plain", title(wording, problem),
    explanation(wording, problem), reference(wording, problem),
    isRetryable && h("button", { type: "button", part: "button", onclick: retry }, wording.say("try_again")),
    ways);
}

/** Shows in `container` why a call failed, and moves the focus there. */
export function showProblem(wording, container, problem, ...details) {
  if (!(problem instanceof Problem)) reportError(problem);
  const box = h("div", { class: "notice danger", part: "notice danger", tabindex: -1 },
    h("strong", {}, title(wording, problem)), explanation(wording, problem), details, reference(wording, problem));
  container.replaceChildren(box);
  box.focus();
}

/** For forms: says that the input is kept and can be sent again, if that can help. */
export const inputKept = (wording, problem) =>
  RETRYABLE.includes(knownCode(wording, problem)) && h("p", {}, wording.say("input_kept"));

/** The message for one field that the API refused. */
export const fieldError = (wording, detail) => wording.say("field_refused", { detail: apiText(detail) });

/** The code whose texts to show. An unknown one becomes "refused", which quotes the API, or "unexpected". */
function knownCode(wording, { code, isDefinitive }) {
  if (wording.canSay(`problem_${code}`)) return code;
  return isDefinitive ? "refused" : "unexpected";
}

const title = (wording, problem) => wording.say(keyOf(wording, problem, (key) => key));

/**
 * The key that `ending` makes of the problem's, or null if there is no such text. A client who can give feedback
 * all the same reads the variant for them, if there is one.
 */
function keyOf(wording, problem, ending) {
  const key = `problem_${knownCode(wording, problem)}`;
  const keys = problem.body?.can_give_feedback ? [`${key}_unprompted`, key] : [key];
  return keys.map(ending).find((candidate) => wording.canSay(candidate)) ?? null;
}

function explanation(wording, problem) {
  const {
    closed_at: closedAt, expires_at: expiresAt, request_status: status, reasons, eligible_at: eligibleAt,
  } = problem.body ?? {};
  const at = closedAt && keyOf(wording, problem, (key) => `${key}_at`);
  const until = expiresAt && keyOf(wording, problem, (key) => `${key}_until`);
  const seconds = knownCode(wording, problem) === "busy" && Number(problem.retryAfter);
  return h("div", { class: "stack" },
    h("p", {},
      at && [wording.say(at, { when: shortDay(wording, closedAt) }), " "],
      seconds
        ? wording.say("problem_busy_for", { count: seconds })
        : wording.say(keyOf(wording, problem, (key) => `${key}_text`), {
          detail: apiText(problem.message), status: status && codeText(wording, "outcome", status),
        }),
      until && [" ", wording.say(until, { when: upcoming(wording, expiresAt) })]),
    reasons && reasonList(wording, reasons, eligibleAt));
}

/**
 * By which support finds the call. An error that is not a Problem is a bug, or comes of a response that these scripts
 * cannot read: most likely the last one.
 */
function reference(wording, problem) {
  const id = problem instanceof Problem ? problem.reference : lastReference();
  return id && (UNEXPECTED.includes(knownCode(wording, problem)) || problem.isRepeated)
    && h("p", { class: "hint", part: "reference" },
      wording.say("reference", { reference: h("code", { dir: "ltr" }, id) }));
}
