/** Requests for feedback as both sides see them: the open one, and those of the past. */

import { h, person } from "./dom.js";
import { exactlyAndHowFar, minute } from "./time.js";
import { say } from "./wording.js";

/** Who asked, when, and until when it can be answered. */
export function openRequest(request, { contract, viewer }, button) {
  const words = viewer === "client"
    ? say("open_request_theirs", { freelancer: person(contract.freelancer.name) })
    : say("open_request_yours", { client: person(contract.client.name) });
  return h("section", { class: "card open", part: "open-request" },
    h("h3", {}, words),
    requestTerms(request),
    button);
}

export function requestTerms(request) {
  return [
    message(request),
    h("p", { class: "hint" },
      say("asked_at", { when: minute(request.requested_at) }), h("br"),
      say("answer_until", { when: exactlyAndHowFar(request.expires_at) })),
  ];
}

export function pastRequests(requests) {
  return h("section", { class: "past-requests", part: "past-requests" },
    h("h3", {}, say("past_requests")),
    h("ul", { class: "past" }, requests.map((request) => h("li", {},
      h("span", { class: "pill" }, say(`outcome_${request.status}`)), " ",
      say(`closed_${request.status}`, {
        asked: minute(request.requested_at), closed: minute(request.closed_at ?? request.expires_at),
      }),
      message(request)))));
}

const message = (request) => request.message && h("blockquote", { dir: "auto" }, request.message);
