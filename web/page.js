/** What the three pages share: their name in the reader's language, and what their address carries. */

import { language, sayText } from "./wording.js";

export function namePage(key) {
  document.documentElement.lang = language;
  document.title = sayText(key);
  document.querySelector("h1").textContent = sayText(key);
}

export const query = () => new URLSearchParams(location.search);

/** What stands behind the # never reaches a server or its logs: the place for credentials. */
export const fragment = () => new URLSearchParams(location.hash.slice(1));

/** Calls now, and again when the same page is opened by another link. */
export function withAddress(use) {
  addEventListener("hashchange", use);
  use();
}
