import { h, userText } from "./dom.js";
import { fieldError, inputKept, notice, problemNotice, showProblem } from "./notice.js";
import { Prefill } from "./prefill.js";
import { CATEGORIES, formatScore, mean } from "./score.js";
import { StarRating } from "./stars.js";
import { SubmitButton } from "./submit-button.js";
import { TextField } from "./text-field.js";
import { say } from "./wording.js";

const COMMENT_LIMIT = 5_000;
/** After these statuses there is nothing left to send feedback to, so the form goes away. */
const FINAL_STATUSES = [404, 410];

/**
 * The six ratings and the comment. Used by <contract-feedback> (Contract Room) and <feedback-form> (e-mail link).
 *
 * `send(body, key)` posts the feedback. What is typed stays in `draft` until that succeeds. `intro` is shown above
 * the form. `prefill` is a number of stars to suggest, or null.
 */
export class RatingsForm {
  #draft;
  #send;
  #freelancer;
  #onpublished;
  #prefill;
  #ratings = new Map(CATEGORIES.map((category) => [category, new StarRating(category, () => this.#onchoose())]));
  #comment = new TextField({
    label: say("comment"), hint: say("comment_hint"), limit: COMMENT_LIMIT, rows: 5, oninput: () => this.#save(),
  });
  #average = h("output", { class: "average", part: "average" });
  #alert = h("div", { class: "alert" });
  #button = new SubmitButton("publish");

  constructor({ draft, send, freelancer, intro, prefill, oncancel, onpublished }) {
    this.#draft = draft;
    this.#send = send;
    this.#freelancer = freelancer;
    this.#onpublished = onpublished;
    this.#prefill = prefill && new Prefill(prefill);
    this.node = h("div", { class: "ratings-form" }, this.#form(intro, oncancel));
    this.#restore();
  }

  focus() {
    this.node.querySelector("[tabindex]").focus();
  }

  #form(intro, oncancel) {
    return h("form", { class: "form", part: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
      h("h2", { tabindex: -1 }, say("form_title", { freelancer: userText(this.#freelancer) })),
      intro,
      h("p", { class: "hint" }, say("form_public", { freelancer: userText(this.#freelancer) })),
      this.#alert,
      this.#prefill?.note,
      [...this.#ratings.values()].map((rating) => rating.node),
      this.#average,
      this.#prefill?.node,
      this.#comment.node,
      h("div", { class: "buttons" }, this.#button.node, oncancel
        && h("button", { type: "button", part: "button", onclick: oncancel }, say("cancel"))));
  }

  #restore() {
    const { ratings = {}, comment = "" } = this.#draft.typed ?? {};
    for (const [category, rating] of this.#ratings) {
      rating.value = ratings[category] ?? this.#prefill?.stars;
    }
    if (Object.keys(ratings).length) this.#prefill?.confirm();
    this.#comment.value = comment;
    this.#updateAverage();
  }

  #onchoose() {
    this.#prefill?.confirm();
    for (const rating of this.#ratings.values()) if (rating.value) rating.setError([]);
    this.#updateAverage();
    this.#save();
  }

  /** Suggested stars are not saved until a person confirms them: a scanner's reload must not make them count. */
  #save() {
    const isConfirmed = this.#prefill?.isConfirmed ?? true;
    this.#draft.save({ ratings: isConfirmed ? this.#chosen() : {}, comment: this.#comment.value });
  }

  #chosen() {
    const pairs = [...this.#ratings].map(([category, rating]) => [category, rating.value]);
    return Object.fromEntries(pairs.filter(([, stars]) => stars));
  }

  #updateAverage() {
    const stars = Object.values(this.#chosen());
    this.#average.replaceChildren(...(stars.length === CATEGORIES.length
      ? say("average", { score: h("strong", {}, formatScore(mean(stars))) })
      : say("average_missing", { count: stars.length, all: CATEGORIES.length })));
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.isBusy || !this.#isComplete()) return;
    this.#alert.replaceChildren();
    const body = { ratings: this.#chosen(), comment: this.#comment.value || undefined };
    try {
      this.#showThanks(await this.#button.during(() => this.#draft.send(body, this.#send)));
    } catch (problem) {
      this.#showProblem(problem);
    }
  }

  /** Shows an error at every field that is missing or wrong, and moves the focus to the first. */
  #isComplete() {
    const missing = [...this.#ratings.values()].filter((rating) => !rating.value);
    for (const rating of missing) rating.setError(say("rating_missing"));
    const wrong = [...missing];
    if (this.#prefill && !this.#prefill.isConfirmed) {
      this.#prefill.setError(say("confirm_missing"));
      wrong.push(this.#prefill);
    }
    if (this.#comment.isTooLong) wrong.push(this.#comment);
    wrong[0]?.focus();
    return !wrong.length;
  }

  #showThanks(feedback) {
    this.#replaceForm(notice("good", say("thanks_title"),
      h("p", {}, say("thanks_text", { freelancer: userText(this.#freelancer) }))));
    this.#onpublished(feedback);
  }

  #showProblem(problem) {
    if (FINAL_STATUSES.includes(problem.status)) {
      this.#replaceForm(problemNotice(problem), unsentComment(this.#draft));
    } else {
      showProblem(this.#alert, problem, this.#showFieldErrors(problem.body.errors ?? []), inputKept(problem));
    }
  }

  /** Returns the errors that belong to no field of this form. */
  #showFieldErrors(errors) {
    return errors.flatMap(({ field, detail }) => {
      const input = field === "comment" ? this.#comment : this.#ratings.get(field.replace("ratings.", ""));
      input?.setError(fieldError(detail));
      return input ? [] : h("p", { class: "error" }, fieldError(detail));
    });
  }

  #replaceForm(...nodes) {
    this.node.replaceChildren(...nodes.filter(Boolean));
    this.focus();
  }
}

/** The comment of a draft that can no longer be sent, for its writer to copy. Nothing if there is none. */
export function unsentComment(draft) {
  return draft.typed?.comment && h("section", { class: "card quiet", part: "unsent" },
    h("p", {}, say(draft.isUncertain ? "unsent_uncertain" : "unsent")),
    h("blockquote", { dir: "auto" }, draft.typed.comment));
}
