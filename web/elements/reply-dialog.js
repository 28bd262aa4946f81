import { h, userText } from "./dom.js";
import { FormDialog } from "./form-dialog.js";
import { fieldError } from "./notice.js";
import { TextField } from "./text-field.js";

const REPLY_LIMIT = 2_000;

/**
 * The dialog in which a freelancer replies to feedback, or changes the reply. `reply` is the text so far, or null;
 * `client` is a name. The rest is as in FormDialog.
 */
export class ReplyDialog {
  #wording;
  #text;
  #dialog;

  constructor(wording, { draft, reply, client, ...rest }) {
    this.#wording = wording;
    this.#text = new TextField(wording, {
      label: wording.say("reply_text"), limit: REPLY_LIMIT, rows: 5,
      oninput: () => draft.save({ text: this.#text.value }),
    });
    this.#text.value = draft.typed?.text ?? reply ?? "";
    this.#dialog = new FormDialog(wording, {
      title: reply === null
        ? wording.say("reply_title", { client: userText(client) })
        : wording.say("reply_change_title"),
      content: [h("p", {}, wording.say("reply_explained")), this.#text.node],
      submit: reply === null ? "reply_send" : "reply_change_send",
      draft,
      read: () => this.#read(),
      onproblem: ({ body }) => {
        for (const { detail } of body?.errors ?? []) this.#text.setError(fieldError(wording, detail));
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
    if (this.#text.value && !this.#text.isTooLong) return { text: this.#text.value };
    this.#text.setError(this.#wording.say("reply_missing"));
    this.#text.focus();
    return null;
  }
}

/** The dialog in which a freelancer confirms that they take their reply back. The rest is as in FormDialog. */
export const takeBackDialog = (wording, rest) => new FormDialog(wording, {
  title: wording.say("reply_take_back_title"),
  content: h("p", {}, wording.say("reply_take_back_explained")),
  submit: "reply_take_back",
  read: () => ({}),
  ...rest,
});
