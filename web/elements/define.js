/** Registers the custom elements under their names. */

import { ContractFeedback, FeedbackForm, FeedbackInbox, FeedbackSummary, WorkHistory } from "./index.js";

const ELEMENTS = {
  "contract-feedback": ContractFeedback,
  "feedback-form": FeedbackForm,
  "feedback-inbox": FeedbackInbox,
  "feedback-summary": FeedbackSummary,
  "work-history": WorkHistory,
};

/** A name that is taken stays as it is: a page may load this script twice, by two addresses. */
export function defineElements() {
  for (const [name, element] of Object.entries(ELEMENTS)) {
    if (!customElements.get(name)) customElements.define(name, element);
  }
}
