import { path, stateOf } from "./api.js";
import { DeclineDialog, declinedNotice } from "./decline-dialog.js";
import { h, userText } from "./dom.js";
import { Draft } from "./draft.js";
import { EditDraft, editCalls, isEditable } from "./edit-form.js";
import { FeedbackElement } from "./feedback-element.js";
import { requestDetails } from "./feedback-requests.js";
import { impossibleAction } from "./feedback-tab.js";
import { giveForm, thanksNotice } from "./give-form.js";
import { GivenFeedback } from "./given-feedback.js";
import { problemNotice } from "./notice.js";
import { parseStars } from "./prefill.js";
import { Problem } from "./problem.js";
import { unsentComment } from "./ratings-form.js";
import { wayToContract } from "./ways.js";

/**
 * <feedback-form>: loads a contract and shows the form, or why feedback is not possible. For whoever holds an e-mail's
 * link (property `linkToken`), or for a signed-in client (attribute `contract-id`, property `token`).
 * The attribute `rating` suggests stars, and `decline` opens the dialog to decline the request. What was given can be
 * edited for a while. Emits `feedback-given`, `feedback-corrected`, `request-declined` and `request-preference-changed`.
 */
export class FeedbackForm extends FeedbackElement {
  static observedAttributes = [...FeedbackElement.observedAttributes, "contract-id", "rating", "decline"];
  static properties = [...FeedbackElement.properties, "linkToken"];

  #linkToken;
  /** What the form was made from: path, person, attributes and response; null while there is no form. */
  #rendered = null;
  #settledPath = null;
  /** What was given earlier through the link, and its path; null if that is not shown. */
  #earlier = null;

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

  /**
   * Once the feedback is published or the request declined, that stays until the element is about something else. So
   * does a form to edit what was given earlier.
   */
  get #isSettled() {
    const editedPath = this.#earlier?.given.isEditing ? this.#earlier.path : null;
    return this.missing.length === 0 && [this.#settledPath, editedPath].includes(this.#path);
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
    const state = stateOf([this.#path, this.person, this.getAttribute("rating"), isToDecline, loaded]);
    if (state === this.#rendered) return; // the form stays, and with it the focus and what is being typed
    this.#rendered = state;
    const action = loaded.actions?.give_feedback;
    if (action && !action.eligible) {
      this.show(impossibleAction(this.wording, { name: "give_feedback", ...action }));
      return;
    }
    const request = loaded.request ?? loaded.open_request;
    const decline = request && this.#declineDialog(loaded.contract, request);
    this.show(this.#form(loaded, request, decline), decline?.node);
    if (isToDecline) decline?.open();
  }

  /** A draft belongs to the person who may give the feedback. Nobody else gets to see it. */
  fail(problem) {
    this.forget();
    if (problem.code === "already_answered" && isEditable(problem.body)) return this.#offerToEdit(problem);
    if (problem.code === "already_answered") this.#kept(this.#path).discard();
    const isTheirs = problem.status !== 403 && problem.status !== 404;
    super.fail(problem, ...isTheirs ? this.#unsent(this.#path) : []);
  }

  /**
   * The link was used to give feedback, which it can still edit. The API does not return the feedback: the form begins
   * with what this browser tab gave, else with what was typed in it, else empty.
   */
  #offerToEdit(problem, path = this.#path) {
    const kept = this.#kept(path).typed;
    const given = this.#given(null, path);
    const standing = kept ?? this.#draft(path).typed;
    const above = [problemNotice(this.wording, problem, null), ...this.#unsent(path)];
    given.showUnseen(above, problem.body.correctable_until, standing, Boolean(kept));
    if (new EditDraft(this.#owner, path).typed) given.edit(standing, Boolean(kept));
    this.#earlier = { given, path };
    this.show(given.node);
  }

  /** `feedback` is null if only its link is known. */
  #given(feedback, path) {
    const byLink = { target: path, put: (body, revision) => this.api.put(path, body, revision) };
    return new GivenFeedback(this.wording, {
      waysOut: (problem) => this.waysOut(problem),
      ...this.#linkToken === undefined ? editCalls(this, feedback) : byLink,
      person: this.#owner,
      onedited: (edited) => {
        this.#settledPath = path;
        this.#keep(edited, path);
        this.emit("feedback-corrected", edited);
      },
    });
  }

  /** Drafts belong to a person, or to whoever holds the link. */
  get #owner() {
    return this.#linkToken === undefined ? this.person : "link";
  }

  #draft(path) {
    return new Draft(this.#owner, path);
  }

  /** What this browser tab gave through the link. */
  #kept(path) {
    return new Draft("link", `${path} given`);
  }

  #keep({ ratings, comment, revision }, path) {
    if (this.#linkToken === undefined) return;
    this.#draft(path).discard();
    this.#kept(path).save({ ratings, comment, revision });
  }

  /** Comments that were not sent, to copy. */
  #unsent(path) {
    return [this.#draft(path), new EditDraft(this.#owner, path)]
      .map((draft) => unsentComment(this.wording, draft)).filter(Boolean);
  }

  /** What is written in this form can only go to `path`, whatever the element is about when it is sent. */
  #form({ contract, correctable_until_if_given_now: editableUntil }, request, decline, path = this.#path) {
    return giveForm(this.wording, {
      draft: this.#draft(path),
      send: (body, key) => this.api.post(path, body, key),
      waysOut: (problem) => this.waysOut(problem),
      contract,
      editableUntil,
      intro: contractAndRequest(this.wording, contract, request, decline),
      prefill: parseStars(this.getAttribute("rating")),
      thanks: (feedback) => {
        const given = this.#given(feedback, path);
        given.show(thanksNotice(this.wording, contract), feedback);
        return given.node;
      },
      onsent: (feedback) => {
        this.#settledPath = path;
        this.#keep(feedback, path);
        this.emit("feedback-given", feedback);
      },
    }).node;
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
