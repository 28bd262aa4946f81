/** The content of the Feedback tab. `state` is the API's description of it; nothing here keeps any state. */

import { h, userText } from "./dom.js";
import { feedbackEntry } from "./feedback-entry.js";
import { openRequestCard, pastRequestList } from "./feedback-requests.js";
import { reasonList } from "./reasons.js";
import { exactAndRelativeTime } from "./time.js";
import { canSay, say } from "./wording.js";

const ACTION_BY_VIEWER = { client: "give_feedback", freelancer: "request_feedback" };

/** The viewer's action, possible right now or not. null if they have none, as freelancers outside the rollout. */
export function viewerAction({ viewer, actions }) {
  const name = ACTION_BY_VIEWER[viewer];
  return name && actions[name].visible ? { name, ...actions[name] } : null;
}

/** `startAction` begins the viewer's action. It is null while their form is open: then there is no button for it. */
export function feedbackTab(state, startAction) {
  return [
    startAction && actionCards(state, startAction),
    h("h3", {}, say("feedback")),
    state.feedback.length === 0 && h("p", { class: "hint" }, say("no_feedback")),
    state.feedback.map((entry) => feedbackEntry(entry, "h4")),
    state.past_requests.length > 0 && pastRequestList(state.past_requests),
  ].flat().filter(Boolean);
}

function actionCards(state, startAction) {
  const action = viewerAction(state);
  const button = action?.eligible
    && h("button", { type: "button", class: "primary", part: "button primary", onclick: startAction },
      say(action.name));
  return [
    state.open_request
      ? openRequestCard(state.open_request, state, button)
      : button && invitation(state.contract, action, button),
    action && !action.eligible && whyNot(action),
  ];
}

function invitation({ client, freelancer }, { name }, button) {
  const names = { client: userText(client.name), freelancer: userText(freelancer.name) };
  return h("section", { class: "card", part: "action" }, h("p", {}, say(`invitation_${name}`, names)), button);
}

/** Every reason why the action is not possible, each with the time at which it ends. */
function whyNot({ name, reasons, eligible_at: eligibleAt }) {
  return h("section", { class: "card quiet", part: "action" },
    h("h3", { tabindex: -1, class: "why-not" }, say(`not_now_${name}`)),
    reasonList(reasons),
    whenPossible(name, reasons, eligibleAt));
}

/**
 * Sums up several reasons: the time at which all have ended, or that waiting alone is not enough.
 * If every reason ends but the action still does not become possible, a payment will be missing by then.
 */
function whenPossible(name, reasons, eligibleAt) {
  if (eligibleAt) {
    return reasons.length > 1 && h("p", {}, say(`possible_from_${name}`, { when: exactAndRelativeTime(eligibleAt) }));
  }
  const allEnd = reasons.every(({ code, clears_at: clearsAt }) => clearsAt && canSay(`reason_${code}`));
  return allEnd && h("p", {}, say("payment_needed_by_then"));
}
