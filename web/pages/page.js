/** What the three pages have in common: a title in the reader's language, and parameters in the address. */

import { language, sayText } from "../elements/wording.js";

export function setTitle(key) {
  document.documentElement.lang = language;
  document.title = sayText(key);
  document.querySelector("h1").textContent = sayText(key);
}

export const queryParameters = () => new URLSearchParams(location.search);

/**
 * Calls `use` with the parameters after the #, now and whenever another link opens the same page.
 * Browsers never send this part of an address to a server, so it is the place for credentials.
 */
export function withFragment(use) {
  const read = () => use(new URLSearchParams(location.hash.slice(1)));
  addEventListener("hashchange", read);
  read();
}
