/** The content of the Feedback tab. `state` is the API's description of it; nothing here keeps any state. */

import { names } from "./contract-facts.js";
import { h } from "./dom.js";
import { feedbackActions, replyActions } from "./feedback-actions.js";
import { feedbackEntry } from "./feedback-entry.js";
import { openRequestCard, pastRequestList } from "./feedback-requests.js";
import { reasonList } from "./reasons.js";
import { replyTitle } from "./reply.js";
import { mutedNote } from "./request-preference.js";
import { upcoming } from "./time.js";

const ACTION_BY_VIEWER = { client: "give_feedback", freelancer: "request_feedback" };

/** The viewer's action, possible right now or not. null if they have none, as freelancers outside the rollout. */
export function viewerAction({ viewer, actions }) {
  const name = ACTION_BY_VIEWER[viewer];
  return name && actions[name].visible ? { name, ...actions[name] } : null;
}

/**
 * First what the viewer can do, then the feedback, then what they cannot do yet. `run` has what the buttons do:
 * `start` begins the viewer's action, and is null while their form is open: then there is no button for it.
 */
export function feedbackTab(wording, state, run) {
  const action = viewerAction(state);
  return [
    run.start && possibleAction(wording, state, action, run),
    mutedNote(wording, state, run.setMuted),
    h("h3", {}, wording.say(headingKey(wording, state.viewer), names(state.contract))),
    state.feedback.length === 0 && h("p", { class: "hint" }, wording.say("no_feedback")),
    state.feedback.map((entry) => feedbackEntry(wording, entry, "h4",
      feedbackActions(wording, state, entry, run), entry.reply ? reply(wording, state, entry, run) : {})),
    action && !action.eligible && !state.open_request && impossibleAction(wording, action),
    state.past_requests.length > 0 && pastRequestList(wording, state),
  ].flat().filter(Boolean);
}

const reply = (wording, state, entry, run) => ({
  title: replyTitle(wording, state.contract.freelancer.name, state.viewer),
  actions: replyActions(wording, state, entry, run),
});

const headingKey = (wording, viewer) => wording.canSay(`feedback_${viewer}`) ? `feedback_${viewer}` : "feedback";

function possibleAction(wording, state, action, run) {
  const button = action?.eligible
    && h("button", { type: "button", class: "primary", part: "button primary", onclick: run.start },
      wording.say(action.name));
  if (state.open_request) return openRequestCard(wording, state, button, run);
  return button && h("section", { class: "card", part: "action" },
    h("p", {}, wording.say(`invitation_${action.name}`, names(state.contract))), button);
}

/** From when the action is possible, if that is known, and every reason why it is not possible before. */
export function impossibleAction(wording, { name, reasons, eligible_at: eligibleAt }) {
  const title = eligibleAt
    ? wording.say(`possible_from_${name}`, { when: upcoming(wording, eligibleAt) })
    : wording.say(`not_now_${name}`);
  return h("section", { class: "not-yet", part: "not-yet" },
    h("p", { tabindex: -1, class: "target" }, title),
    reasonList(wording, reasons, eligibleAt),
    !eligibleAt && allEnd(wording, reasons) && h("p", {}, wording.say("payment_needed_by_then")));
}

/** If every reason ends but the action still does not become possible, a payment will be missing by then. */
const allEnd = (wording, reasons) =>
  reasons.every(({ code, clears_at: clearsAt }) => clearsAt && wording.canSay(`reason_${code}`));
