import { h, userText } from "./dom.js";
import { FormDialog } from "./form-dialog.js";

/** The dialog in which a freelancer confirms that they take a request back. The rest is as in FormDialog. */
export const withdrawDialog = (wording, { client, ...rest }) => new FormDialog(wording, {
  title: wording.say("withdraw_title"),
  content: [
    h("p", {}, wording.say("withdraw_explained", { client: userText(client) })),
    h("p", {}, wording.say("withdraw_again")),
  ],
  submit: "withdraw",
  read: () => ({}),
  ...rest,
});
