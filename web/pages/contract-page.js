import "./contract-feedback.js";
import { queryParameters, setTitle, withFragment } from "./page.js";
import { recall, remember } from "./session-storage.js";

const element = document.querySelector("contract-feedback");

/** Moves the token from the address to session storage: out of the history, bookmarks and sight. */
function takeToken(token) {
  remember("token", token);
  history.replaceState(history.state, "", location.pathname + location.search);
}

setTitle("contract_page");
element.setAttribute("contract-id", queryParameters().get("id") ?? "");
withFragment((parameters) => {
  const token = parameters.get("token");
  if (token) takeToken(token);
  element.token = recall("token");
});
