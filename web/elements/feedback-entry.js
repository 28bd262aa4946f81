import { codeText } from "./api-text.js";
import { h } from "./dom.js";
import { CATEGORIES } from "./score.js";
import { starScore } from "./stars.js";
import { day } from "./time.js";

/** One feedback, in the Contract Room, in the work history and after publishing. `heading` is "h3" or "h4". */
export function feedbackEntry(wording, feedback, heading) {
  return h("article", { class: "entry", part: "entry" },
    h("header", {},
      h(heading, {}, codeText(wording, "kind", feedback.kind)),
      starScore(wording, feedback.score),
      day(wording, feedback.provided_at)),
    feedback.comment && h("p", { class: "comment", part: "comment", dir: "auto" }, feedback.comment),
    h("dl", { class: "categories", part: "categories" }, ratedCategories(feedback.ratings).map((category) =>
      h("div", {},
        h("dt", {}, codeText(wording, "category", category)),
        h("dd", {}, wording.number(feedback.ratings[category]))))),
    h("p", { class: "counts" }, wording.say(feedback.counts_towards_job_success_score ? "counts" : "counts_not")));
}

/** Old feedback may lack a category, and a newer API may have more: those come last. */
const ratedCategories = (ratings) =>
  [...new Set([...CATEGORIES, ...Object.keys(ratings)])].filter((category) => category in ratings);
