import { now } from "./clock.js";
import { h } from "./dom.js";
import { FeedbackElement } from "./feedback-element.js";
import { InboxEntry } from "./inbox-entry.js";
import { notice, showProblem } from "./notice.js";
import { SubmitButton } from "./submit-button.js";

/** What the API returns without a limit, and at most. */
const PAGE = 20;
const LARGEST_PAGE = 100;
/** Pages can be empty although another follows. After so many of them, a person decides whether to go on. */
const EMPTY_PAGES = 3;
/** The API may see a deadline pass a little later than we do. After that, there is no use in asking again. */
const GRACE_MS = 60_000;

/**
 * <feedback-inbox>: the requests that wait for the client to whom the property `token` belongs, on all contracts,
 * soonest deadline first. Each can be answered or declined there. The attribute `contract-url` leads to the contracts.
 * Emits `feedback-given`, `request-declined` and `request-preference-changed`.
 */
export class FeedbackInbox extends FeedbackElement {
  /** What is shown, by request ID. */
  #entries = new Map();
  /** Whose requests these are. */
  #owner = null;
  #cursor = null;
  #askedAt;
  #count = h("p", { class: "hint", role: "status" });
  #list = h("ul", { class: "requests", role: "list" }); // Safari needs the role, since the list has no bullets
  #more = h("div");
  #dialog = h("div");
  #onvisible = () => document.visibilityState === "visible" && this.#refreshQuietly();

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#onvisible);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#onvisible);
  }

  get missing() {
    return this.token === undefined ? ["the property token"] : [];
  }

  load() {
    const shown = this.#entries.size;
    return this.#loadPage(shown > PAGE ? `?limit=${Math.min(shown, LARGEST_PAGE)}` : "");
  }

  forget() {
    this.#entries.clear();
  }

  changeSubject() {
    this.forget();
    super.changeSubject();
  }

  fail(problem) {
    this.forget();
    super.fail(problem);
  }

  /** An entry stays as it is, and with it what is being typed, unless its request has changed. */
  render(page) {
    if (this.#owner !== this.person) this.forget();
    this.#owner = this.person;
    this.#askedAt = now();
    const before = this.#entries;
    const listed = new Set(page.requests.map((request) => request.request_id));
    const inUse = [...before].filter(([id, entry]) => entry.isInUse && !listed.has(id));
    this.#entries = new Map(inUse);
    for (const request of page.requests) this.#add(request, before.get(request.request_id));
    this.#showList(page.next_cursor);
  }

  /** Requests expire while the page is open. */
  tick() {
    super.tick();
    const hasPassed = (instant) => Date.parse(instant) <= now() && Date.parse(instant) > this.#askedAt - GRACE_MS;
    const waiting = [...this.#entries.values()].filter((entry) => !entry.isInUse);
    if (waiting.some((entry) => hasPassed(entry.expiresAt))) this.#refreshQuietly();
  }

  /** Shows what has changed. If loading fails, what is shown stays. */
  #refreshQuietly() {
    return this.refresh(() => {});
  }

  async #loadPage(query) {
    let page = await this.api.get(`feedback-requests${query}`);
    for (let empty = 1; empty < EMPTY_PAGES && !page.requests.length && page.next_cursor; empty++) {
      page = await this.api.get(`feedback-requests${after(page.next_cursor)}`);
    }
    return page;
  }

  #add(request, known) {
    const entry = known?.shows(request) ? known : new InboxEntry(this, request, {
      openDialog: (dialog) => this.#openDialog(dialog),
      onsettled: () => this.#showCount(),
      oncancel: () => this.#refreshQuietly(),
    });
    this.#entries.set(request.request_id, entry);
    return entry;
  }

  #showList(cursor) {
    this.#cursor = cursor;
    if (!this.#entries.size && !cursor) {
      this.show(notice("plain", this.wording.say("inbox_empty"), h("p", {}, this.wording.say("inbox_empty_text"))));
      return;
    }
    this.#showCount();
    arrange(this.#list, [...this.#entries.values()].map(({ node }) => node));
    this.#more.replaceChildren(...(cursor ? [this.#moreForm(cursor)] : []));
    if (!this.#list.isConnected) this.show(this.#count, this.#list, this.#more, this.#dialog);
  }

  #showCount() {
    const count = [...this.#entries.values()].filter((entry) => !entry.isSettled).length;
    const key = this.#cursor ? "inbox_first" : "inbox_count";
    const nothing = this.#cursor ? [] : this.wording.say("inbox_empty");
    this.#count.replaceChildren(...(count ? this.wording.say(key, { count }) : nothing));
  }

  #moreForm(cursor) {
    const button = new SubmitButton(this.wording, "show_more", { busyLabel: "loading", variant: "plain" });
    const alert = h("div", { class: "alert" });
    const showMore = async (event) => {
      event.preventDefault();
      try {
        const page = await button.during(() => this.#loadPage(after(cursor)));
        if (!alert.isConnected) return; // meanwhile the element shows another list
        const [first] = page.requests.map((request) => this.#add(request, this.#entries.get(request.request_id)));
        this.#showList(page.next_cursor);
        first?.focus();
      } catch (problem) {
        showProblem(this.wording, alert, problem, this.waysOut(problem));
      }
    };
    return h("form", { onsubmit: showMore }, alert, h("div", { class: "buttons" }, button.node));
  }

  #openDialog(dialog) {
    this.#dialog.replaceChildren(dialog.node);
    dialog.open();
  }
}

const after = (cursor) => `?cursor=${encodeURIComponent(cursor)}`;

/** Makes `nodes` the children of `parent`. One that stays in its place is not moved, and so keeps the focus. */
function arrange(parent, nodes) {
  for (const child of [...parent.children]) if (!nodes.includes(child)) child.remove();
  for (const [place, node] of nodes.entries()) {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  }
}
