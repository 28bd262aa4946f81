import { h, newId } from "./dom.js";

/**
 * Stars that came with the e-mail's link, as a suggestion for all categories.
 *
 * Mail scanners open links and press buttons. A suggestion therefore counts only once a person has ticked
 * the box or chosen a rating.
 */
export class Prefill {
  #checkbox;
  #error = h("p", { class: "error", id: newId() });
  #hasChosen = false;

  /** `onconfirm` is called when the person ticks the box, or unticks it. */
  constructor(wording, stars, onconfirm) {
    this.stars = stars;
    this.#checkbox = h("input", { type: "checkbox", id: newId(), onchange: () => { this.setError([]); onconfirm(); } });
    this.note = h("p", { class: "hint" }, wording.say("prefilled", { count: stars }));
    this.#checkbox.setAttribute("aria-describedby", this.#error.id);
    this.node = h("div", { class: "confirm", part: "confirm" },
      this.#checkbox,
      h("label", { for: this.#checkbox.id }, wording.say("confirm_prefilled", { count: stars })),
      this.#error);
  }

  get isConfirmed() {
    return this.#hasChosen || this.#checkbox.checked;
  }

  /** To call when a person chose a rating: that confirms the others, so the checkbox goes away. */
  confirm() {
    this.#hasChosen = true;
    this.node.hidden = true;
  }

  /** Shows `message`, a list of strings and nodes; an empty one clears it. */
  setError(message) {
    this.#error.replaceChildren(...message);
    this.#checkbox.setAttribute("aria-invalid", String(message.length > 0));
  }

  focus() {
    this.#checkbox.focus();
  }
}

/** The number of stars that `text` stands for, or null if it is not a whole number from 1 to 5. */
export const parseStars = (text) => (/^[1-5]$/.test(text) ? Number(text) : null);
