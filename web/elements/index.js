/** The custom elements as classes. Importing this module has no effect; `define.js` registers them. */

export { setApiBase } from "./api.js";
export { ContractFeedback } from "./contract-feedback.js";
export { FeedbackForm } from "./feedback-form.js";
export { FeedbackInbox } from "./feedback-inbox.js";
export { FeedbackSummary } from "./feedback-summary.js";
export { WorkHistory } from "./work-history.js";
