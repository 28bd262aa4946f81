import { userText } from "./dom.js";
import { textDialog } from "./text-dialog.js";

const MESSAGE_LIMIT = 500;

/** The dialog in which a freelancer requests feedback. `client` is a name. The rest is as in FormDialog. */
export const requestDialog = (wording, { client, ...rest }) => textDialog(wording, {
  title: wording.say("request_feedback"),
  explanation: wording.say("request_explained", { client: userText(client) }),
  name: "message",
  field: { label: wording.say("request_message", { client: userText(client) }), limit: MESSAGE_LIMIT, rows: 3 },
  submit: "request_send",
  ...rest,
});
