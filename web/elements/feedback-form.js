import { path } from "./api.js";
import { DeclineDialog, declinedNotice } from "./decline-dialog.js";
import { h, userText } from "./dom.js";
import { Draft } from "./draft.js";
import { FeedbackElement } from "./feedback-element.js";
import { feedbackEntry } from "./feedback-entry.js";
import { requestDetails } from "./feedback-requests.js";
import { impossibleAction } from "./feedback-tab.js";
import { parseStars } from "./prefill.js";
import { Problem } from "./problem.js";
import { RatingsForm, unsentComment } from "./ratings-form.js";
import { wayToContract } from "./ways.js";

/**
 * <feedback-form>: loads a contract and shows its RatingsForm, or why feedback is not possible. For whoever holds an
 * e-mail's link (property `linkToken`), or for a signed-in client (attribute `contract-id`, property `token`).
 * The attribute `rating` suggests stars, and `decline` opens the dialog to decline the request. Emits `feedback-given`,
 * `request-declined` and `request-preference-changed`.
 */
export class FeedbackForm extends FeedbackElement {
  static observedAttributes = [...FeedbackElement.observedAttributes, "contract-id", "rating", "decline"];
  static properties = [...FeedbackElement.properties, "linkToken"];

  #linkToken;
  /** What the form was made from: path, person, attributes and response; null while there is no form. */
  #rendered = null;
  #settledPath = null;

  get linkToken() {
    return this.#linkToken;
  }

  set linkToken(value) {
    const token = value ?? undefined; // frameworks have null for none
    if (token === this.#linkToken) return;
    this.#linkToken = token;
    this.changeSubject();
  }

  get missing() {
    if (this.#linkToken !== undefined) return [];
    return [
      this.token === undefined && "the property linkToken or token",
      !this.hasAttribute("contract-id") && "the attribute contract-id",
    ].filter(Boolean).slice(0, this.token === undefined ? 1 : 2);
  }

  get #path() {
    return this.#linkToken === undefined
      ? path`contracts/${this.getAttribute("contract-id")}/feedback`
      : path`feedback-links/${this.#linkToken}`;
  }

  /** Once the feedback is published or the request declined, that stays until the element is about something else. */
  get #isSettled() {
    return this.missing.length === 0 && this.#settledPath === this.#path;
  }

  changeSubject() {
    if (!this.#isSettled) super.changeSubject();
  }

  async refresh(onfail) {
    if (!this.#isSettled) await super.refresh(onfail);
  }

  async load() {
    if (this.#linkToken === "") throw new Problem(404, { code: "link_invalid" });
    const loaded = await this.api.get(this.#path);
    if (loaded.viewer && loaded.viewer !== "client") throw new Problem(403, { code: "not_the_client" });
    return loaded;
  }

  forget() {
    this.#rendered = null;
  }

  /** `loaded` describes the link's request, or (signed in) the Feedback tab. Only the latter has `actions`. */
  render(loaded) {
    const isToDecline = this.hasAttribute("decline");
    const state = JSON.stringify([this.#path, this.person, this.getAttribute("rating"), isToDecline, loaded]);
    if (state === this.#rendered) return; // the form stays, and with it the focus and what is being typed
    this.#rendered = state;
    const action = loaded.actions?.give_feedback;
    if (action && !action.eligible) {
      this.show(impossibleAction(this.wording, { name: "give_feedback", ...action }));
      return;
    }
    const request = loaded.request ?? loaded.open_request;
    const decline = request && this.#declineDialog(loaded.contract, request);
    this.show(this.#form(loaded.contract, request, decline), decline?.node);
    if (isToDecline) decline?.open();
  }

  /** A draft belongs to the person who may give the feedback. Nobody else gets to see it. */
  fail(problem) {
    this.forget();
    const isTheirs = problem.status !== 403 && problem.status !== 404;
    super.fail(problem, isTheirs && unsentComment(this.wording, this.#draft(this.#path)));
  }

  #draft(path) {
    return new Draft(this.#linkToken === undefined ? this.person : "link", path);
  }

  /** What is written in this form can only go to `path`, whatever the element is about when it is sent. */
  #form(contract, request, decline, path = this.#path) {
    const form = new RatingsForm(this.wording, {
      draft: this.#draft(path),
      send: (body, key) => this.api.post(path, body, key),
      waysOut: (problem) => this.waysOut(problem),
      contract,
      intro: contractAndRequest(this.wording, contract, request, decline),
      prefill: parseStars(this.getAttribute("rating")),
      onpublished: (feedback) => {
        this.#settledPath = path;
        form.node.append(feedbackEntry(this.wording, feedback, "h3"));
        this.emit("feedback-given", feedback);
      },
    });
    return form.node;
  }

  #declineDialog({ contract_id: contractId, freelancer }, request, formPath = this.#path) {
    const declinePath = this.#linkToken === undefined
      ? path`contracts/${contractId}/feedback-requests/${request.request_id}/decline`
      : `${formPath}/decline`;
    return new DeclineDialog(this.wording, {
      draft: this.#draft(declinePath),
      send: (body, key) => this.api.post(declinePath, body, key),
      waysOut: (problem) => this.waysOut(problem),
      freelancer: freelancer.name,
      ondeclined: (declined, isMuted) => {
        this.#settledPath = formPath;
        const done = declinedNotice(this.wording, freelancer.name, isMuted, wayToContract(this.wording, this, contractId));
        this.show(done, unsentComment(this.wording, this.#draft(formPath)));
        done.querySelector("h2").focus();
        this.emit("request-declined", declined);
        if (isMuted) this.emit("request-preference-changed", { contract_id: contractId, muted: true });
      },
      onfinal: (problem) => this.fail(problem),
    });
  }
}

/** The button to decline is above the form, so that nobody has to look for it. */
const contractAndRequest = (wording, contract, request, decline) => h("section", { class: "stack", part: "intro" },
  h("p", { part: "title" }, userText(contract.title)),
  request && requestDetails(wording, request),
  decline && h("button", { type: "button", class: "aside", part: "button", onclick: () => decline.open() },
    wording.say("decline")));
