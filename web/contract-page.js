import "./contract-feedback.js";
import { fragment, namePage, query, withAddress } from "./page.js";
import { recall, remember } from "./session.js";

const room = document.querySelector("contract-feedback");

/** The token moves from the address into this tab's memory, away from history, bookmarks and shoulders. */
function takeToken() {
  const token = fragment().get("token");
  if (!token) return;
  remember("token", token);
  history.replaceState(history.state, "", location.pathname + location.search);
}

namePage("contract_page");
room.setAttribute("contract-id", query().get("id") ?? "");
withAddress(() => {
  takeToken();
  room.token = recall("token");
});
