import { path } from "./api.js";
import { now } from "./clock.js";
import { contractDetails, contractHeader } from "./contract-facts.js";
import { h, userText } from "./dom.js";
import { Draft } from "./draft.js";
import { FeedbackElement } from "./feedback-element.js";
import { requestDetails } from "./feedback-requests.js";
import { feedbackTab, viewerAction } from "./feedback-tab.js";
import { overflowMenu } from "./menu.js";
import { RatingsForm, unsentComment } from "./ratings-form.js";
import { RequestDialog } from "./request-dialog.js";
import { Tabs } from "./tabs.js";

/** The API may see a deadline pass a little later than we do. After that, there is no use in asking again. */
const GRACE_MS = 60_000;

/**
 * <contract-feedback contract-id>: the Contract Room's header, ⋯ menu and tabs, as seen by the client or freelancer
 * to whom the property `token` belongs. Emits `feedback-given` and `feedback-requested`.
 */
export class ContractFeedback extends FeedbackElement {
  static observedAttributes = [...FeedbackElement.observedAttributes, "contract-id"];

  /** What the API last said: contract, viewer, actions, requests, feedback. null before and after an error. */
  #state = null;
  #askedAt;
  /** The open RatingsForm, or null. */
  #form;
  /** Containers that stay while their content is replaced, so that a refresh does not destroy a half-filled form. */
  #regions;
  #tabs;
  #onvisible = () => document.visibilityState === "visible" && this.#refreshQuietly();

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onvisible);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onvisible);
  }

  get missing() {
    return [
      this.token === undefined && "the property token",
      !this.hasAttribute("contract-id") && "the attribute contract-id",
    ].filter(Boolean);
  }

  get #feedbackPath() {
    return path`contracts/${this.getAttribute("contract-id")}/feedback`;
  }

  /** What is written can only go to the contract that is shown, also when the attribute names another by then. */
  get #shownPath() {
    return path`contracts/${this.#state.contract.contract_id}/feedback`;
  }

  load() {
    return this.api.get(this.#feedbackPath);
  }

  forget() {
    this.#state = null;
  }

  fail(problem) {
    this.forget();
    super.fail(problem);
  }

  render(state) {
    const before = this.#state;
    this.#askedAt = now();
    this.#state = { ...state, person: this.person };
    if (viewOf(this.#state) !== viewOf(before)) this.#buildRegions();
    if (JSON.stringify(this.#state) !== JSON.stringify(before)) this.#fillRegions();
  }

  /** Requests expire and waiting times end while the page is open. */
  tick() {
    super.tick();
    const hasPassed = (instant) => Date.parse(instant) <= now() && Date.parse(instant) > this.#askedAt - GRACE_MS;
    if (this.#state && changeTimes(this.#state).some(hasPassed)) this.#refreshQuietly();
  }

  /** Shows what has changed. If loading fails, what is shown stays. */
  #refreshQuietly() {
    return this.refresh(() => {});
  }

  #buildRegions() {
    this.#regions = {
      header: h("div"), input: stack(), dialog: h("div"), feedback: stack(), details: stack(),
      announcement: h("p", { role: "status", class: "announcement", tabindex: -1 }),
    };
    const { header, announcement, input, dialog, feedback, details } = this.#regions;
    this.#tabs = new Tabs(this.wording.sayText("sections"), [
      { label: this.wording.say("tab_feedback"), panel: [announcement, input, feedback] },
      { label: this.wording.say("tab_details"), panel: details },
    ]);
    this.show(header, this.#tabs.node, dialog);
    this.#restoreDraft();
  }

  #fillRegions() {
    const action = viewerAction(this.#state);
    const startAction = () => this.#startAction(action);
    this.#regions.header.replaceChildren(contractHeader(this.wording, this.#state,
      overflowMenu(this.wording, action ? [{ label: this.wording.say(action.name), run: startAction }] : [])));
    this.#regions.feedback.replaceChildren(...feedbackTab(this.wording, this.#state, this.#form ? null : startAction));
    this.#regions.details.replaceChildren(contractDetails(this.wording, this.#state));
  }

  /** If the action is not possible, the focus goes to the text that says why. */
  #startAction({ name, eligible }) {
    this.#tabs.selectFirst();
    if (this.#form) this.#form.focus();
    else if (!eligible) this.#regions.feedback.querySelector(".target").focus();
    else if (name === "give_feedback") this.#giveFeedback();
    else this.#requestFeedback();
  }

  #giveFeedback() {
    this.#openForm();
    this.#fillRegions();
    this.#form.focus();
  }

  /** After a reload while the client was writing, the form opens again with what they wrote. */
  #restoreDraft() {
    this.#form = null;
    const draft = new Draft(this.person, this.#shownPath);
    if (this.#state.viewer !== "client" || !draft.typed) return;
    if (viewerAction(this.#state)?.eligible) this.#openForm();
    else this.#regions.input.append(unsentComment(this.wording, draft) || "");
  }

  #openForm() {
    const path = this.#shownPath;
    this.#form = new RatingsForm(this.wording, {
      draft: new Draft(this.person, path),
      send: (body, key) => this.api.post(path, body, key),
      waysOut: (problem) => this.waysOut(problem),
      contract: this.#state.contract,
      intro: this.#state.open_request && requestDetails(this.wording, this.#state.open_request),
      oncancel: () => this.#closeForm(),
      onpublished: (feedback) => {
        this.emit("feedback-given", feedback);
        this.#refreshQuietly();
      },
    });
    this.#regions.input.replaceChildren(this.#form.node);
  }

  #closeForm() {
    this.#form = null;
    this.#regions.input.replaceChildren();
    this.#fillRegions();
    this.#regions.feedback.querySelector("button")?.focus();
  }

  #requestFeedback() {
    const { client, contract_id: contractId } = this.#state.contract;
    const requestsPath = path`contracts/${contractId}/feedback-requests`;
    const dialog = new RequestDialog(this.wording, {
      draft: new Draft(this.person, requestsPath),
      send: (body, key) => this.api.post(requestsPath, body, key),
      client: client.name,
      onsent: (request) => {
        this.#regions.announcement.replaceChildren(
          ...this.wording.say("request_sent", { client: userText(client.name) }));
        this.#regions.announcement.focus();
        this.emit("feedback-requested", request);
      },
      onclose: () => this.#refreshQuietly(),
    });
    this.#regions.dialog.replaceChildren(dialog.node);
    dialog.open();
  }
}

const stack = () => h("div", { class: "stack" });

/** Which contract is seen by whom. While this stays the same, so do the regions. */
const viewOf = (state) => state && `${state.contract.contract_id} ${state.viewer} ${state.person}`;

/** The instants from which `state` is out of date. */
const changeTimes = ({ open_request: request, actions }) =>
  [request?.expires_at, actions.give_feedback.eligible_at, actions.request_feedback.eligible_at].filter(Boolean);
