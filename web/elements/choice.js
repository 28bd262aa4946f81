import { h, newId } from "./dom.js";

/**
 * Radio buttons of which a person must choose one; none is chosen at first. `options` are {value, label, hint}.
 * `missing` is the message if none is chosen. Texts are lists of strings and nodes.
 */
export class Choice {
  #missing;
  #radios;
  #error = h("p", { class: "error", id: newId(), hidden: true });

  constructor({ legend, options, missing, onchoose }) {
    this.#missing = missing;
    const name = newId();
    this.#radios = options.map(({ value }) => h("input", {
      type: "radio", name, value, onchange: () => { this.setError([]); onchoose(); },
    }));
    this.node = h("fieldset", {
      class: "choice", part: "choice", role: "radiogroup", "aria-required": "true", "aria-describedby": this.#error.id,
    },
      h("legend", {}, legend),
      options.map(({ label, hint }, index) => h("label", { class: "option" },
        this.#radios[index],
        h("span", {}, label, " ", h("span", { class: "hint" }, hint)))),
      this.#error);
  }

  /** undefined if none is chosen. */
  get value() {
    return this.#radios.find((input) => input.checked)?.value;
  }

  set value(value) {
    for (const input of this.#radios) input.checked = input.value === value;
  }

  /** Whether one is chosen. If not, it shows an error and moves the focus to the first. */
  isMade() {
    if (this.value) return true;
    this.setError(this.#missing);
    this.#radios[0].focus();
    return false;
  }

  /** Shows `message`, a list of strings and nodes; an empty one clears it. */
  setError(message) {
    this.#error.replaceChildren(...message);
    this.#error.hidden = !message.length;
    this.node.setAttribute("aria-invalid", String(message.length > 0));
  }
}
