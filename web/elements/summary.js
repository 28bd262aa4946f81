/** The summary of a freelancer's feedback, as <feedback-summary> and the head of <work-history> show it. */

import { path } from "./api.js";
import { categoryList } from "./categories.js";
import { h, userText } from "./dom.js";
import { MAX_STARS } from "./score.js";
import { starScore } from "./stars.js";

/** What counts towards the Job Success Score comes first. The two are never added up. */
const KINDS = ["end_of_contract", "mid_contract"];
const STARS = [...Array(MAX_STARS).keys()].map((index) => MAX_STARS - index);

/** `api` is an Api. Returns a promise of what the API says. */
export const loadSummary = (api, freelancerId) => api.get(path`freelancers/${freelancerId}/feedback-summary`);

export const freelancerName = (name) => name && h("h2", { class: "name", part: "name" }, userText(name));

/** One card for each kind of feedback, or a line if there is no feedback at all. */
export function summaryCards(wording, summary) {
  if (KINDS.every((kind) => !summary[kind].count)) return h("p", { class: "hint" }, wording.say("summary_empty"));
  return h("div", { class: "summary", part: "summary" }, KINDS.map((kind) => card(wording, kind, summary[kind])));
}

function card(wording, kind, { count, average, categories, distribution }) {
  return h("section", { class: "card", part: "summary-kind" },
    h("h3", {}, wording.say(`kind_${kind}`)),
    count > 0 ? [
      h("p", { class: "total" },
        starScore(wording, average), h("span", { class: "hint" }, wording.say("summary_count", { count }))),
      distributionList(wording, distribution, count),
      categoryList(wording, categories, (score) => wording.score(score)),
    ] : h("p", {}, wording.say("summary_none")),
    h("p", { class: "counts" }, wording.say(kind === "end_of_contract" ? "counts" : "counts_not")));
}

/** How many gave five stars, four stars and so on. The bars are for the eye only: the numbers say the same. */
const distributionList = (wording, distribution, count) =>
  h("dl", { class: "distribution", part: "distribution" }, STARS.map((stars) => {
    const bar = h("span", { class: "bar" });
    bar.style.setProperty("--share", distribution[stars] / count);
    return h("div", {},
      h("dt", {}, wording.say("stars", { count: stars })),
      h("dd", {}, bar, wording.number(distribution[stars])));
  }));
