import { h, newId } from "./dom.js";

/** Counted in code points, as the API does: 👍 is one character, not two. */
const length = (text) => [...text].length;

/**
 * A labelled text area with a character counter. It sets no `maxlength`, which would silently cut off pasted
 * text. Text that is too long stays, with an error message.
 */
export class TextField {
  #wording;
  #area;
  #limit;
  #counter = h("span", { class: "counter", id: newId() });
  #error = h("p", { class: "error", id: newId(), role: "alert" });

  constructor(wording, { label, hint, limit, rows, oninput }) {
    this.#wording = wording;
    this.#limit = limit;
    this.#area = h("textarea", {
      id: newId(), rows, dir: "auto", part: "text", "aria-describedby": `${this.#counter.id} ${this.#error.id}`,
      oninput: () => { this.setError([]); oninput(); },
    });
    this.node = h("div", { class: "field" },
      h("label", { for: this.#area.id }, label),
      hint && h("p", { class: "hint" }, hint),
      this.#area, this.#counter, this.#error);
    this.setError([]);
  }

  /** The text as it will be sent: without spaces and line breaks around it. */
  get value() {
    return this.#area.value.trim();
  }

  set value(text) {
    this.#area.value = text;
    this.setError([]);
  }

  get isTooLong() {
    return length(this.value) > this.#limit;
  }

  /** Shows `message`, a list of strings and nodes. Text that is too long comes first, whatever the message. */
  setError(message) {
    const count = length(this.value);
    const shown = this.isTooLong ? this.#wording.say("too_long", { count: count - this.#limit }) : message;
    this.#counter.replaceChildren(...this.#wording.say("characters", { count, limit: this.#limit }));
    this.#error.replaceChildren(...shown);
    this.#area.setAttribute("aria-invalid", String(shown.length > 0));
  }

  focus() {
    this.#area.focus();
  }
}
