import { Api } from "./api.js";
import { h } from "./dom.js";
import { failure } from "./notice.js";
import { renewDistances } from "./time.js";
import { language, say } from "./wording.js";

const MINUTE_MS = 60_000;

/** One constructed stylesheet for all: a strict policy allows it, and nothing is ever shown unstyled. */
const styles = await fetch(new URL("elements.css", import.meta.url));
const sheet = await new CSSStyleSheet().replace(await styles.text());

/**
 * What the three elements share: a styled shadow root, the API, and loading with its failures.
 * A subclass says what to `load` and how to `render` it.
 */
export class FeedbackElement extends HTMLElement {
  static properties = ["token"];

  #root = h("div", { class: "root", part: "root", lang: language });
  #clock = null;
  #token;
  #turn = 0;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#root);
  }

  connectedCallback() {
    for (const name of this.constructor.properties) this.#adopt(name);
    this.#clock = setInterval(() => this.tick(), MINUTE_MS);
    this.refresh();
  }

  disconnectedCallback() {
    clearInterval(this.#clock);
    this.#clock = null;
  }

  attributeChangedCallback() {
    this.refresh();
  }

  /** The caller's JWT, or a function that returns (a promise of) one; null when there is none. */
  get token() {
    return this.#token;
  }

  set token(token) {
    this.#token = token;
    this.refresh();
  }

  get api() {
    return new Api(this.getAttribute("api-base"), this.token);
  }

  /** Until the embedding page has supplied what it must, there is nothing to ask the API. */
  get isReady() {
    return true;
  }

  /**
   * Loads and renders anew, once the element is in a page and has what it needs.
   * `onfail` is for callers who would rather keep what is shown.
   */
  async refresh(onfail = (problem) => this.fail(problem)) {
    if (!this.#clock) return;
    if (!this.#root.hasChildNodes()) this.show(h("p", { class: "loading" }, say("loading")));
    if (!this.isReady) return;
    const turn = ++this.#turn;
    try {
      const loaded = await this.load();
      if (turn === this.#turn) this.render(loaded);
    } catch (problem) {
      if (turn === this.#turn) onfail(problem);
    }
  }

  fail(problem) {
    this.show(failure(problem, () => this.refresh()));
  }

  show(...nodes) {
    this.#root.replaceChildren(...nodes.filter(Boolean));
  }

  tick() {
    renewDistances(this.#root);
  }

  /** Lets the page hear what happened: element.addEventListener("feedback-given", …). */
  announce(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** A property set before this class was defined would otherwise hide its setter for good. */
  #adopt(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }
}
