/** The one script of all pages, which is also what other sites load: the elements, and the page that is open. */

import { startContractPage } from "./contract-page.js";
import { startFeedbackPage } from "./feedback-page.js";
import { startFreelancerPage } from "./freelancer-page.js";
import "../elements/define.js";

export * from "../elements/index.js";

const PAGES = { contract: startContractPage, feedback: startFeedbackPage, freelancer: startFreelancerPage };

PAGES[document.documentElement.dataset.feedbackPage]?.();
