import { h, person } from "./dom.js";
import { complaint, failure, notice, refuse } from "./notice.js";
import { Prefill } from "./prefill.js";
import { CATEGORIES, formatScore, mean } from "./score.js";
import { StarRating } from "./stars.js";
import { SubmitButton } from "./submit-button.js";
import { TextField } from "./text-field.js";
import { say } from "./wording.js";

const COMMENT_LIMIT = 5_000;
/** After these there is nothing left to send to. */
const ENDS = [404, 410];

/**
 * The form a client fills in, in the Contract Room as after the e-mail's link.
 * `send(body, key)` posts it; what is typed is kept in `draft` until that succeeds.
 */
export class AnswerForm {
  #draft;
  #send;
  #freelancer;
  #onpublished;
  #prefill;
  #ratings = new Map(CATEGORIES.map((category) => [category, new StarRating(category, () => this.#choose())]));
  #comment = new TextField({
    label: say("comment"), hint: say("comment_hint"), limit: COMMENT_LIMIT, rows: 5, oninput: () => this.#save(),
  });
  #total = h("output", { class: "total", part: "total" });
  #alert = h("div", { class: "alert" });
  #button = new SubmitButton("publish");

  constructor({ draft, send, freelancer, intro, prefill, oncancel, onpublished }) {
    this.#draft = draft;
    this.#send = send;
    this.#freelancer = freelancer;
    this.#onpublished = onpublished;
    this.#prefill = prefill && new Prefill(prefill);
    this.node = h("div", { class: "answer" }, this.#form(intro, oncancel));
    this.#restore();
  }

  focus() {
    this.node.querySelector("[tabindex]").focus();
  }

  #form(intro, oncancel) {
    return h("form", { class: "form", part: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
      h("h2", { tabindex: -1 }, say("form_title", { freelancer: person(this.#freelancer) })),
      intro,
      h("p", { class: "hint" }, say("form_public")),
      this.#alert,
      this.#prefill?.note,
      [...this.#ratings.values()].map((rating) => rating.node),
      this.#total,
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
    if (Object.keys(ratings).length) this.#prefill?.overrule();
    this.#comment.value = comment;
    this.#sumUp();
  }

  #choose() {
    this.#prefill?.overrule();
    for (const rating of this.#ratings.values()) if (rating.value) rating.complain([]);
    this.#sumUp();
    this.#save();
  }

  #save() {
    const isTheirs = this.#prefill?.isConfirmed ?? true;
    this.#draft.save({ ratings: isTheirs ? this.#chosen() : {}, comment: this.#comment.value });
  }

  #chosen() {
    const pairs = [...this.#ratings].map(([category, rating]) => [category, rating.value]);
    return Object.fromEntries(pairs.filter(([, stars]) => stars));
  }

  #sumUp() {
    const stars = Object.values(this.#chosen());
    this.#total.replaceChildren(...(stars.length === CATEGORIES.length
      ? say("total", { score: h("strong", {}, formatScore(mean(stars))) })
      : say("total_missing", { count: stars.length, all: CATEGORIES.length })));
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.isBusy || !this.#isComplete()) return;
    this.#alert.replaceChildren();
    const body = { ratings: this.#chosen(), comment: this.#comment.value || undefined };
    try {
      this.#published(await this.#button.during(() => this.#draft.send(body, this.#send)));
    } catch (problem) {
      this.#refused(problem);
    }
  }

  /** Points at the first thing that is missing, and says at each one what it is. */
  #isComplete() {
    const missing = [...this.#ratings.values()].filter((rating) => !rating.value);
    for (const rating of missing) rating.complain(say("rating_missing"));
    const wrong = [...missing];
    if (this.#prefill && !this.#prefill.isConfirmed) {
      this.#prefill.complain(say("confirm_missing"));
      wrong.push(this.#prefill);
    }
    if (this.#comment.isTooLong) wrong.push(this.#comment);
    wrong[0]?.focus();
    return !wrong.length;
  }

  #published(feedback) {
    this.#end(notice("good", say("thanks_title"),
      h("p", {}, say("thanks_text", { freelancer: person(this.#freelancer) }))));
    this.#onpublished(feedback);
  }

  #refused(problem) {
    if (ENDS.includes(problem.status)) {
      this.#end(failure(problem), unsent(this.#draft));
    } else {
      refuse(this.#alert, problem, this.#complainAtFields(problem.body.errors ?? []));
    }
  }

  /** Returns what belongs to no field of this form. */
  #complainAtFields(errors) {
    return errors.flatMap(({ field, detail }) => {
      const place = field === "comment" ? this.#comment : this.#ratings.get(field.replace("ratings.", ""));
      place?.complain(complaint(detail));
      return place ? [] : h("p", { class: "error" }, complaint(detail));
    });
  }

  #end(...nodes) {
    this.node.replaceChildren(...nodes.filter(Boolean));
    this.focus();
  }
}

/** A comment that can no longer be sent stays with its writer. */
export function unsent(draft) {
  return draft.typed?.comment && h("section", { class: "card quiet", part: "unsent" },
    h("p", {}, say(draft.isUncertain ? "unsent_uncertain" : "unsent")),
    h("blockquote", { dir: "auto" }, draft.typed.comment));
}
