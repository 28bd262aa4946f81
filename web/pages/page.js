/** Our own pages: each passes what its address says to its element. */

import { recall, remember } from "../elements/session-storage.js";
import { chooseLocale, wordingFor } from "../elements/wording.js";

const PAGES = {
  contract: startContractPage,
  feedback: startFeedbackPage,
  freelancer: startFreelancerPage,
  preferences: startPreferencesPage,
  inbox: startInboxPage,
};

/** Starts the page that `<html data-feedback-page>` names. Pages of marketplaces have no such attribute. */
export function startPage(name) {
  if (!Object.hasOwn(PAGES, name ?? "")) return;
  showLanguage(name);
  const element = document.querySelector("main > :last-child");
  for (const setting of ["sign-in-url", "contract-url"]) {
    const value = settingOf(setting);
    if (value) element.setAttribute(setting, value);
  }
  PAGES[name](element);
}

/** A parameter of the stack, or undefined. */
const settingOf = (name) => document.querySelector(`meta[name="${name}"]`)?.content;

/** The elements follow the page's language, which is the browser's. */
async function showLanguage(name) {
  const html = document.documentElement;
  html.lang = chooseLocale(navigator.languages);
  const wording = await wordingFor(html, {});
  html.lang = wording.locale;
  html.dir = wording.direction;
  document.title = wording.sayText(`${name}_page`);
  document.querySelector("h1").textContent = document.title;
}

function startContractPage(element) {
  element.setAttribute("contract-id", queryParameters().get("id") ?? "");
  element.setAttribute("inbox-url", "inbox");
  withSignedInPerson(element);
}

function startInboxPage(element) {
  setContractUrl(element);
  withSignedInPerson(element);
}

function startFeedbackPage(element) {
  setContractUrl(element);
  withFragment((fragment) => {
    const { token, rating, isToDecline } = readLink(fragment);
    element.setAttribute("rating", rating);
    element.toggleAttribute("decline", isToDecline);
    element.linkToken = token;
  });
}

function startPreferencesPage(element) {
  withFragment((fragment) => {
    element.linkToken = readLink(fragment).token;
  });
}

function startFreelancerPage(element) {
  element.setAttribute("freelancer-id", queryParameters().get("id") ?? "");
  element.toggleAttribute("summary", true);
  element.toggleAttribute("structured-data", settingOf("structured-data") === "true");
}

/** Ours, unless the marketplace has a page of its own for a contract. */
function setContractUrl(element) {
  if (!element.hasAttribute("contract-url")) element.setAttribute("contract-url", "contract?id={contract_id}");
}

const queryParameters = () => new URLSearchParams(location.search);

/**
 * Calls `use` with the part of the address after the #, now and whenever another link opens the same page.
 * Browsers never send this part to a server, so it is the place for credentials.
 */
function withFragment(use) {
  const read = () => use(location.hash.slice(1));
  addEventListener("hashchange", read);
  read();
}

function withSignedInPerson(element) {
  withFragment((fragment) => {
    const token = new URLSearchParams(fragment).get("token");
    if (token) takeToken(token);
    element.token = recall("token");
  });
}

/** Moves the token from the address to session storage: out of the history, bookmarks and sight. */
function takeToken(token) {
  remember("token", token);
  history.replaceState(history.state, "", location.pathname + location.search);
}

/**
 * The link's token and the suggested stars, each "" if there is none, and whether the link is the one to decline. Mail
 * programs and people escape links, and leave a full stop or a bracket behind them.
 */
function readLink(fragment) {
  const text = unescapePercents(fragment);
  const token = /\bt=([\w.-]+)/.exec(text)?.[1] ?? "";
  return {
    token: token.replace(/\.+$/, ""),
    rating: /\brating=([1-5])(?!\w|\.\w)/.exec(text)?.[1] ?? "",
    isToDecline: /\bdecline=1(?!\w|\.\w)/.test(text),
  };
}

function unescapePercents(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
