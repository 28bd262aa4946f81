/** The script of the pages behind an e-mail's links: a phone loads nothing for them that only other pages need. */

import { setApiBase } from "../elements/api.js";
import { FeedbackForm } from "../elements/feedback-form.js";
import { EmailPreferences } from "./email-preferences.js";
import { startPage } from "./page.js";

setApiBase(new URL("../", import.meta.url));
startPage(document.documentElement.dataset.feedbackPage);
customElements.define("feedback-form", FeedbackForm);
customElements.define("email-preferences", EmailPreferences);
