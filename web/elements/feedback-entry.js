import { actionButtons } from "./action-buttons.js";
import { codeText } from "./api-text.js";
import { categoryList } from "./categories.js";
import { h, newId } from "./dom.js";
import { tombstone } from "./removed.js";
import { replySection } from "./reply.js";
import { starScore } from "./stars.js";
import { day } from "./time.js";

/**
 * One feedback with its reply, in the Contract Room, in the work history and after publishing. `heading` is "h3" or
 * "h4". `actions` is what the viewer can do with it, as in action-buttons.js. `reply` is the same for the reply, and its
 * title: {title, actions}. Only the parties of the contract get earlier versions from the API.
 */
export function feedbackEntry(wording, feedback, heading, actions = [], reply = {}) {
  const headingId = newId();
  return h("article", { class: "entry", part: "entry" },
    h("header", {},
      h(heading, { id: headingId }, codeText(wording, "kind", feedback.kind)),
      !feedback.removed && starScore(wording, feedback.score),
      day(wording, feedback.provided_at)),
    feedback.removed ? tombstone(wording, "feedback", feedback.removed) : content(wording, feedback),
    actionButtons(actions, headingId),
    feedback.reply && replySection(wording, feedback, `h${Number(heading[1]) + 1}`, reply));
}

const content = (wording, feedback) => [
  feedback.edited_at && h("p", { class: "hint", part: "edited" },
    wording.say("edited_on", { date: day(wording, feedback.edited_at) })),
  opinion(wording, feedback),
  h("p", { class: "counts" }, wording.say(feedback.counts_towards_job_success_score ? "counts" : "counts_not")),
  earlierVersions(wording, feedback.earlier_versions ?? []),
];

/** What the client says. An earlier version of a feedback has the same properties. */
const opinion = (wording, { comment, ratings }) => [
  comment && h("p", { class: "comment", part: "comment", dir: "auto" }, comment),
  categoryList(wording, ratings, (rating) => wording.number(rating)),
];

const earlierVersions = (wording, versions) => versions.length > 0
  && h("details", { part: "versions" },
    h("summary", {}, wording.say("earlier_versions", { count: versions.length })),
    versions.map((version) => h("section", { class: "version" },
      h("header", {},
        starScore(wording, version.score),
        h("span", { class: "hint" }, wording.say("replaced_on", { date: day(wording, version.replaced_at) }))),
      opinion(wording, version))));
