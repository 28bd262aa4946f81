/** The classes of the elements, which are registered in `define.js`. */

export { ContractFeedback } from "./contract-feedback.js";
export { FeedbackForm } from "./feedback-form.js";
export { WorkHistory } from "./work-history.js";
