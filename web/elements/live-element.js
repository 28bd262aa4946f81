import { now } from "./clock.js";
import { FeedbackElement } from "./feedback-element.js";

/** The API may see a deadline pass a little later than we do. After that, there is no use in asking again. */
const GRACE_MS = 60_000;

/**
 * An element whose content gets old while the page is open: it loads again when one of its `changeTimes` has passed,
 * and when the reader comes back to the page. A subclass calls `super.render()`.
 */
export class LiveElement extends FeedbackElement {
  #renderedAt;
  #onvisible = () => document.visibilityState === "visible" && this.refreshQuietly();

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onvisible);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onvisible);
  }

  /** The instants at which what is shown changes: requests expire, waiting times end. */
  get changeTimes() {
    return [];
  }

  render() {
    this.#renderedAt = now();
  }

  tick() {
    super.tick();
    const hasPassed = (instant) => Date.parse(instant) <= now() && Date.parse(instant) > this.#renderedAt - GRACE_MS;
    if (this.changeTimes.some(hasPassed)) this.refreshQuietly();
  }

  /** Shows what has changed. If loading fails, what is shown stays. */
  refreshQuietly() {
    return this.refresh(() => {});
  }
}
