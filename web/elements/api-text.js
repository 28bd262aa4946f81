/** Texts and codes that come from the API. A newer API may send codes that these elements do not know. */

import { h } from "./dom.js";

/** Text that the API wrote: always English, whatever language the element is in. */
export const apiText = (text) => h("span", { lang: "en", dir: "ltr" }, text);

/** The text `family_code`, or the code itself ("on_hold" as "on hold") if there is none. */
export function codeText(wording, family, code) {
  const key = `${family}_${code}`;
  return wording.canSay(key) ? wording.say(key) : apiText(String(code).replaceAll("_", " "));
}
