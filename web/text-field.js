import { h, newId } from "./dom.js";
import { say } from "./wording.js";

/** What the reader counts as characters, and the API too: 👍 is one, not two. */
const length = (text) => [...text].length;

/**
 * A labelled text area that counts. There is no `maxlength`: it would silently cut what somebody
 * pastes; too long a text is kept and said to be too long.
 */
export class TextField {
  #area;
  #limit;
  #counter = h("span", { class: "counter", id: newId() });
  #error = h("p", { class: "error", id: newId(), role: "alert" });

  constructor({ label, hint, limit, rows, oninput }) {
    this.#limit = limit;
    this.#area = h("textarea", {
      id: newId(), rows, dir: "auto", part: "text", "aria-describedby": `${this.#counter.id} ${this.#error.id}`,
      oninput: () => { this.complain([]); oninput(); },
    });
    this.node = h("div", { class: "field" },
      h("label", { for: this.#area.id }, label),
      hint && h("p", { class: "hint" }, hint),
      this.#area, this.#counter, this.#error);
    this.complain([]);
  }

  /** As it will be sent: what surrounds the words does not count. */
  get value() {
    return this.#area.value.trim();
  }

  set value(text) {
    this.#area.value = text;
    this.complain([]);
  }

  get isTooLong() {
    return length(this.value) > this.#limit;
  }

  /** Says what is wrong, or with no words whether it is too long. */
  complain(words) {
    const count = length(this.value);
    const wrong = this.isTooLong ? say("too_long", { count: count - this.#limit }) : words;
    this.#counter.replaceChildren(...say("characters", { count, limit: this.#limit }));
    this.#error.replaceChildren(...wrong);
    this.#area.setAttribute("aria-invalid", String(wrong.length > 0));
  }

  focus() {
    this.#area.focus();
  }
}
