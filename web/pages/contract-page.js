import { queryParameters, setTitle, withFragment } from "./page.js";
import { recall, remember } from "../elements/session-storage.js";

/** Moves the token from the address to session storage: out of the history, bookmarks and sight. */
function takeToken(token) {
  remember("token", token);
  history.replaceState(history.state, "", location.pathname + location.search);
}

export function startContractPage() {
  const element = document.querySelector("contract-feedback");
  setTitle("contract_page");
  element.setAttribute("contract-id", queryParameters().get("id") ?? "");
  withFragment((parameters) => {
    const token = parameters.get("token");
    if (token) takeToken(token);
    element.token = recall("token");
  });
}
