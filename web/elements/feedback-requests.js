/** Feedback requests as client and freelancer see them: the open one with its deadline, and past ones. */

import { codeText } from "./api-text.js";
import { names } from "./contract-facts.js";
import { deliveryText, deliveryTrouble } from "./delivery.js";
import { h } from "./dom.js";
import { day, timeLeft, shortDay } from "./time.js";

/** The open request. `button` is the viewer's action, if there is one; `run` has what the other buttons do. */
export function openRequestCard(wording, state, button, run) {
  const { open_request: request, contract, viewer, requests_muted: isMuted } = state;
  const key = wording.canSay(`open_request_${viewer}`) ? `open_request_${viewer}` : "open_request_other";
  const buttons = [
    button,
    viewer === "client" && plainButton(wording.say("decline"), run.decline),
    viewer === "freelancer" && plainButton(wording.say("withdraw"), run.withdraw),
  ].filter(Boolean);
  return h("section", { class: button ? "card open" : "card", part: "open-request" },
    h("h3", { tabindex: -1, class: "target" }, wording.say(key, names(contract))),
    requestDetails(wording, request, viewer === "client" ? null : state),
    deliveryText(wording, request, state),
    isMuted && viewer !== "client" && h("p", {}, wording.say("requests_muted_freelancer", names(contract))),
    buttons.length > 0 && h("div", { class: "buttons" }, buttons));
}

const plainButton = (label, onclick) => h("button", { type: "button", part: "button", onclick }, label);

/** The message and the deadline. `state` says whose deadline that is, if somebody else than the client reads it. */
export function requestDetails(wording, request, state = null) {
  const when = shortDay(wording, request.expires_at);
  const left = timeLeft(wording, request.expires_at);
  return [
    message(request),
    h("p", {}, state
      ? wording.say("answer_until_client", { ...names(state.contract), when, left })
      : wording.say("answer_until_you", { when, left }),
    state && !state.requests_muted && [" ", wording.say("again_unanswered")]),
  ];
}

export function pastRequestList(wording, state) {
  return h("section", { class: "past-requests", part: "past-requests" },
    h("h3", {}, wording.say("past_requests")),
    h("ul", { class: "past" }, state.past_requests.map((request) => h("li", {},
      h("span", { class: "pill" }, codeText(wording, "outcome", request.status)), " ",
      wording.say(wording.canSay(`closed_${request.status}`) ? `closed_${request.status}` : "closed_other", {
        asked: day(wording, request.requested_at), closed: day(wording, request.closed_at ?? request.expires_at),
      }),
      message(request),
      deliveryTrouble(wording, request, state)))));
}

const message = (request) => request.message && h("blockquote", { dir: "auto" }, request.message);
