import { now } from "./clock.js";
import { h, userText } from "./dom.js";
import { FormDialog } from "./form-dialog.js";
import { shortDay } from "./time.js";

/**
 * The dialog in which a freelancer confirms that they take a request back. They can ask again from `requestableAt`; null
 * if that is not known. The rest is as in FormDialog.
 */
export const withdrawDialog = (wording, { client, requestableAt, ...rest }) => new FormDialog(wording, {
  title: wording.say("withdraw_title"),
  content: [
    h("p", {}, wording.say("withdraw_explained", { client: userText(client) })),
    h("p", {}, whenAgain(wording, requestableAt)),
  ],
  submit: "withdraw",
  read: () => ({}),
  ...rest,
});

function whenAgain(wording, instant) {
  if (!instant) return wording.say("withdraw_again");
  if (Date.parse(instant) <= now()) return wording.say("withdraw_again_now");
  return wording.say("withdraw_again_from", { when: shortDay(wording, instant) });
}
