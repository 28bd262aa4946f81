import { Problem, path } from "./api.js";
import { h, userText } from "./dom.js";
import { Draft } from "./draft.js";
import { FeedbackElement } from "./feedback-element.js";
import { feedbackEntry } from "./feedback-entry.js";
import { requestDetails } from "./feedback-requests.js";
import { notice, problemNotice } from "./notice.js";
import { parseStars } from "./prefill.js";
import { RatingsForm, unsentComment } from "./ratings-form.js";
import { reasonList } from "./reasons.js";
import { say } from "./wording.js";

/**
 * <feedback-form>: loads a contract and shows its RatingsForm, or why feedback is not possible. For whoever holds an
 * e-mail's link (property `linkToken`), or for a signed-in client (attribute `contract-id`, property `token`).
 * The attribute `rating` suggests stars. Emits `feedback-given` with the feedback.
 */
export class FeedbackForm extends FeedbackElement {
  static observedAttributes = ["contract-id", "rating"];
  static properties = ["token", "linkToken"];

  #linkToken;
  /** What the form was made from: path, suggested stars and response; null while there is no form. */
  #rendered = null;
  #publishedPath = null;

  get linkToken() {
    return this.#linkToken;
  }

  set linkToken(token) {
    if (token === this.#linkToken) return;
    this.#linkToken = token;
    this.changeSubject();
  }

  /** Once feedback is published, the thanks stay until the element is about something else. */
  get isReady() {
    const isSet = this.#linkToken !== undefined || (this.token !== undefined && this.hasAttribute("contract-id"));
    return isSet && this.#publishedPath !== this.#path;
  }

  get #path() {
    return this.#linkToken === undefined
      ? path`contracts/${this.getAttribute("contract-id")}/feedback`
      : path`feedback-links/${this.#linkToken}`;
  }

  async load() {
    if (this.#linkToken === "") throw new Problem(404, { code: "link_invalid" });
    const loaded = await this.api.get(this.#path);
    if (loaded.viewer && loaded.viewer !== "client") throw new Problem(403, { code: "not_the_client" });
    return loaded;
  }

  /** `loaded` describes the link's request, or (signed in) the Feedback tab. Only the latter has `actions`. */
  render(loaded) {
    const state = JSON.stringify([this.#path, this.getAttribute("rating"), loaded]);
    if (state === this.#rendered) return; // the form stays, and with it the focus and what is being typed
    this.#rendered = state;
    const action = loaded.actions?.give_feedback;
    this.show(action && !action.eligible
      ? notice("plain", say("not_now_give_feedback"), reasonList(action.reasons))
      : this.#form(loaded.contract, loaded.request ?? loaded.open_request));
  }

  /** A draft belongs to the person who may give the feedback. Nobody else gets to see it. */
  fail(problem) {
    this.#rendered = null;
    const isTheirs = problem.status !== 403 && problem.status !== 404;
    this.show(problemNotice(problem, () => this.refresh()), isTheirs && unsentComment(new Draft(this.#path)));
  }

  /** What is written in this form can only go to `path`, whatever the element is about when it is sent. */
  #form(contract, request, path = this.#path) {
    const form = new RatingsForm({
      draft: new Draft(path),
      send: (body, key) => this.api.post(path, body, key),
      freelancer: contract.freelancer.name,
      intro: contractAndRequest(contract, request),
      prefill: parseStars(this.getAttribute("rating")),
      onpublished: (feedback) => {
        this.#publishedPath = path;
        form.node.append(feedbackEntry(feedback, "h3"));
        this.emit("feedback-given", feedback);
      },
    });
    return form.node;
  }
}

const contractAndRequest = (contract, request) => h("section", { class: "stack", part: "intro" },
  h("p", { part: "title" }, userText(contract.title)),
  request && requestDetails(request));
