/** What a party of the contract can do with feedback and with its reply. `run` has what each of the buttons does. */

import { editAction, isEditable } from "./edit-form.js";
import { isReplyable, replyDeadline } from "./reply.js";

const PARTIES = ["client", "freelancer"];

/** Buttons below a feedback, as in action-buttons.js. `run.edit` is null while a form is open. */
export const feedbackActions = (wording, { viewer }, feedback, run) => [
  viewer === "client" && run.edit && isEditable(feedback) && editAction(wording, feedback, () => run.edit(feedback)),
  !feedback.reply && isReplyable(viewer, feedback)
    && { label: wording.say("reply"), hint: replyDeadline(wording, feedback), run: () => run.reply(feedback) },
  isReportable(viewer, feedback)
    && { label: wording.say("report_feedback"), isQuiet: true, run: () => run.report(feedback, "feedback") },
].filter(Boolean);

/** Buttons below its reply. */
export const replyActions = (wording, { viewer }, feedback, run) => [
  ...isReplyable(viewer, feedback) ? [
    { label: wording.say("reply_change"), hint: replyDeadline(wording, feedback), run: () => run.reply(feedback) },
    { label: wording.say("reply_take_back"), run: () => run.takeBackReply(feedback) },
  ] : [],
  isReportable(viewer, feedback.reply)
    && { label: wording.say("report_reply"), isQuiet: true, run: () => run.report(feedback, "reply") },
].filter(Boolean);

/** `text` is a feedback or a reply. */
const isReportable = (viewer, text) => PARTIES.includes(viewer) && !text.removed;
