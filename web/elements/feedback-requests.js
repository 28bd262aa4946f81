/** Feedback requests as client and freelancer see them: the open one with its deadline, and past ones. */

import { codeText } from "./api-text.js";
import { names } from "./contract-facts.js";
import { h } from "./dom.js";
import { day, timeLeft, shortDay } from "./time.js";

/** The open request. `button` is the viewer's action, if there is one. */
export function openRequestCard(wording, request, { contract, viewer }, button) {
  const key = wording.canSay(`open_request_${viewer}`) ? `open_request_${viewer}` : "open_request_other";
  return h("section", { class: button ? "card open" : "card", part: "open-request" },
    h("h3", { tabindex: -1, class: "target" }, wording.say(key, names(contract))),
    requestDetails(wording, request, viewer === "client" ? null : contract),
    button);
}

/** The message and the deadline. `contract` says whose deadline that is, if somebody else than the client reads it. */
export function requestDetails(wording, request, contract = null) {
  const when = shortDay(wording, request.expires_at);
  const left = timeLeft(wording, request.expires_at);
  return [
    message(request),
    h("p", {}, contract
      ? wording.say("answer_until_client", { ...names(contract), when, left })
      : wording.say("answer_until_you", { when, left })),
  ];
}

export function pastRequestList(wording, requests) {
  return h("section", { class: "past-requests", part: "past-requests" },
    h("h3", {}, wording.say("past_requests")),
    h("ul", { class: "past" }, requests.map((request) => h("li", {},
      h("span", { class: "pill" }, codeText(wording, "outcome", request.status)), " ",
      wording.say(wording.canSay(`closed_${request.status}`) ? `closed_${request.status}` : "closed_other", {
        asked: day(wording, request.requested_at), closed: day(wording, request.closed_at ?? request.expires_at),
      }),
      message(request)))));
}

const message = (request) => request.message && h("blockquote", { dir: "auto" }, request.message);
