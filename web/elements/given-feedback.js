import { actionButtons } from "./action-buttons.js";
import { h } from "./dom.js";
import { EditDraft, editAction, editForm, isEditable } from "./edit-form.js";
import { feedbackEntry } from "./feedback-entry.js";
import { notice } from "./notice.js";

/**
 * Feedback that this client gave, and in its place the form to edit it.
 *
 * `target` is where that is sent. `person` is whose feedback it is, for the draft. `onedited(feedback)` is called
 * afterwards. The rest is as in `editForm`.
 */
export class GivenFeedback {
  node = h("div", { class: "stack" });
  /** Whether the form is open. */
  isEditing = false;
  #wording;
  #person;
  #target;
  #form;
  #onedited;

  constructor(wording, { person, target, onedited, ...form }) {
    this.#wording = wording;
    this.#person = person;
    this.#target = target;
    this.#form = form;
    this.#onedited = onedited;
  }

  /** Shows `feedback` below a notice. */
  show(above, feedback) {
    const actions = isEditable(feedback)
      ? [editAction(this.#wording, feedback, () => this.edit(feedback, true).focus())]
      : [];
    this.node.replaceChildren(above, feedbackEntry(this.#wording, feedback, "h3", actions));
  }

  /** The same for feedback that the API does not return: `standing` is what it probably is, or null. */
  showUnseen(above, until, standing, isSeen) {
    const edit = editAction(this.#wording, { correctable_until: until }, () => this.edit(standing, isSeen).focus());
    this.node.replaceChildren(...above, ...actionButtons([edit]).flat());
  }

  /** Shows the form, and returns it. The rest is as in `editForm`. */
  edit(standing, isSeen) {
    const before = [...this.node.childNodes];
    const form = editForm(this.#wording, {
      ...this.#form,
      draft: new EditDraft(this.#person, this.#target, standing),
      standing,
      isSeen,
      oncancel: () => {
        this.isEditing = false;
        this.node.replaceChildren(...before);
        this.node.querySelector("button").focus();
      },
      onsent: (feedback) => {
        this.isEditing = false;
        this.show(notice("good", this.#wording.say("edit_saved")), feedback);
        this.node.querySelector("[tabindex]").focus();
        this.#onedited(feedback);
      },
      onfinal: () => {
        this.isEditing = false;
      },
    });
    this.isEditing = true;
    this.node.replaceChildren(form.node);
    return form;
  }
}
