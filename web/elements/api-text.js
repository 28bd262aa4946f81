/** Texts and codes that come from the API. A newer API may send codes that these pages do not know. */

import { h } from "./dom.js";
import { canSay, say } from "./wording.js";

/** Text that the API wrote: always English, whatever language the page is in. */
export const apiText = (text) => h("span", { lang: "en" }, text);

/** The text `family_code`, or the code itself ("on_hold" as "on hold") if there is none. */
export function codeText(family, code) {
  const key = `${family}_${code}`;
  return canSay(key) ? say(key) : apiText(String(code).replaceAll("_", " "));
}
