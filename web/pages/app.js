/** The one script that `/app/` serves: for our own pages, and for pages that embed the elements. */

import { defineElements } from "../elements/define.js";
import { setApiBase } from "../elements/index.js";
import { EmailPreferences } from "./email-preferences.js";
import { startPage } from "./page.js";

export * from "../elements/index.js";

setApiBase(new URL("../", import.meta.url));
startPage(document.documentElement.dataset.feedbackPage);
defineElements();
if (!customElements.get("email-preferences")) customElements.define("email-preferences", EmailPreferences);
