/** The reasons why an action is not possible, each with the time at which it ends. */

import { apiText } from "./api-text.js";
import { h } from "./dom.js";
import { exactAndRelativeTime } from "./time.js";
import { canSay, say } from "./wording.js";

export const reasonList = (reasons) =>
  h("ul", { class: "reasons", part: "reasons" }, reasons.map((reason) => h("li", {}, explanation(reason))));

function explanation({ code, detail, clears_at: clearsAt }) {
  const text = canSay(`reason_${code}`) ? say(`reason_${code}`) : apiText(detail);
  if (!clearsAt) return text;
  const values = { when: exactAndRelativeTime(clearsAt) };
  return canSay(`reason_${code}_until`)
    ? say(`reason_${code}_until`, values)
    : [text, " ", say("reason_until", values)];
}
