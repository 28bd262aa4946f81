import { h, userText } from "./dom.js";
import { FormDialog } from "./form-dialog.js";
import { fieldError } from "./notice.js";
import { TextField } from "./text-field.js";

const MESSAGE_LIMIT = 500;

/** The dialog in which a freelancer requests feedback. `client` is a name. The rest is as in FormDialog. */
export class RequestDialog {
  #message;
  #dialog;

  constructor(wording, { draft, client, ...rest }) {
    this.#message = new TextField(wording, {
      label: wording.say("request_message", { client: userText(client) }), limit: MESSAGE_LIMIT, rows: 3,
      oninput: () => draft.save({ message: this.#message.value }),
    });
    this.#message.value = draft.typed?.message ?? "";
    this.#dialog = new FormDialog(wording, {
      title: wording.say("request_feedback"),
      content: [h("p", {}, wording.say("request_explained", { client: userText(client) })), this.#message.node],
      submit: "request_send",
      draft,
      read: () => this.#read(),
      onproblem: ({ body }) => {
        for (const { detail } of body?.errors ?? []) this.#message.setError(fieldError(wording, detail));
      },
      ...rest,
    });
  }

  get node() {
    return this.#dialog.node;
  }

  open() {
    this.#dialog.open();
  }

  #read() {
    if (!this.#message.isTooLong) return { message: this.#message.value || undefined };
    this.#message.focus();
    return null;
  }
}
