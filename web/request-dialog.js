import { Draft } from "./draft.js";
import { h, newId, person } from "./dom.js";
import { refuse } from "./notice.js";
import { SubmitButton } from "./submit-button.js";
import { TextField } from "./text-field.js";
import { say } from "./wording.js";

const MESSAGE_LIMIT = 500;

/** Where a freelancer asks for feedback, with a message if they like. */
export class RequestDialog {
  #api;
  #path;
  #onsent;
  #draft;
  #message;
  #alert = h("div", { class: "alert" });
  #button = new SubmitButton("request_send");

  constructor({ api, path, client, onsent }) {
    this.#api = api;
    this.#path = path;
    this.#onsent = onsent;
    this.#draft = new Draft(path);
    this.#message = new TextField({
      label: say("request_message", { client: person(client) }), limit: MESSAGE_LIMIT, rows: 3,
      oninput: () => this.#draft.save({ message: this.#message.value }),
    });
    this.#message.value = this.#draft.typed?.message ?? "";
    this.node = this.#dialog(client);
  }

  open() {
    this.node.showModal();
  }

  #dialog(client) {
    const title = h("h2", { id: newId() }, say("request_feedback"));
    return h("dialog", { part: "dialog", "aria-labelledby": title.id },
      h("form", { class: "form", novalidate: true, onsubmit: (event) => this.#submit(event) },
        title,
        h("p", {}, say("request_explained", { client: person(client) })),
        this.#alert,
        this.#message.node,
        h("div", { class: "buttons" },
          this.#button.node,
          h("button", { type: "button", part: "button", onclick: () => this.node.close() }, say("cancel")))));
  }

  async #submit(event) {
    event.preventDefault();
    if (this.#button.isBusy) return;
    if (this.#message.isTooLong) return this.#message.focus();
    try {
      const request = await this.#button.during(() => this.#send());
      this.node.close();
      this.#onsent(request);
    } catch (problem) {
      this.#refused(problem);
    }
  }

  #send() {
    const body = { message: this.#message.value || undefined };
    return this.#draft.send(body, (key) => this.#api.post(this.#path, body, key));
  }

  #refused(problem) {
    refuse(this.#alert, problem);
    const complaint = (problem.body.errors ?? []).find(({ field }) => field === "message");
    if (complaint) this.#message.complain(say("field_refused", { detail: h("span", { lang: "en" }, complaint.detail) }));
  }
}
