/** The freelancer's reply to a feedback: how it looks, and what a freelancer can do about it. */

import { actionButtons } from "./action-buttons.js";
import { now } from "./clock.js";
import { h, newId, userText } from "./dom.js";
import { tombstone } from "./removed.js";
import { day, shortDay } from "./time.js";

/** Below the feedback. `heading` is the level of its title; `title` is a text, `actions` are as in action-buttons.js. */
export function replySection(wording, feedback, heading, { title = wording.say("reply_from_other"), actions = [] }) {
  const { reply } = feedback;
  const headingId = newId();
  return h("section", { class: "reply", part: "reply" },
    h("header", {}, h(heading, { id: headingId }, title), day(wording, reply.replied_at)),
    reply.removed
      ? tombstone(wording, "reply", reply.removed)
      : [
        h("p", { class: "comment", part: "comment", dir: "auto" }, reply.text),
        reply.edited_at && h("p", { class: "hint" },
          wording.say("reply_edited", { when: day(wording, reply.edited_at) })),
        editedAfterReply(wording, feedback),
      ],
    actionButtons(actions, headingId));
}

/** Whose reply it is. `viewer` is undefined in public. */
export const replyTitle = (wording, freelancer, viewer) => viewer === "freelancer"
  ? wording.say("reply_from_you")
  : wording.say("reply_from", { freelancer: userText(freelancer) });

/** If the feedback was edited after the reply, the freelancer replied to something else. */
const editedAfterReply = (wording, { edited_at: editedAt, reply }) =>
  Date.parse(editedAt) > Date.parse(reply.edited_at ?? reply.replied_at)
    && h("p", { class: "hint" }, wording.say("edited_after_reply"));

/** Whether this viewer can reply now, or change the reply or take it back. */
export const isReplyable = (viewer, { replyable_until: until }) =>
  viewer === "freelancer" && Boolean(until) && now() < Date.parse(until);

/** Until when that is possible. */
export const replyDeadline = (wording, { reply, replyable_until: until }) => wording.say(
  reply ? "reply_change_until" : "reply_until", { when: shortDay(wording, until) });
