import { codeText } from "./api-text.js";
import { h, newId } from "./dom.js";
import { CATEGORIES } from "./score.js";
import { starScore } from "./stars.js";
import { day } from "./time.js";

/**
 * One feedback, in the Contract Room, in the work history and after publishing. `heading` is "h3" or "h4". `actions` is
 * what the viewer can do with it: {label, run}. Only the parties of the contract get earlier versions from the API.
 */
export function feedbackEntry(wording, feedback, heading, actions = []) {
  const headingId = newId();
  return h("article", { class: "entry", part: "entry" },
    h("header", {},
      h(heading, { id: headingId }, codeText(wording, "kind", feedback.kind)),
      starScore(wording, feedback.score),
      day(wording, feedback.provided_at)),
    feedback.edited_at && h("p", { class: "hint", part: "edited" },
      wording.say("edited_on", { date: day(wording, feedback.edited_at) })),
    opinion(wording, feedback),
    h("p", { class: "counts" }, wording.say(feedback.counts_towards_job_success_score ? "counts" : "counts_not")),
    earlierVersions(wording, feedback.earlier_versions ?? []),
    actionButtons(actions, headingId));
}

/** What to say at a reply if the feedback was edited after it: the freelancer replied to something else. */
export const editedAfterReply = (wording, { edited_at: editedAt, reply }) =>
  editedAt > (reply.edited_at ?? reply.replied_at) && h("p", { class: "hint" }, wording.say("edited_after_reply"));

/** What the client says. An earlier version of a feedback has the same properties. */
const opinion = (wording, { comment, ratings }) => [
  comment && h("p", { class: "comment", part: "comment", dir: "auto" }, comment),
  h("dl", { class: "categories", part: "categories" }, ratedCategories(ratings).map((category) =>
    h("div", {},
      h("dt", {}, codeText(wording, "category", category)),
      h("dd", {}, wording.number(ratings[category]))))),
];

/** Old feedback may lack a category, and a newer API may have more: those come last. */
const ratedCategories = (ratings) =>
  [...new Set([...CATEGORIES, ...Object.keys(ratings)])].filter((category) => category in ratings);

const earlierVersions = (wording, versions) => versions.length > 0
  && h("details", { part: "versions" },
    h("summary", {}, wording.say("earlier_versions", { count: versions.length })),
    versions.map((version) => h("section", { class: "version" },
      h("header", {},
        starScore(wording, version.score),
        h("span", { class: "hint" }, wording.say("replaced_on", { date: day(wording, version.replaced_at) }))),
      opinion(wording, version))));

/** Several entries have buttons of the same name, so screen readers say to which feedback each belongs. */
const actionButtons = (actions, headingId) => actions.length > 0
  && h("div", { class: "buttons" }, actions.map(({ label, run }) =>
    h("button", { type: "button", part: "button", "aria-describedby": headingId, onclick: run }, label)));
