import { h, userText } from "./dom.js";
import { notice } from "./notice.js";
import { RatingsForm } from "./ratings-form.js";
import { shortDay } from "./time.js";

/**
 * The form in which a client gives feedback about `contract`. They can edit it until `editableUntil`, or not if that is
 * null. The rest is as in RatingsForm.
 */
export const giveForm = (wording, { contract: { title, freelancer }, editableUntil, ...rest }) => new RatingsForm(wording, {
  texts: {
    title: wording.say("form_title", { freelancer: userText(freelancer.name) }),
    explanation: wording.say("form_public", { freelancer: userText(freelancer.name), title: userText(title) }),
    submit: "publish",
    hint: editableUntil
      ? wording.say("publish_hint_until", { when: shortDay(wording, editableUntil) })
      : wording.say("publish_hint"),
  },
  ...rest,
});

/** What to show instead of it when the feedback is public. `more` is shown below. */
export const thanksNotice = (wording, { freelancer }, ...more) => notice("good", wording.say("thanks_title"),
  h("p", {}, wording.say("thanks_text", { freelancer: userText(freelancer.name) })), more);
