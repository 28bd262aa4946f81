import { AnswerForm, unsent } from "./answer-form.js";
import { path } from "./api.js";
import { contractDetails, contractHeader } from "./contract-facts.js";
import { h, person } from "./dom.js";
import { Draft } from "./draft.js";
import { FeedbackElement } from "./element.js";
import { feedbackTab, ownAction } from "./feedback-tab.js";
import { overflowMenu } from "./menu.js";
import { RequestDialog } from "./request-dialog.js";
import { requestTerms } from "./requests.js";
import { Tabs } from "./tabs.js";
import { say, sayText } from "./wording.js";

/**
 * <contract-feedback contract-id>: the Contract Room's header, ⋯ menu and Feedback tab, as the party
 * sees it to whom the property `token` belongs. Fires `feedback-given` and `feedback-requested`.
 */
export class ContractFeedback extends FeedbackElement {
  static observedAttributes = ["contract-id"];

  #tab;
  #form;
  /** What stays while the rest is drawn anew: news from elsewhere must not cost anyone a half-filled form. */
  #places;
  #tabs;
  #onvisible = () => document.visibilityState === "visible" && this.#look();

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onvisible);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onvisible);
  }

  get isReady() {
    return this.token !== undefined && this.hasAttribute("contract-id");
  }

  get #feedbackPath() {
    return path`contracts/${this.getAttribute("contract-id")}/feedback`;
  }

  load() {
    return this.api.get(this.#feedbackPath);
  }

  fail(problem) {
    this.#tab = null;
    super.fail(problem);
  }

  render(tab) {
    const before = this.#tab;
    this.#tab = tab;
    if (who(tab) !== who(before)) this.#furnish();
    if (JSON.stringify(tab) !== JSON.stringify(before)) this.#draw();
  }

  /** Deadlines and waiting times end while the page is open. */
  tick() {
    super.tick();
    if (this.#tab && turningPoints(this.#tab).some((instant) => Date.parse(instant) <= Date.now())) this.#look();
  }

  /** Sees whether anything changed. If that fails, what is shown stays. */
  #look() {
    return this.refresh(() => {});
  }

  #furnish() {
    this.#places = {
      header: h("div"), task: stack(), feedback: stack(), details: stack(),
      news: h("p", { role: "status", class: "news", tabindex: -1 }),
    };
    const { header, news, task, feedback, details } = this.#places;
    this.#tabs = new Tabs(sayText("sections"), [
      { label: say("tab_feedback"), panel: [news, task, feedback] },
      { label: say("tab_details"), panel: details },
    ]);
    this.show(header, this.#tabs.node);
    this.#resume();
  }

  #draw() {
    const action = ownAction(this.#tab);
    const act = () => this.#act(action);
    const { contract } = this.#tab;
    this.#places.header.replaceChildren(
      contractHeader(contract, overflowMenu(action ? [{ label: say(action.name), run: act }] : [])));
    this.#places.feedback.replaceChildren(...feedbackTab(this.#tab, this.#form ? null : act));
    this.#places.details.replaceChildren(contractDetails(contract));
  }

  #act({ name, eligible }) {
    this.#tabs.selectFirst();
    if (this.#form) this.#form.focus();
    else if (!eligible) this.#places.feedback.querySelector(".why-not").focus();
    else if (name === "give_feedback") this.#give();
    else this.#ask();
  }

  #give() {
    this.#openForm();
    this.#draw();
    this.#form.focus();
  }

  /** A reload in the middle of writing comes back to the writing. */
  #resume() {
    this.#form = null;
    const draft = new Draft(this.#feedbackPath);
    if (this.#tab.viewer !== "client" || !draft.typed) return;
    if (ownAction(this.#tab).eligible) this.#openForm();
    else this.#places.task.append(unsent(draft) || "");
  }

  #openForm() {
    const path = this.#feedbackPath;
    this.#form = new AnswerForm({
      draft: new Draft(path),
      send: (body, key) => this.api.post(path, body, key),
      freelancer: this.#tab.contract.freelancer.name,
      intro: this.#tab.open_request && requestTerms(this.#tab.open_request),
      oncancel: () => this.#closeForm(),
      onpublished: (feedback) => {
        this.announce("feedback-given", feedback);
        this.#look();
      },
    });
    this.#places.task.replaceChildren(this.#form.node);
  }

  #closeForm() {
    this.#form = null;
    this.#places.task.replaceChildren();
    this.#draw();
    this.#places.feedback.querySelector("button")?.focus();
  }

  #ask() {
    const { client, contract_id: contractId } = this.#tab.contract;
    const requests = path`contracts/${contractId}/feedback-requests`;
    const dialog = new RequestDialog({
      draft: new Draft(requests),
      send: (body, key) => this.api.post(requests, body, key),
      client: client.name,
      onsent: (request) => {
        this.#places.news.replaceChildren(...say("request_sent", { client: person(client.name) }));
        this.#places.news.focus();
        this.announce("feedback-requested", request);
      },
      onclose: () => this.#look(),
    });
    this.#places.task.replaceChildren(dialog.node);
    dialog.open();
  }
}

const stack = () => h("div", { class: "stack" });

const who = (tab) => tab && `${tab.contract.contract_id} ${tab.viewer}`;

const turningPoints = ({ open_request: request, actions }) =>
  [request?.expires_at, actions.give_feedback.eligible_at, actions.request_feedback.eligible_at].filter(Boolean);

customElements.define("contract-feedback", ContractFeedback);
