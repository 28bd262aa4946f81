import { h, userText } from "./dom.js";
import { FormDialog } from "./form-dialog.js";
import { textDialog } from "./text-dialog.js";

const REPLY_LIMIT = 2_000;

/**
 * The dialog in which a freelancer replies to feedback, or changes the reply. `reply` is the text so far, or null;
 * `client` is a name. The rest is as in FormDialog.
 */
export const replyDialog = (wording, { reply, client, ...rest }) => textDialog(wording, {
  title: reply === null
    ? wording.say("reply_title", { client: userText(client) })
    : wording.say("reply_change_title"),
  explanation: wording.say("reply_explained"),
  name: "text",
  text: reply,
  field: { label: wording.say("reply_text"), limit: REPLY_LIMIT, rows: 5 },
  missing: wording.say("reply_missing"),
  submit: reply === null ? "reply_send" : "reply_change_send",
  ...rest,
});

/** The dialog in which a freelancer confirms that they take their reply back. The rest is as in FormDialog. */
export const takeBackDialog = (wording, rest) => new FormDialog(wording, {
  title: wording.say("reply_take_back_title"),
  content: h("p", {}, wording.say("reply_take_back_explained")),
  submit: "reply_take_back",
  read: () => ({}),
  ...rest,
});
