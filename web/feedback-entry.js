import { h } from "./dom.js";
import { CATEGORIES } from "./score.js";
import { starScore } from "./stars.js";
import { day } from "./time.js";
import { say } from "./wording.js";

/** One feedback, in the Contract Room, in the work history and after publishing. `heading` is "h3" or "h4". */
export function feedbackEntry(feedback, heading) {
  return h("article", { class: "entry", part: "entry" },
    h("header", {},
      h(heading, {}, say(`kind_${feedback.kind}`)),
      starScore(feedback.score),
      day(feedback.provided_at)),
    feedback.comment && h("p", { class: "comment", part: "comment", dir: "auto" }, feedback.comment),
    h("dl", { class: "categories", part: "categories" }, CATEGORIES.map((category) =>
      h("div", {}, h("dt", {}, say(category)), h("dd", {}, String(feedback.ratings[category]))))),
    h("p", { class: "counts" }, say(feedback.counts_towards_job_success_score ? "counts" : "counts_not")));
}
