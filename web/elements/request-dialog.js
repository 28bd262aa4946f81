import { h, newId, userText } from "./dom.js";
import { fieldError, inputKept, showProblem } from "./notice.js";
import { SubmitButton } from "./submit-button.js";
import { TextField } from "./text-field.js";

const MESSAGE_LIMIT = 500;

/** The dialog in which a freelancer requests feedback. `draft` and `send` are as in RatingsForm. */
export class RequestDialog {
  #wording;
  #draft;
  #send;
  #onsent;
  #message;
  #alert = h("div", { class: "alert" });
  #button;

  constructor(wording, { draft, send, client, onsent, onclose }) {
    this.#wording = wording;
    this.#draft = draft;
    this.#send = send;
    this.#onsent = onsent;
    this.#button = new SubmitButton(wording, "request_send");
    this.#message = new TextField(wording, {
      label: wording.say("request_message", { client: userText(client) }), limit: MESSAGE_LIMIT, rows: 3,
      oninput: () => this.#draft.save({ message: this.#message.value }),
    });
    this.#message.value = this.#draft.typed?.message ?? "";
    this.node = this.#dialog(client, onclose);
  }

  open() {
    this.node.showModal();
  }

  #dialog(client, onclose) {
    const title = h("h2", { id: newId() }, this.#wording.say("request_feedback"));
    return h("dialog", { part: "dialog", "aria-labelledby": title.id, onclose },
      h("form", { class: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
        title,
        h("p", {}, this.#wording.say("request_explained", { client: userText(client) })),
        this.#alert,
        this.#message.node,
        h("div", { class: "buttons" },
          this.#button.node,
          h("button", { type: "button", part: "button", onclick: () => this.node.close() },
            this.#wording.say("cancel")))));
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.isBusy) return;
    if (this.#message.isTooLong) return this.#message.focus();
    const body = { message: this.#message.value || undefined };
    try {
      const request = await this.#button.during(() => this.#draft.send(body, this.#send));
      this.node.close();
      this.#onsent(request);
    } catch (problem) {
      this.#showProblem(problem);
    }
  }

  #showProblem(problem) {
    showProblem(this.#wording, this.#alert, problem, inputKept(this.#wording, problem));
    for (const { detail } of problem.body?.errors ?? []) this.#message.setError(fieldError(this.#wording, detail));
  }
}
