import { Choice } from "./choice.js";
import { h } from "./dom.js";
import { FormDialog } from "./form-dialog.js";
import { fieldError } from "./notice.js";
import { TextField } from "./text-field.js";

/** The values of `ground`. */
const GROUNDS = ["abusive", "off_topic", "private_information", "false_statement", "extortion"];
const DETAILS_LIMIT = 2_000;

/**
 * The dialog in which a party of the contract reports feedback or a reply to the marketplace's staff. `target` says
 * which of the two. The rest is as in FormDialog.
 */
export class ReportDialog {
  #target;
  #ground;
  #details;
  #dialog;

  constructor(wording, { draft, target, ...rest }) {
    this.#target = target;
    const save = () => draft.save({ ground: this.#ground.value, details: this.#details.value });
    this.#ground = new Choice({
      legend: wording.say("report_choice"),
      options: GROUNDS.map((value) => ({
        value, label: wording.say(`ground_${value}`), hint: wording.say(`ground_${value}_hint`),
      })),
      missing: wording.say("report_missing"),
      onchoose: save,
    });
    this.#details = new TextField(wording, {
      label: wording.say("report_details"), hint: wording.say("report_details_hint"), limit: DETAILS_LIMIT, rows: 3,
      oninput: save,
    });
    this.#ground.value = draft.typed?.ground;
    this.#details.value = draft.typed?.details ?? "";
    this.#dialog = new FormDialog(wording, {
      title: wording.say(`report_${target}`),
      content: [h("p", {}, wording.say("report_explained")), this.#ground.node, this.#details.node],
      submit: "report_send",
      draft,
      read: () => this.#read(),
      onproblem: ({ body }) => {
        for (const { field, detail } of body?.errors ?? []) {
          (field === "details" ? this.#details : this.#ground).setError(fieldError(wording, detail));
        }
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
    if (!this.#ground.isMade()) return null;
    if (!this.#details.isTooLong) {
      return { target: this.#target, ground: this.#ground.value, details: this.#details.value || undefined };
    }
    this.#details.focus();
    return null;
  }
}
