import { Api, Problem } from "./api.js";
import { h } from "./dom.js";
import { problemNotice } from "./notice.js";
import { updateRelativeTimes } from "./time.js";
import { language, say } from "./wording.js";
import styles from "./elements.css";

const MINUTE_MS = 60_000;

/** One constructed stylesheet for all elements, which strict content policies allow. */
const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

/**
 * The base class of the three custom elements: a styled shadow root, the API, and loading with its errors.
 * A subclass defines `load`, which fetches data, and `render`, which shows it.
 */
export class FeedbackElement extends HTMLElement {
  static properties = ["token"];

  #root = h("div", { class: "root", part: "root", lang: language });
  #timer = null;
  #token;
  #loads = 0;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#root);
  }

  connectedCallback() {
    for (const name of this.constructor.properties) this.#upgradeProperty(name);
    this.#timer = setInterval(() => this.tick(), MINUTE_MS);
    this.refresh();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#timer = null;
  }

  attributeChangedCallback(name, before, after) {
    if (before !== after) this.changeSubject();
  }

  /** The caller's JWT, a promise of it, or a function that returns either. null if the caller has none. */
  get token() {
    return this.#token;
  }

  /** Frameworks set a property again at every render: an equal token changes nothing. */
  set token(token) {
    if (token === this.#token) return;
    this.#token = token;
    this.refresh();
  }

  get api() {
    return new Api(this.getAttribute("api-base"), this.token);
  }

  /** False until the embedding page has set every attribute and property that `load` needs. */
  get isReady() {
    return true;
  }

  /** The element is about something else now: what it shows can no longer be used, even before the new is loaded. */
  changeSubject() {
    this.#root.inert = this.isReady; // until it is loaded
    this.refresh();
  }

  /**
   * Loads and renders again, if the element is in a page and ready. Only the newest of several loads is rendered.
   * `onfail` replaces the error message, for callers that would rather keep what is shown.
   */
  async refresh(onfail = (problem) => this.fail(problem)) {
    if (!this.#timer) return;
    if (!this.#root.hasChildNodes()) this.show(h("p", { class: "loading" }, say("loading")));
    if (!this.isReady) return;
    const thisLoad = ++this.#loads;
    try {
      const loaded = await this.load();
      if (thisLoad === this.#loads) {
        this.render(loaded);
        this.#root.inert = false;
      }
    } catch (error) {
      if (thisLoad === this.#loads) (this.#root.inert ? (problem) => this.fail(problem) : onfail)(error);
      if (!(error instanceof Problem)) reportError(error); // a bug, or a response that these scripts cannot read
    }
  }

  /** Shows why loading failed, instead of the content. */
  fail(problem) {
    this.show(problemNotice(problem, () => this.refresh()));
  }

  show(...nodes) {
    this.#root.inert = false;
    this.#root.replaceChildren(...nodes.filter(Boolean));
  }

  /** Runs every minute while the element is in a page. */
  tick() {
    updateRelativeTimes(this.#root);
  }

  /** Dispatches an event that reaches the embedding page: element.addEventListener("feedback-given", …). */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** A property set before this class was defined hides the setter, so it is deleted and set again. */
  #upgradeProperty(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }
}
