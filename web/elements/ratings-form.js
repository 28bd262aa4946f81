import { h, userText } from "./dom.js";
import { fieldError, inputKept, notice, problemNotice, showProblem } from "./notice.js";
import { Prefill } from "./prefill.js";
import { CATEGORIES, mean } from "./score.js";
import { StarRating, scaleEnds } from "./stars.js";
import { SubmitButton } from "./submit-button.js";
import { TextField } from "./text-field.js";

const COMMENT_LIMIT = 5_000;
/** After these statuses there is nothing left to send feedback to, so the form goes away. */
const FINAL_STATUSES = [404, 410];

/**
 * The six ratings and the comment. Used by <contract-feedback> (Contract Room) and <feedback-form> (e-mail link).
 *
 * `send(body, key)` posts the feedback. What is typed stays in `draft` until that succeeds. `contract` is what the
 * feedback is about. `waysOut(problem)` returns links for a call that failed. `intro` is shown above the form.
 * `prefill` is a number of stars to suggest, or null.
 */
export class RatingsForm {
  #wording;
  #draft;
  #send;
  #waysOut;
  #freelancer;
  #onpublished;
  #prefill;
  #ratings;
  #comment;
  #scale = h("div", { class: "ratings" });
  #average = h("output", { class: "average", part: "average" });
  #alert = h("div", { class: "alert" });
  #button;

  constructor(wording, { draft, send, waysOut, contract, intro, prefill, oncancel, onpublished }) {
    this.#wording = wording;
    this.#draft = draft;
    this.#send = send;
    this.#waysOut = waysOut;
    this.#freelancer = contract.freelancer.name;
    this.#onpublished = onpublished;
    this.#prefill = prefill && new Prefill(wording, prefill, () => this.#updateAverage());
    this.#ratings = new Map(CATEGORIES.map((category) =>
      [category, new StarRating(wording, category, () => this.#onchoose())]));
    this.#comment = new TextField(wording, {
      label: wording.say("comment"), hint: wording.say("comment_hint"), limit: COMMENT_LIMIT, rows: 5,
      oninput: () => this.#save(),
    });
    this.#button = new SubmitButton(wording, "publish");
    this.node = h("div", { class: "ratings-form" }, this.#form(contract.title, intro, oncancel));
    this.#restore();
  }

  focus() {
    this.node.querySelector("[tabindex]").focus();
  }

  #form(title, intro, oncancel) {
    this.#scale.append(scaleEnds(this.#wording), ...[...this.#ratings.values()].map((rating) => rating.node));
    return h("form", { class: "form", part: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
      h("h2", { tabindex: -1 }, this.#wording.say("form_title", { freelancer: userText(this.#freelancer) })),
      intro,
      h("p", { class: "hint" }, this.#wording.say("form_public", {
        freelancer: userText(this.#freelancer), title: userText(title),
      })),
      this.#alert,
      this.#prefill?.note,
      this.#scale,
      this.#average,
      this.#prefill?.node,
      this.#comment.node,
      h("p", { class: "hint" }, this.#wording.say("publish_hint")),
      h("div", { class: "buttons" }, this.#button.node, oncancel
        && h("button", { type: "button", part: "button", onclick: oncancel }, this.#wording.say("cancel"))));
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

  /** Suggested stars look different, and have no average, until the person has confirmed them. */
  #updateAverage() {
    const isSuggestion = this.#prefill?.isConfirmed === false;
    this.#scale.classList.toggle("suggested", isSuggestion);
    this.#average.hidden = isSuggestion;
    const stars = Object.values(this.#chosen());
    this.#average.replaceChildren(...(stars.length === CATEGORIES.length
      ? this.#wording.say("average", { score: h("strong", {}, this.#wording.score(mean(stars))) })
      : this.#wording.say("average_missing", { count: stars.length, all: CATEGORIES.length })));
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
    for (const rating of missing) rating.setError(this.#wording.say("rating_missing"));
    const wrong = [...missing];
    if (this.#prefill && !this.#prefill.isConfirmed) {
      this.#prefill.setError(this.#wording.say("confirm_missing"));
      wrong.push(this.#prefill);
    }
    if (this.#comment.isTooLong) wrong.push(this.#comment);
    wrong[0]?.focus();
    return !wrong.length;
  }

  #showThanks(feedback) {
    this.#replaceForm(notice("good", this.#wording.say("thanks_title"),
      h("p", {}, this.#wording.say("thanks_text", { freelancer: userText(this.#freelancer) }))));
    this.#onpublished(feedback);
  }

  #showProblem(problem) {
    const ways = this.#waysOut(problem);
    if (FINAL_STATUSES.includes(problem.status)) {
      this.#replaceForm(
        problemNotice(this.#wording, problem, null, ways), unsentComment(this.#wording, this.#draft));
    } else {
      showProblem(this.#wording, this.#alert, problem,
        this.#showFieldErrors(problem.body?.errors ?? []), inputKept(this.#wording, problem), ways);
    }
  }

  /** Returns the errors that belong to no field of this form. */
  #showFieldErrors(errors) {
    return errors.flatMap(({ field, detail }) => {
      const message = fieldError(this.#wording, detail);
      const input = field === "comment" ? this.#comment : this.#ratings.get(field.replace("ratings.", ""));
      input?.setError(message);
      return input ? [] : h("p", { class: "error" }, message);
    });
  }

  #replaceForm(...nodes) {
    this.node.replaceChildren(...nodes.filter(Boolean));
    this.focus();
  }
}

/** The comment of a draft that can no longer be sent, for its writer to copy. Nothing if there is none. */
export function unsentComment(wording, draft) {
  return draft.typed?.comment && h("section", { class: "card quiet", part: "unsent" },
    h("p", {}, wording.say(draft.isUncertain ? "unsent_uncertain" : "unsent")),
    h("blockquote", { dir: "auto" }, draft.typed.comment));
}
