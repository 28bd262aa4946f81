import { h } from "./dom.js";

/** A submit button that is disabled, with another label, while its form is being sent. */
export class SubmitButton {
  #wording;
  #label;
  #busyLabel;

  /** The labels are keys of texts. `variant` is "primary" or "plain". */
  constructor(wording, label, { busyLabel = "sending", variant = "primary" } = {}) {
    this.#wording = wording;
    this.#label = label;
    this.#busyLabel = busyLabel;
    this.node = h("button", { type: "submit", class: variant, part: `button ${variant}` }, wording.say(label));
  }

  get isBusy() {
    return this.node.disabled;
  }

  /** Runs `work` while the button is busy, and returns its result. */
  async during(work) {
    this.#show(true, this.#busyLabel);
    try {
      return await work();
    } finally {
      this.#show(false, this.#label);
    }
  }

  #show(isBusy, label) {
    this.node.disabled = isBusy;
    this.node.replaceChildren(...this.#wording.say(label));
  }
}
