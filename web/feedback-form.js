import { AnswerForm, unsent } from "./answer-form.js";
import { Problem, path } from "./api.js";
import { h, person } from "./dom.js";
import { Draft } from "./draft.js";
import { FeedbackElement } from "./element.js";
import { feedbackEntry } from "./feedback-entry.js";
import { failure, notice, reasonList } from "./notice.js";
import { starsIn } from "./prefill.js";
import { requestTerms } from "./requests.js";
import { say } from "./wording.js";

/**
 * <feedback-form>: feedback by the link of an e-mail (property `linkToken`), or by a signed-in client
 * (attribute `contract-id`, property `token`). Attribute `rating`: stars to suggest.
 * Fires `feedback-given` with the feedback.
 */
export class FeedbackForm extends FeedbackElement {
  static observedAttributes = ["contract-id"];
  static properties = ["token", "linkToken"];

  #linkToken;

  get linkToken() {
    return this.#linkToken;
  }

  set linkToken(token) {
    this.#linkToken = token;
    this.refresh();
  }

  get isReady() {
    return this.#linkToken !== undefined || (this.token !== undefined && this.hasAttribute("contract-id"));
  }

  get #path() {
    return this.#linkToken === undefined
      ? path`contracts/${this.getAttribute("contract-id")}/feedback`
      : path`feedback-links/${this.#linkToken}`;
  }

  async load() {
    if (this.#linkToken === "") throw new Problem(404, { code: "link_invalid" });
    const loaded = await this.api.get(this.#path);
    if (loaded.viewer === "freelancer") throw new Problem(403, { code: "not_the_client" });
    return loaded;
  }

  /** `loaded` is what is being asked (by link) or the Feedback tab (signed in). */
  render(loaded) {
    const refused = loaded.actions && !loaded.actions.give_feedback.eligible;
    this.show(refused
      ? notice("plain", say("not_now_give_feedback"), reasonList(loaded.actions.give_feedback.reasons))
      : this.#form(loaded.contract, loaded.request ?? loaded.open_request));
  }

  fail(problem) {
    this.show(failure(problem, () => this.refresh()), unsent(new Draft(this.#path)));
  }

  #form(contract, request) {
    const form = new AnswerForm({
      draft: new Draft(this.#path),
      send: (body, key) => this.api.post(this.#path, body, key),
      freelancer: contract.freelancer.name,
      intro: asked(contract, request),
      prefill: starsIn(this.getAttribute("rating")),
      onpublished: (feedback) => {
        form.node.append(feedbackEntry(feedback, "h3"));
        this.announce("feedback-given", feedback);
      },
    });
    return form.node;
  }
}

const asked = (contract, request) => h("section", { class: "stack", part: "asked" },
  h("p", { part: "title" }, person(contract.title)),
  request && requestTerms(request));

customElements.define("feedback-form", FeedbackForm);
