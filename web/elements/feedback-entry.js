import { codeText } from "./api-text.js";
import { h } from "./dom.js";
import { CATEGORIES } from "./score.js";
import { starScore } from "./stars.js";
import { day } from "./time.js";
import { say } from "./wording.js";

/** One feedback, in the Contract Room, in the work history and after publishing. `heading` is "h3" or "h4". */
export function feedbackEntry(feedback, heading) {
  return h("article", { class: "entry", part: "entry" },
    h("header", {},
      h(heading, {}, codeText("kind", feedback.kind)),
      starScore(feedback.score),
      day(feedback.provided_at)),
    feedback.comment && h("p", { class: "comment", part: "comment", dir: "auto" }, feedback.comment),
    h("dl", { class: "categories", part: "categories" }, ratedCategories(feedback.ratings).map((category) =>
      h("div", {}, h("dt", {}, codeText("category", category)), h("dd", {}, String(feedback.ratings[category]))))),
    h("p", { class: "counts" }, say(feedback.counts_towards_job_success_score ? "counts" : "counts_not")));
}

/** Old feedback may lack a category, and a newer API may have more: those come last. */
const ratedCategories = (ratings) =>
  [...new Set([...CATEGORIES, ...Object.keys(ratings)])].filter((category) => category in ratings);
