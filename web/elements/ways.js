import { h } from "./dom.js";

const NEEDS_SIGN_IN = ["signed_out", "link_invalid", "link_superseded"];

/**
 * Where somebody can go on after a call failed: to sign in, or to the contract. The embedding page says where that is
 * by the element's attributes `sign-in-url` (with `{return_url}`) and `contract-url` (with `{contract_id}`).
 */
export function waysOut(wording, element, { code, body }) {
  const signIn = NEEDS_SIGN_IN.includes(code) && element.getAttribute("sign-in-url");
  return [
    signIn && link(wording.say("sign_in"), signIn, "{return_url}", location.href),
    body?.can_give_feedback && wayToContract(wording, element, body.contract_id),
  ].filter(Boolean);
}

/** A link to a contract, or null if the embedding page does not say where contracts are. */
export function wayToContract(wording, element, contractId) {
  const url = element.getAttribute("contract-url");
  return url ? link(wording.say("to_contract"), url, "{contract_id}", contractId) : null;
}

const link = (label, template, placeholder, value) => h("p", {},
  h("a", { href: template.replace(placeholder, () => encodeURIComponent(value)), part: "link" }, label));
