import { h } from "./dom.js";
import { FormDialog } from "./form-dialog.js";
import { fieldError } from "./notice.js";
import { TextField } from "./text-field.js";

/**
 * A dialog with one text. `name` is that of the text in the body and in the draft, `text` what it says so far, and
 * `field` its label, limit and rows. `missing` is shown if it is left empty; without `missing`, it may be. The rest is
 * as in FormDialog.
 */
export function textDialog(wording, { draft, name, text, field, missing, explanation, ...rest }) {
  const input = new TextField(wording, { ...field, oninput: () => draft.save({ [name]: input.value }) });
  input.value = draft.typed?.[name] ?? text ?? "";
  const read = () => {
    if (!input.isTooLong && (input.value || !missing)) return { [name]: input.value || undefined };
    if (!input.isTooLong) input.setError(missing);
    input.focus();
    return null;
  };
  return new FormDialog(wording, {
    content: [h("p", {}, explanation), input.node],
    draft,
    read,
    onproblem: ({ body }) => {
      for (const { detail } of body?.errors ?? []) input.setError(fieldError(wording, detail));
    },
    ...rest,
  });
}
