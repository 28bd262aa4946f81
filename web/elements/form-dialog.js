import { h, newId } from "./dom.js";
import { inputKept, showProblem } from "./notice.js";
import { SubmitButton } from "./submit-button.js";

/** After these statuses there is nothing left to send to: what the dialog is about is gone, or no longer as it was. */
const FINAL_STATUSES = [404, 409, 410];

/**
 * A modal dialog with a title, content, a submit button and Cancel. It stays open when a call fails, with its input.
 *
 * `read()` returns the body to send, or null after it has shown what is missing. `send(body, key)` posts it; `draft`
 * keeps its idempotency key. Afterwards the dialog closes and calls `onsent(response, body)`, or `onfinal(problem)` if
 * another try cannot help; without `onfinal`, such a problem is shown like others. `onproblem(problem)` may add to what
 * is shown, and `waysOut(problem)` returns links. `onclose()` is called when a person closes the dialog without a result.
 */
export class FormDialog {
  #draft;
  #read;
  #send;
  #events;
  #wording;
  #isDone = false;
  #alert = h("div", { class: "alert" });
  #button;

  constructor(wording, { title, content, submit, draft, read, send, ...events }) {
    this.#wording = wording;
    this.#draft = draft;
    this.#read = read;
    this.#send = send;
    this.#events = events;
    this.#button = new SubmitButton(wording, submit);
    const heading = h("h2", { id: newId() }, title);
    const onclose = () => this.#isDone || events.onclose?.();
    this.node = h("dialog", { part: "dialog", "aria-labelledby": heading.id, onclose },
      h("form", { class: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
        heading, this.#alert, content,
        h("div", { class: "buttons" },
          this.#button.node,
          h("button", { type: "button", part: "button", onclick: () => this.node.close() }, wording.say("cancel")))));
  }

  open() {
    if (!this.node.open) this.node.showModal();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.isBusy) return;
    const body = this.#read();
    if (!body) return;
    this.#alert.replaceChildren();
    let response;
    try {
      response = await this.#button.during(() => this.#draft.send(body, this.#send));
    } catch (problem) {
      return this.#showProblem(problem);
    }
    this.#finish();
    this.#events.onsent(response, body);
  }

  /** The person may have closed the dialog before the response came. */
  #finish() {
    this.#isDone = true;
    this.node.close();
  }

  #showProblem(problem) {
    const { onfinal, onproblem, waysOut } = this.#events;
    if (onfinal && problem.isDefinitive && FINAL_STATUSES.includes(problem.status)) {
      this.#finish();
      onfinal(problem);
    } else {
      showProblem(this.#wording, this.#alert, problem, inputKept(this.#wording, problem), waysOut?.(problem));
      onproblem?.(problem);
    }
  }
}
