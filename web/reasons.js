/** The reasons why an action is not possible, each with the time at which it ends. */

import { apiText } from "./api-text.js";
import { h } from "./dom.js";
import { exactAndRelativeTime } from "./time.js";
import { canSay, say } from "./wording.js";

export function reasonList(reasons) {
  return h("ul", { class: "reasons", part: "reasons" }, reasons.map((reason) => h("li", {},
    explanation(reason),
    reason.clears_at && [" ", say("reason_clears", { when: exactAndRelativeTime(reason.clears_at) })])));
}

/** A contract that has ended and one that has not started share a code; only the latter clears. */
function explanation({ code, detail, clears_at: clearsAt }) {
  const keys = [clearsAt && `reason_${code}_yet`, `reason_${code}`];
  const key = keys.find((one) => one && canSay(one));
  return key ? say(key) : apiText(detail);
}
