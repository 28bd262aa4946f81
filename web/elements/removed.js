import { codeText } from "./api-text.js";
import { h } from "./dom.js";
import { day } from "./time.js";

/** What is left of feedback or of a reply that the marketplace has removed. `target` is "feedback" or "reply". */
export const tombstone = (wording, target, { at, ground }) => h("div", { class: "removed", part: "removed" },
  h("p", {}, wording.say(`removed_${target}`, { when: day(wording, at) })),
  h("p", {}, wording.say("removed_ground", { ground: codeText(wording, "ground", ground) })));
