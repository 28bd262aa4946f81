import { FeedbackElement } from "./feedback-element.js";
import { describe } from "./structured-data.js";
import { freelancerName, loadSummary, summaryCards } from "./summary.js";

/**
 * <feedback-summary freelancer-id>: a freelancer's average rating, for each kind of feedback. Public. With the attribute
 * `structured-data`, machines can read it, too.
 */
export class FeedbackSummary extends FeedbackElement {
  static observedAttributes = [...FeedbackElement.observedAttributes, "freelancer-id", "structured-data"];

  get missing() {
    return this.hasAttribute("freelancer-id") ? [] : ["the attribute freelancer-id"];
  }

  load() {
    describe(this, null);
    return loadSummary(this.api, this.getAttribute("freelancer-id"));
  }

  render(summary) {
    this.show(freelancerName(summary.name), summaryCards(this.wording, summary));
    describe(this, summary);
  }
}
