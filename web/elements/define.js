/** Registers the elements, unless another script has done so. */

import { ContractFeedback, FeedbackForm, WorkHistory } from "./index.js";

const ELEMENTS = { "contract-feedback": ContractFeedback, "feedback-form": FeedbackForm, "work-history": WorkHistory };

for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}
