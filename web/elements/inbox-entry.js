import { path, stateOf } from "./api.js";
import { DeclineDialog, declinedNotice } from "./decline-dialog.js";
import { deliveryTrouble } from "./delivery.js";
import { h, newId, userText } from "./dom.js";
import { Draft } from "./draft.js";
import { editCalls } from "./edit-form.js";
import { requestDetails } from "./feedback-requests.js";
import { giveForm, thanksNotice } from "./give-form.js";
import { GivenFeedback } from "./given-feedback.js";
import { problemNotice } from "./notice.js";
import { unsentComment } from "./ratings-form.js";
import { wayToContract } from "./ways.js";

/**
 * One request in the inbox: what is asked, then the form in its place, then how it ended. `element` is the inbox.
 * `openDialog(dialog)` shows a dialog, `onsettled()` is called when the request is answered or declined, and
 * `oncancel()` when its form is closed.
 */
export class InboxEntry {
  #element;
  #request;
  #run;
  /** Whose request it is: a draft belongs to them, also after the token of somebody else has come. */
  #person;
  /** The open form, or null. */
  #form = null;
  isSettled = false;
  node = h("li");

  constructor(element, request, run) {
    this.#element = element;
    this.#request = request;
    this.#run = run;
    this.#person = element.person;
    if (this.#draft.typed) this.#openForm(); // after a reload, what was being written is there again
    else this.#showCard();
  }

  get expiresAt() {
    return this.#request.expires_at;
  }

  /** Whether it stays although its request is no longer listed: it is being answered, or says how it ended. */
  get isInUse() {
    return this.isSettled || this.#form !== null;
  }

  shows(request) {
    return this.isInUse || stateOf(request) === stateOf(this.#request);
  }

  focus() {
    this.node.querySelector("h2").focus();
  }

  get #contract() {
    return this.#request.contract;
  }

  get #answerPath() {
    return path`contracts/${this.#contract.contract_id}/feedback`;
  }

  get #declinePath() {
    return path`contracts/${this.#contract.contract_id}/feedback-requests/${this.#request.request_id}/decline`;
  }

  get #draft() {
    return new Draft(this.#person, this.#answerPath);
  }

  get #toContract() {
    return wayToContract(this.#element.wording, this.#element, this.#contract.contract_id);
  }

  #showCard() {
    const { wording } = this.#element;
    const heading = h("h2", { tabindex: -1, id: newId() },
      wording.say("open_request_client", { freelancer: userText(this.#contract.freelancer.name) }));
    const button = (label, variant, onclick) => h("button", {
      type: "button", class: variant, part: `button ${variant}`, "aria-describedby": heading.id, onclick,
    }, wording.say(label));
    this.node.replaceChildren(h("section", { class: "card open", part: "request" },
      heading,
      h("p", { part: "title" }, userText(this.#contract.title)),
      requestDetails(wording, this.#request),
      deliveryTrouble(wording, this.#request, { contract: this.#contract, viewer: "client" }),
      h("div", { class: "buttons" },
        button("give_feedback", "primary", () => this.#answer()),
        button("decline", "plain", () => this.#decline())),
      this.#toContract));
  }

  #answer() {
    this.#openForm();
    this.#form.focus();
  }

  #openForm() {
    const { wording } = this.#element;
    this.#form = giveForm(wording, {
      draft: this.#draft,
      send: (body, key) => this.#element.api.post(this.#answerPath, body, key),
      waysOut: (problem) => this.#element.waysOut(problem),
      contract: this.#contract,
      editableUntil: this.#request.correctable_until_if_given_now,
      intro: [h("p", { part: "title" }, userText(this.#contract.title)), requestDetails(wording, this.#request)],
      oncancel: () => this.#closeForm(),
      thanks: (feedback) => this.#given(feedback),
      onsent: (feedback) => {
        this.#settle();
        this.#element.emit("feedback-given", feedback);
      },
    });
    this.node.replaceChildren(this.#form.node);
  }

  /** The thanks with the feedback, which can be edited there. */
  #given(feedback) {
    const { wording } = this.#element;
    const given = new GivenFeedback(wording, {
      ...editCalls(this.#element, feedback),
      person: this.#person,
      onedited: (edited) => this.#element.emit("feedback-corrected", edited),
    });
    given.show(thanksNotice(wording, this.#contract, this.#toContract), feedback);
    return given.node;
  }

  #closeForm() {
    this.#form = null;
    this.#showCard();
    this.node.querySelector("button").focus();
    this.#run.oncancel();
  }

  #decline() {
    const { wording } = this.#element;
    const { contract_id: contractId, freelancer } = this.#contract;
    this.#run.openDialog(new DeclineDialog(wording, {
      draft: new Draft(this.#person, this.#declinePath),
      send: (body, key) => this.#element.api.post(this.#declinePath, body, key),
      waysOut: (problem) => this.#element.waysOut(problem),
      freelancer: freelancer.name,
      ondeclined: (request, isMuted) => {
        this.#settleAs(declinedNotice(wording, freelancer.name, isMuted, this.#toContract));
        this.#element.emit("request-declined", request);
        if (isMuted) this.#element.emit("request-preference-changed", { contract_id: contractId, muted: true });
      },
      onfinal: (problem) => this.#settleAs(
        problemNotice(wording, problem, null, this.#element.waysOut(problem), this.#toContract)),
    }));
  }

  /** Shows `done` in the place of the request, and what was written before, for its writer to copy. */
  #settleAs(done) {
    this.#form = null;
    this.node.replaceChildren(done);
    this.#settle(unsentComment(this.#element.wording, this.#draft) || "");
    done.querySelector("h2").focus();
  }

  #settle(...more) {
    this.isSettled = true;
    this.node.append(...more);
    this.#run.onsettled();
  }
}
