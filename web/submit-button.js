import { h } from "./dom.js";
import { say } from "./wording.js";

/** A button that says so while its form is at work, and starts nothing else meanwhile. */
export class SubmitButton {
  #label;
  #busyLabel;

  constructor(label, { busyLabel = "sending", look = "primary" } = {}) {
    this.#label = label;
    this.#busyLabel = busyLabel;
    this.node = h("button", { type: "submit", class: look, part: `button ${look}` }, say(label));
  }

  get isBusy() {
    return this.node.disabled;
  }

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
    this.node.replaceChildren(...say(label));
  }
}
