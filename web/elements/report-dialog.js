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
export function reportDialog(wording, { draft, target, ...rest }) {
  const save = () => draft.save({ ground: ground.value, details: details.value });
  const ground = new Choice({
    legend: wording.say("report_choice"),
    options: GROUNDS.map((value) => ({
      value, label: wording.say(`ground_${value}`), hint: wording.say(`ground_${value}_hint`),
    })),
    missing: wording.say("report_missing"),
    onchoose: save,
  });
  const details = new TextField(wording, {
    label: wording.say("report_details"), hint: wording.say("report_details_hint"), limit: DETAILS_LIMIT, rows: 3,
    oninput: save,
  });
  ground.value = draft.typed?.ground;
  details.value = draft.typed?.details ?? "";
  const read = () => {
    if (!ground.isMade()) return null;
    if (!details.isTooLong) return { target, ground: ground.value, details: details.value || undefined };
    details.focus();
    return null;
  };
  return new FormDialog(wording, {
    title: wording.say(`report_${target}`),
    content: [h("p", {}, wording.say("report_explained")), ground.node, details.node],
    submit: "report_send",
    draft,
    read,
    onproblem: ({ body }) => {
      for (const { field, detail } of body?.errors ?? []) {
        (field === "details" ? details : ground).setError(fieldError(wording, detail));
      }
    },
    ...rest,
  });
}
