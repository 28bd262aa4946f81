import { h, newId } from "./dom.js";
import { say } from "./wording.js";

/**
 * Stars that came with the e-mail's link. They only suggest: mail scanners open links and press
 * buttons, so a suggestion counts once a person has ticked the box or chosen a rating themselves.
 */
export class Prefill {
  #box = h("input", { type: "checkbox", id: newId(), onchange: () => this.complain([]) });
  #error = h("p", { class: "error", id: newId() });
  #isTheirs = false;

  constructor(stars) {
    this.stars = stars;
    this.note = h("p", { class: "hint" }, say("prefilled", { count: stars }));
    this.#box.setAttribute("aria-describedby", this.#error.id);
    this.node = h("div", { class: "confirm", part: "confirm" },
      this.#box, h("label", { for: this.#box.id }, say("confirm_prefilled", { count: stars })), this.#error);
  }

  get isConfirmed() {
    return this.#isTheirs || this.#box.checked;
  }

  /** A person chose a rating, so there is nothing left to ask. */
  overrule() {
    this.#isTheirs = true;
    this.node.hidden = true;
  }

  complain(words) {
    this.#error.replaceChildren(...words);
    this.#box.setAttribute("aria-invalid", String(words.length > 0));
  }

  focus() {
    this.#box.focus();
  }
}

/** The stars in `text` if it is a whole number of them, otherwise none. */
export const starsIn = (text) => (/^[1-5]$/.test(text) ? Number(text) : null);
