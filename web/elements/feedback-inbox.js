import { h } from "./dom.js";
import { InboxEntry } from "./inbox-entry.js";
import { LiveElement } from "./live-element.js";
import { after, moreForm } from "./more-form.js";
import { notice } from "./notice.js";

/** What the API returns without a limit, and at most. */
const PAGE = 20;
const LARGEST_PAGE = 100;
/** Pages can be empty although another follows. After so many of them, a person decides whether to go on. */
const EMPTY_PAGES = 3;

/**
 * <feedback-inbox>: the requests that wait for the client to whom the property `token` belongs, on all contracts,
 * soonest deadline first. Each can be answered or declined there. The attribute `contract-url` leads to the contracts.
 * Emits `feedback-given`, `feedback-corrected`, `request-declined` and `request-preference-changed`.
 */
export class FeedbackInbox extends LiveElement {
  /** What is shown, by request ID. */
  #entries = new Map();
  /** Whose requests these are. */
  #owner = null;
  #cursor = null;
  #count = h("p", { class: "hint", role: "status" });
  #list = h("ul", { class: "requests", role: "list" }); // Safari needs the role, since the list has no bullets
  #more = h("div");
  #dialog = h("div");

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
    super.render();
    const before = this.#entries;
    const listed = new Set(page.requests.map((request) => request.request_id));
    const inUse = [...before].filter(([id, entry]) => entry.isInUse && !listed.has(id));
    this.#entries = new Map(inUse);
    for (const request of page.requests) this.#add(request, before.get(request.request_id));
    this.#showList(page.next_cursor);
  }

  get changeTimes() {
    return [...this.#entries.values()].filter((entry) => !entry.isInUse).map((entry) => entry.expiresAt);
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
      oncancel: () => this.refreshQuietly(),
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
    const show = (page) => {
      const [first] = page.requests.map((request) => this.#add(request, this.#entries.get(request.request_id)));
      this.#showList(page.next_cursor);
      return first;
    };
    return moreForm(this.wording, {
      load: () => this.#loadPage(after(cursor)), show, waysOut: (problem) => this.waysOut(problem),
    });
  }

  #openDialog(dialog) {
    this.#dialog.replaceChildren(dialog.node);
    dialog.open();
  }
}

/** Makes `nodes` the children of `parent`. One that stays in its place is not moved, and so keeps the focus. */
function arrange(parent, nodes) {
  for (const child of [...parent.children]) if (!nodes.includes(child)) child.remove();
  for (const [place, node] of nodes.entries()) {
    if (parent.children[place] !== node) parent.insertBefore(node, parent.children[place] ?? null);
  }
}
