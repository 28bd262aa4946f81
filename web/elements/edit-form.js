import { feedbackPath, path } from "./api.js";
import { now } from "./clock.js";
import { h } from "./dom.js";
import { Draft } from "./draft.js";
import { feedbackEntry } from "./feedback-entry.js";
import { RatingsForm } from "./ratings-form.js";
import { upcoming } from "./time.js";

/** Whether the client can still edit feedback. The API says until when, or null if it is not possible at all. */
export const isEditable = ({ correctable_until: until }) => Boolean(until) && now() < Date.parse(until);

/** A button for that, with its deadline: {label, hint, run}. */
export const editAction = (wording, { correctable_until: until }, run) =>
  ({ label: wording.say("edit"), hint: wording.say("edit_until", { when: upcoming(wording, until) }), run });

/** What was typed to edit feedback, with the revision that it replaces: null if that is not known. */
export class EditDraft extends Draft {
  /** `target` is where it will be sent, and `standing` what stands there, as far as that is known. */
  constructor(person, target, standing = null) {
    super(person, `${target} edit`);
    this.revision = this.typed?.revision ?? standing?.revision ?? null;
  }

  save(typed) {
    super.save({ ...typed, revision: this.revision });
  }

  /** What is typed replaces this revision from now on. */
  replaceNewer(revision) {
    this.revision = revision;
    if (this.typed) this.save(this.typed);
  }
}

/** How a signed-in client edits `feedback`: where it is sent, and what `editForm` needs. `element` calls the API. */
export function editCalls(element, feedback) {
  const target = feedbackPath(feedback);
  return {
    target,
    put: (body, revision) => element.api.put(target, body, revision),
    readNewest: async () => {
      const state = await element.api.get(path`contracts/${feedback.contract_id}/feedback`);
      return state.feedback.find((entry) => entry.feedback_id === feedback.feedback_id);
    },
    waysOut: (problem) => element.waysOut(problem),
  };
}

/**
 * The form in which a client edits feedback. It begins with what was typed before, else with `standing`.
 *
 * `put(body, revision)` sends it. If the feedback has been edited elsewhere meanwhile, nothing is sent: the person sees
 * what `readNewest()` resolves to, if they may, and decides. `isSeen` says whether the API shows the feedback to them.
 * The rest is as in RatingsForm.
 */
export function editForm(wording, { draft, standing, isSeen, put, readNewest, oncancel, ...rest }) {
  const form = new RatingsForm(wording, {
    texts: {
      title: wording.say("edit_title"),
      explanation: wording.say("edit_explained"),
      submit: "edit_save",
    },
    intro: isSeen ? null : h("p", {}, wording.say("edit_unseen")),
    draft,
    standing,
    send: (body) => put(body, draft.revision),
    onconflict: async ({ body }) => {
      draft.replaceNewer(body.revision);
      const newest = await readNewest?.().catch(() => null);
      return newest && newerVersion(wording, newest, () => {
        draft.discard();
        draft.revision = newest.revision;
        form.fill(newest);
        form.focus();
      });
    },
    oncancel: () => {
      draft.discard();
      oncancel();
    },
    ...rest,
  });
  return form;
}

const newerVersion = (wording, newest, use) => [
  h("p", {}, wording.say("edit_newer")),
  feedbackEntry(wording, newest, "h3"),
  newest.ratings && h("button", { type: "button", part: "button", onclick: use }, wording.say("edit_use_newer")),
];
