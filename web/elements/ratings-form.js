import { h } from "./dom.js";
import { fieldError, inputKept, problemNotice, showProblem } from "./notice.js";
import { Prefill } from "./prefill.js";
import { CATEGORIES, mean } from "./score.js";
import { StarRating, scaleEnds } from "./stars.js";
import { SubmitButton } from "./submit-button.js";
import { TextField } from "./text-field.js";

const COMMENT_LIMIT = 5_000;
/** After these there is nothing left to send to, so the form goes away. */
const FINAL_STATUSES = [404, 410];
const FINAL_CODES = ["correction_closed", "too_many_corrections", "feedback_removed"];

/**
 * The six ratings and the comment: to give feedback, or to edit it.
 *
 * `texts` are {title, explanation, submit, hint}: lists of strings and nodes, and the key of the button's label. `intro`
 * is shown above the form. `send(body, key)` sends the feedback; what is typed stays in `draft` until that succeeds.
 * `standing` is the feedback to begin with, and `prefill` a number of stars to suggest, if there are any.
 * `onsent(response)` is called afterwards, and `thanks(response)` returns what to show instead of the form, if anything.
 * `onconflict(problem)` is called if the feedback is another than was expected, and resolves to what to show with the
 * problem. `onfinal()` is called if the form goes away because of one. `waysOut(problem)` returns links for it.
 */
export class RatingsForm {
  #wording;
  #draft;
  #send;
  #waysOut;
  #events;
  #prefill;
  #ratings;
  #comment;
  #scale = h("div", { class: "ratings" });
  #average = h("output", { class: "average", part: "average" });
  #alert = h("div", { class: "alert" });
  #button;

  constructor(wording, { draft, send, waysOut, texts, intro, standing, prefill, oncancel, ...events }) {
    this.#wording = wording;
    this.#draft = draft;
    this.#send = send;
    this.#waysOut = waysOut;
    this.#events = events;
    this.#prefill = prefill && new Prefill(wording, prefill, () => this.#updateAverage());
    this.#ratings = new Map(CATEGORIES.map((category) =>
      [category, new StarRating(wording, category, () => this.#onchoose())]));
    this.#comment = new TextField(wording, {
      label: wording.say("comment"), hint: wording.say("comment_hint"), limit: COMMENT_LIMIT, rows: 5,
      oninput: () => this.#save(),
    });
    this.#button = new SubmitButton(wording, texts.submit);
    this.node = h("div", { class: "ratings-form" }, this.#form(texts, intro, oncancel));
    this.fill(draft.typed ?? standing ?? {});
  }

  focus() {
    this.node.querySelector("[tabindex]").focus();
  }

  /** Shows these ratings and this comment. Without a rating, the suggested one. */
  fill({ ratings = {}, comment }) {
    for (const [category, rating] of this.#ratings) {
      rating.value = ratings[category] ?? this.#prefill?.stars;
    }
    if (Object.keys(ratings).length) this.#prefill?.confirm();
    this.#comment.value = comment ?? "";
    this.#alert.replaceChildren();
    this.#updateAverage();
  }

  #form({ title, explanation, hint }, intro, oncancel) {
    this.#scale.append(scaleEnds(this.#wording), ...[...this.#ratings.values()].map((rating) => rating.node));
    return h("form", { class: "form", part: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
      h("h2", { tabindex: -1 }, title),
      intro,
      h("p", { class: "hint" }, explanation),
      this.#alert,
      this.#prefill?.note,
      this.#scale,
      this.#average,
      this.#prefill?.node,
      this.#comment.node,
      hint && h("p", { class: "hint" }, hint),
      h("div", { class: "buttons" }, this.#button.node, oncancel
        && h("button", { type: "button", part: "button", onclick: oncancel }, this.#wording.say("cancel"))));
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
      this.#finish(await this.#button.during(() => this.#draft.send(body, this.#send)));
    } catch (problem) {
      await this.#showProblem(problem);
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

  #finish(response) {
    const thanks = this.#events.thanks?.(response);
    if (thanks) this.#replaceForm(thanks);
    this.#events.onsent(response);
  }

  async #showProblem(problem) {
    const ways = this.#waysOut(problem);
    if (FINAL_STATUSES.includes(problem.status) || FINAL_CODES.includes(problem.code)) {
      this.#replaceForm(
        problemNotice(this.#wording, problem, null, ways), unsentComment(this.#wording, this.#draft));
      this.#events.onfinal?.();
    } else {
      const newer = problem.code === "revision_mismatch"
        && await this.#button.during(() => this.#events.onconflict(problem));
      showProblem(this.#wording, this.#alert, problem, newer || [],
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
