import { h } from "./dom.js";

const NEEDS_SIGN_IN = ["signed_out", "link_invalid"];

/**
 * Where somebody can go on after a call failed: to sign in, or to the contract. The embedding page says where that is
 * by the element's attributes `sign-in-url` (with `{return_url}`) and `contract-url` (with `{contract_id}`).
 */
export function waysOut(wording, element, { code, body }) {
  const signIn = NEEDS_SIGN_IN.includes(code) && element.getAttribute("sign-in-url");
  const contract = body?.can_give_feedback && element.getAttribute("contract-url");
  return [
    signIn && link(wording.say("sign_in"), signIn, "{return_url}", location.href),
    contract && link(wording.say("to_contract"), contract, "{contract_id}", body.contract_id),
  ].filter(Boolean);
}

const link = (label, template, placeholder, value) => h("p", {},
  h("a", { href: template.replace(placeholder, () => encodeURIComponent(value)), part: "link" }, label));
