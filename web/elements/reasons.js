/** The reasons why an action is not possible. */

import { apiText } from "./api-text.js";
import { h } from "./dom.js";
import { upcoming } from "./time.js";

/** With `eligibleAt`, the time at which all reasons have ended, there is no need to say when each of them does. */
export const reasonList = (wording, reasons, eligibleAt) =>
  h("ul", { class: "reasons", part: "reasons" }, reasons.map((reason) =>
    h("li", {}, explanation(wording, { ...reason, clears_at: eligibleAt ? null : reason.clears_at }))));

function explanation(wording, { code, detail, clears_at: clearsAt }) {
  const text = wording.canSay(`reason_${code}`) ? wording.say(`reason_${code}`) : apiText(detail);
  if (!clearsAt) return text;
  const values = { when: upcoming(wording, clearsAt) };
  return wording.canSay(`reason_${code}_until`)
    ? wording.say(`reason_${code}_until`, values)
    : [text, " ", wording.say("reason_until", values)];
}
