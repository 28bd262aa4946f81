import { Api, hasApiBase } from "./api.js";
import { Credential } from "./credential.js";
import { h } from "./dom.js";
import css from "./elements.css";
import { problemNotice } from "./notice.js";
import { Problem } from "./problem.js";
import { updateTimes } from "./time.js";
import { waysOut } from "./ways.js";
import { wordingFor } from "./wording.js";

const MINUTE_MS = 60_000;
/** Until then, a framework may still set what an element needs. */
const PATIENCE_MS = 5_000;
/** Frameworks set functions anew at every render, so at every keystroke. Their token is looked at after a pause. */
const PAUSE_MS = 1_000;

/** Attributes that frameworks make of properties, if they render before this script runs. */
const PROPERTY_BY_ATTRIBUTE = { "token": "token", "linktoken": "linkToken", "link-token": "linkToken", "texts": "texts" };
/** Of a function, promise or object, an attribute has only the source, or "[object Object]". */
const TOKEN = /^[\w.~+/-]*=*$/;

/** One constructed stylesheet for all elements, which strict content policies allow. Made for the first element. */
let sheet = null;

function styles() {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
  return sheet;
}

/** Outside browsers, where frameworks render pages on a server, the classes exist but cannot be used. */
const Base = globalThis.HTMLElement ?? class {};

/**
 * The base class of the custom elements: a styled shadow root, the API, language, and loading with its errors.
 * A subclass defines `load`, which fetches data, `render`, which shows it, and `missing`.
 */
export class FeedbackElement extends Base {
  static observedAttributes = ["api-base", "lang", ...Object.keys(PROPERTY_BY_ATTRIBUTE)];
  static properties = ["token", "texts"];

  #root = h("div", { class: "root", part: "root" });
  #minutes = null;
  #complaint = null;
  #check = null;
  #token;
  #credential;
  #texts = {};
  #wording = null;
  #loads = 0;
  #hasFailed = false;
  #darkSystem = matchMedia("(prefers-color-scheme: dark)");
  #onscheme = () => this.#followScheme();
  #ononline = () => this.#hasFailed && this.refresh();

  constructor() {
    super();
    const sheets = [styles()]; // where this throws, in older browsers, what the page has inside the tag stays visible
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = sheets;
    shadow.append(this.#root);
  }

  connectedCallback() {
    this.#followScheme();
    this.#darkSystem.addEventListener("change", this.#onscheme);
    for (const name of this.constructor.properties) this.#upgradeProperty(name);
    this.#minutes = setInterval(() => this.tick(), MINUTE_MS);
    addEventListener("online", this.#ononline);
    this.refresh();
  }

  disconnectedCallback() {
    clearInterval(this.#minutes);
    clearTimeout(this.#complaint);
    clearTimeout(this.#check);
    removeEventListener("online", this.#ononline);
    this.#darkSystem.removeEventListener("change", this.#onscheme);
    this.#minutes = null;
  }

  attributeChangedCallback(name, before, after) {
    if (before === after) return;
    if (name in PROPERTY_BY_ATTRIBUTE) this.#takeOut(name, after);
    else if (name === "lang") this.refresh();
    else this.changeSubject();
  }

  /** The caller's JWT, a promise of it, or a function that returns either. null if the caller has none. */
  get token() {
    return this.#token;
  }

  /**
   * Frameworks set a property again at every render: a token of the same person changes nothing that is shown. What
   * another person may see is loaded; until then, the API would refuse whatever is sent in the place of the first.
   */
  set token(token) {
    if (token === this.#token) return;
    this.#token = token;
    const isRenewed = this.#credential?.renew(token);
    if (!isRenewed) this.#credential = token === undefined ? undefined : new Credential(token);
    if (!isRenewed || this.#hasFailed) this.refresh();
    else this.#checkPersonLater();
  }

  /** The embedding page's own texts: {en: {publish: "Send"}}. They replace ours, and may add languages. */
  get texts() {
    return this.#texts;
  }

  set texts(texts) {
    if (JSON.stringify(texts) === JSON.stringify(this.#texts)) return;
    this.#texts = texts ?? {};
    this.forget();
    this.refresh();
  }

  get api() {
    return new Api(this.getAttribute("api-base"), this.#credential);
  }

  /** Whom the token names, or null. */
  get person() {
    return this.#credential?.person ?? null;
  }

  /** The texts in this element's language. There before anything is rendered. */
  get wording() {
    return this.#wording;
  }

  /** What the embedding page has not set yet: a list of words for its developer. Nothing is loaded before. */
  get missing() {
    return [];
  }

  /** What to call before everything is rendered anew, though the same is loaded: in another language, for example. */
  forget() {}

  /** The element is about something else now: what it shows can no longer be used, even before the new is loaded. */
  changeSubject() {
    if (this.#waitsFor().length) this.show();
    else this.#root.inert = true; // until it is loaded
    this.refresh();
  }

  /**
   * Loads and renders again, if the element is in a page and has what it needs. Only the newest of several loads is
   * rendered. `onfail` replaces the error message, for callers that would rather keep what is shown.
   */
  async refresh(onfail = (problem) => this.fail(problem)) {
    if (this.#minutes === null || !this.#hasAll()) return;
    const thisLoad = ++this.#loads;
    const isNewest = () => thisLoad === this.#loads;
    const loading = this.load();
    loading.catch(() => {}); // it is awaited below, after the language
    await this.#chooseWording(isNewest);
    if (isNewest() && !this.#root.hasChildNodes()) this.show(h("p", { class: "loading" }, this.wording.say("loading")));
    try {
      const loaded = await loading;
      if (!isNewest()) return;
      this.#hasFailed = false;
      this.render(loaded);
      this.#root.inert = false;
    } catch (error) {
      if (isNewest()) this.#root.inert ? this.fail(error) : onfail(error);
      if (!(error instanceof Problem)) reportError(error); // a bug, or a response that these scripts cannot read
    }
  }

  /** Shows why loading failed, instead of the content. */
  fail(problem, ...details) {
    this.#hasFailed = true;
    const ways = this.waysOut(problem);
    this.show(problemNotice(this.wording, problem, () => this.refresh(), ways), ...details);
  }

  /** Links for somebody whose call failed. */
  waysOut(problem) {
    return waysOut(this.wording, this, problem);
  }

  show(...nodes) {
    this.#root.inert = false;
    this.#root.replaceChildren(...nodes.filter(Boolean));
  }

  /** Runs every minute while the element is in a page. */
  tick() {
    this.#followScheme();
    updateTimes(this.#root);
  }

  /** Dispatches an event that reaches the embedding page: element.addEventListener("feedback-given", …). */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** For browsers without light-dark(): in a page that is dark for whatever reason, the system's text is light. */
  #followScheme() {
    this.#root.style.color = "CanvasText";
    const red = /\d+/.exec(getComputedStyle(this.#root).color)?.[0];
    this.#root.classList.toggle("dark", red > 127);
    this.#root.style.color = "";
  }

  #waitsFor() {
    return [...this.missing, !this.hasAttribute("api-base") && !hasApiBase() && "the attribute api-base"].filter(Boolean);
  }

  /** Whether everything is set. If not, the browser's console says so after a while. */
  #hasAll() {
    clearTimeout(this.#complaint);
    const missing = this.#waitsFor();
    if (missing.length) {
      this.#complaint = setTimeout(
        () => console.warn(`<${this.localName}> shows nothing until you set ${missing.join(" and ")}.`), PATIENCE_MS);
    }
    return missing.length === 0;
  }

  /** A function may return somebody else's token from now on, who may not see what the first one saw. */
  #checkPersonLater() {
    clearTimeout(this.#check);
    this.#check = setTimeout(async () => {
      if (await this.#credential?.isSomebodyElse()) this.refresh();
    }, PAUSE_MS);
  }

  /** Files of languages may arrive in another order than they were asked for. */
  async #chooseWording(isNewest) {
    const wording = await wordingFor(this, this.#texts);
    if (!isNewest()) return;
    const before = this.#wording;
    this.#wording = wording;
    if (before?.locale === wording.locale) return;
    this.#root.lang = wording.language;
    this.#root.dir = wording.direction;
    if (before) this.forget();
  }

  /** Everything in the page can read an attribute, and pages are saved and sent to error trackers with them. */
  #takeOut(name, value) {
    if (value === null) return;
    const property = PROPERTY_BY_ATTRIBUTE[name];
    this.removeAttribute(name);
    const isToken = property !== "texts" && TOKEN.test(value);
    if (isToken) this[property] = value;
    const found = isToken ? "took a token out of its attribute" : "cannot use its attribute";
    console.warn(`<${this.localName}> ${found} ${name}: set the property ${property} instead.`);
  }

  /** A property set before this class was defined hides the setter, so it is deleted and set again. */
  #upgradeProperty(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }
}
