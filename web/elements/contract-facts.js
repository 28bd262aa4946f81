/** The contract itself: its header, and the facts in its Details tab. */

import { codeText } from "./api-text.js";
import { h, userText } from "./dom.js";
import { day } from "./time.js";
import { say } from "./wording.js";

export function contractHeader(contract, menu) {
  return h("header", { class: "contract", part: "header" },
    h("div", {},
      h("h2", { part: "title" }, userText(contract.title)),
      h("p", { class: "hint" },
        contractStatus(contract), " ",
        say("parties", { client: userText(contract.client.name), freelancer: userText(contract.freelancer.name) }))),
    menu);
}

export function contractDetails(contract) {
  const facts = [
    ["role_client", userText(contract.client.name)],
    ["role_freelancer", userText(contract.freelancer.name)],
    ["started", day(contract.started_at)],
    contract.ended_at && ["ended", day(contract.ended_at)],
    ["contract_id", contract.contract_id],
  ];
  return h("dl", { class: "facts", part: "details" }, facts.filter(Boolean).map(([name, value]) =>
    h("div", {}, h("dt", {}, say(name)), h("dd", {}, value))));
}

export const contractStatus = (contract) =>
  h("span", { class: `pill ${contract.status}`, part: "status" }, codeText("status", contract.status));
