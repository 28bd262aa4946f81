/** The contract itself: its header, and the facts in its Details tab. */

import { codeText } from "./api-text.js";
import { h, userText } from "./dom.js";
import { day } from "./time.js";

/** `inbox` is a link to the client's open requests, if there is one. */
export function contractHeader(wording, { contract, viewer }, menu, inbox) {
  return h("header", { class: "contract", part: "header" },
    h("div", {},
      h("h2", { part: "title" }, userText(contract.title)),
      h("p", { class: "hint" },
        contractStatus(wording, contract), " ",
        wording.say(wording.canSay(`parties_${viewer}`) ? `parties_${viewer}` : "parties", names(contract))),
      inbox),
    menu);
}

export function contractDetails(wording, { contract, viewer }) {
  const person = (role) => wording.say(role === viewer ? "person_you" : "person", { name: names(contract)[role] });
  const facts = [
    ["role_client", person("client")],
    ["role_freelancer", person("freelancer")],
    ["started", day(wording, contract.started_at)],
    contract.ended_at && ["ended", day(wording, contract.ended_at)],
    ["contract_id", h("span", { dir: "ltr" }, contract.contract_id)],
  ];
  return h("dl", { class: "facts", part: "details" }, facts.filter(Boolean).map(([name, value]) =>
    h("div", {}, h("dt", {}, wording.say(name)), h("dd", {}, value))));
}

export const contractStatus = (wording, contract) =>
  h("span", { class: `pill ${contract.status}`, part: "status" }, codeText(wording, "status", contract.status));

/** The names of both parties, for texts. A contract in the inbox names no client: it is the viewer. */
export const names = ({ client, freelancer }) =>
  ({ client: client && userText(client.name), freelancer: userText(freelancer.name) });
