/** Whether the client of a contract gets feedback requests. Both parties see it in words. */

import { names } from "./contract-facts.js";
import { h } from "./dom.js";

/** An older API has no `requests_muted`. After the end of a contract, there are no requests to turn off. */
export const canSetMuted = ({ viewer, contract, requests_muted: isMuted }) =>
  viewer === "client" && contract.status === "active" && isMuted !== undefined;

/** To the client: that requests are off, with a button to allow them. Nothing while they are on. */
export const mutedNote = (wording, state, setMuted) => canSetMuted(state) && state.requests_muted
  && h("section", { class: "card quiet", part: "muted" },
    h("p", {}, wording.say("requests_muted_client", names(state.contract))),
    h("button", { type: "button", part: "button", onclick: () => setMuted(false) }, wording.say("requests_allow")));
