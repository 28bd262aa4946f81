/** The script of all elements: for our other pages, and for pages that embed the elements. */

import { defineElements } from "../elements/define.js";
import { setApiBase } from "../elements/index.js";
import { startPage } from "./page.js";

export * from "../elements/index.js";

setApiBase(new URL("../", import.meta.url));
startPage(document.documentElement.dataset.feedbackPage);
defineElements();
