/** What became of a request's e-mail, in words for the client or the freelancer. */

import { codeText } from "./api-text.js";
import { names } from "./contract-facts.js";
import { h } from "./dom.js";
import { shortDay } from "./time.js";

/** Nothing to worry about. Once the request is closed, there is nothing to tell with these. */
const UNEVENTFUL = ["queued", "sent", "delivered"];

/** A line about the e-mail of an open request. Nothing if the API says nothing of it. */
export function deliveryText(wording, { delivery }, { contract, viewer }) {
  const { status, reason, at } = delivery?.email ?? {};
  if (!status) return null;
  const key = keys(status, reason, viewer).find((candidate) => wording.canSay(candidate));
  return h("p", { class: UNEVENTFUL.includes(status) ? "hint" : null, part: "delivery" }, key
    ? wording.say(key, { ...names(contract), when: at && shortDay(wording, at) })
    : wording.say("delivery_other", { status: codeText(wording, "delivery", status) }));
}

/** The same for a closed request, if the e-mail may be why there was no answer. */
export const deliveryTrouble = (wording, request, state) =>
  UNEVENTFUL.includes(request.delivery?.email?.status) ? null : deliveryText(wording, request, state);

/** The texts for an e-mail, the most specific first. The client is addressed as "you", where there is such a text. */
const keys = (status, reason, viewer) => [
  status === "not_sent" && reason && `not_sent_${reason}`, `delivery_${status}`,
].filter(Boolean).flatMap((key) => (viewer === "client" ? [`${key}_you`, key] : [key]));
