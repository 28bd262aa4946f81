/** Feedback requests as client and freelancer see them: the open one with its deadline, and past ones. */

import { codeText } from "./api-text.js";
import { h, userText } from "./dom.js";
import { dateTime, exactAndRelativeTime } from "./time.js";
import { canSay, say } from "./wording.js";

/** The open request. `button` is the viewer's action, if there is one. */
export function openRequestCard(request, { contract, viewer }, button) {
  const names = { client: userText(contract.client.name), freelancer: userText(contract.freelancer.name) };
  const key = canSay(`open_request_${viewer}`) ? `open_request_${viewer}` : "open_request_other";
  return h("section", { class: "card open", part: "open-request" },
    h("h3", {}, say(key, names)),
    requestDetails(request, viewer === "client" ? null : contract.client.name),
    button);
}

/** The message, when it was asked, and the deadline. `client` is the client's name, if somebody else is reading. */
export function requestDetails(request, client = null) {
  const when = exactAndRelativeTime(request.expires_at);
  return [
    message(request),
    h("p", { class: "hint" },
      say("asked_at", { when: dateTime(request.requested_at) }), h("br"),
      client ? say("answer_until_client", { client: userText(client), when }) : say("answer_until_you", { when })),
  ];
}

export function pastRequestList(requests) {
  return h("section", { class: "past-requests", part: "past-requests" },
    h("h3", {}, say("past_requests")),
    h("ul", { class: "past" }, requests.map((request) => h("li", {},
      h("span", { class: "pill" }, codeText("outcome", request.status)), " ",
      say(canSay(`closed_${request.status}`) ? `closed_${request.status}` : "closed_other", {
        asked: dateTime(request.requested_at), closed: dateTime(request.closed_at ?? request.expires_at),
      }),
      message(request)))));
}

const message = (request) => request.message && h("blockquote", { dir: "auto" }, request.message);
