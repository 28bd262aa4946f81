/** Registers the elements when it is imported. Servers that render pages have no registry, and do nothing. */

import { defineElements } from "./elements/define.js";

if (globalThis.customElements) defineElements();
