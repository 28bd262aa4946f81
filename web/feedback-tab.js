/** The Feedback tab, drawn from what the API says. Nothing here remembers anything. */

import { h, person } from "./dom.js";
import { feedbackEntry } from "./feedback-entry.js";
import { reasonList } from "./notice.js";
import { openRequest, pastRequests } from "./requests.js";
import { exactlyAndHowFar } from "./time.js";
import { say } from "./wording.js";

/** What this viewer could do here; null for a freelancer outside the rollout. */
export function ownAction({ viewer, actions }) {
  const name = viewer === "client" ? "give_feedback" : "request_feedback";
  return actions[name].visible ? { name, ...actions[name] } : null;
}

/** `act` begins the viewer's action; null while they are at it, and need no invitation. */
export function feedbackTab(tab, act) {
  return [
    act && actionCards(tab, act),
    h("h3", {}, say("feedback")),
    tab.feedback.length === 0 && h("p", { class: "hint" }, say("no_feedback")),
    tab.feedback.map((entry) => feedbackEntry(entry, "h4")),
    tab.past_requests.length > 0 && pastRequests(tab.past_requests),
  ].flat().filter(Boolean);
}

function actionCards(tab, act) {
  const action = ownAction(tab);
  const button = action?.eligible
    && h("button", { type: "button", class: "primary", part: "button primary", onclick: act }, say(action.name));
  return [
    tab.open_request ? openRequest(tab.open_request, tab, button) : button && invitation(tab, button),
    action && !action.eligible && whyNot(action),
  ];
}

function invitation({ viewer, contract }, button) {
  const words = viewer === "client"
    ? say("give_invitation", { freelancer: person(contract.freelancer.name) })
    : say("request_invitation", { client: person(contract.client.name) });
  return h("section", { class: "card", part: "action" }, h("p", {}, words), button);
}

/** Every reason, each with the date it ends. */
function whyNot({ name, reasons, eligible_at: eligibleAt }) {
  return h("section", { class: "card quiet", part: "action" },
    h("h3", { tabindex: -1, class: "why-not" }, say(`not_now_${name}`)),
    reasonList(reasons),
    outlook(reasons, eligibleAt));
}

/** One reason says its own date; several need the sum: a date, or that waiting alone is not enough. */
function outlook(reasons, eligibleAt) {
  if (eligibleAt) {
    return reasons.length > 1 && h("p", {}, say("possible_from", { when: exactlyAndHowFar(eligibleAt) }));
  }
  return reasons.every((reason) => reason.clears_at) && h("p", {}, say("payment_needed_by_then"));
}
