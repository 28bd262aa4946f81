import { path } from "./api.js";
import { contractStatus } from "./contract-facts.js";
import { h, userText } from "./dom.js";
import { FeedbackElement } from "./feedback-element.js";
import { feedbackEntry } from "./feedback-entry.js";
import { after, moreForm } from "./more-form.js";
import { notice } from "./notice.js";
import { Problem } from "./problem.js";
import { replyTitle } from "./reply.js";
import { describe } from "./structured-data.js";
import { freelancerName, loadSummary, summaryCards } from "./summary.js";
import { day } from "./time.js";

/**
 * <work-history freelancer-id>: a freelancer's contracts, running ones included, each with its feedback. Public. With
 * the attribute `summary`, the summary of all feedback comes first; machines can read it, too, with `structured-data`.
 */
export class WorkHistory extends FeedbackElement {
  static observedAttributes = [...FeedbackElement.observedAttributes, "freelancer-id", "summary", "structured-data"];

  /** What is shown, by contract ID: {contract, node}. */
  #shown = new Map();
  #count = h("p", { class: "hint", role: "status" });
  #list = h("div", { class: "stack" });
  /** The freelancer's. */
  #name;
  /** Holds the "Show more" button while there are more pages. */
  #more = h("div");

  get missing() {
    return this.hasAttribute("freelancer-id") ? [] : ["the attribute freelancer-id"];
  }

  /** Both at once, so that nothing moves when the second arrives. */
  async load() {
    describe(this, null);
    const [page, summary] = await Promise.all([this.#loadPage(""), this.#loadSummary()]);
    return { page, summary };
  }

  render({ page, summary }) {
    if (!page.contracts.length) {
      return this.show(notice("plain", this.wording.say("history_empty"),
        h("p", {}, this.wording.say("history_empty_text"))));
    }
    this.#name = page.name;
    this.#shown.clear();
    this.#list.replaceChildren();
    this.show(
      freelancerName(page.name), this.#summaryCards(summary),
      this.#count, this.#list, this.#more);
    this.#addPage(page);
    if (!(summary instanceof Problem)) describe(this, summary);
  }

  /** null if it is not wanted. If it cannot be loaded, the contracts are shown all the same: the problem is returned. */
  #loadSummary() {
    return this.hasAttribute("summary") ? loadSummary(this.api, this.getAttribute("freelancer-id")).catch(asProblem) : null;
  }

  #summaryCards(summary) {
    if (!(summary instanceof Problem)) return summary && summaryCards(this.wording, summary);
    return h("section", { class: "card quiet", part: "summary" },
      h("p", {}, this.wording.say("summary_missing")),
      h("button", { type: "button", part: "button", onclick: () => this.refresh() }, this.wording.say("try_again")));
  }

  #loadPage(query) {
    return this.api.get(path`freelancers/${this.getAttribute("freelancer-id")}/work-history` + query);
  }

  /** Returns the first section of the page, where the reader continues. */
  #addPage({ contracts, next_cursor: cursor }) {
    const sections = contracts.map((contract) => this.#addContract(contract));
    this.#count.replaceChildren(...this.wording.say("shown", { count: this.#shown.size }));
    this.#more.replaceChildren(...(cursor ? [this.#moreForm(cursor)] : []));
    return sections[0];
  }

  /** A contract whose feedback continues on the next page comes again there; its two parts become one section. */
  #addContract(part) {
    const known = this.#shown.get(part.contract_id);
    const contract = { ...part, feedback: [...(known?.contract.feedback ?? []), ...part.feedback] };
    const node = contractSection(this.wording, contract, this.#name);
    if (known) known.node.replaceWith(node);
    else this.#list.append(node);
    this.#shown.set(part.contract_id, { contract, node });
    return node;
  }

  #moreForm(cursor) {
    const load = () => this.#loadPage(after(cursor));
    return moreForm(this.wording, { load, show: (page) => this.#addPage(page)?.querySelector("h3") });
  }
}

/** Anything else than a Problem is a bug. */
function asProblem(error) {
  if (error instanceof Problem) return error;
  throw error;
}

function contractSection(wording, contract, freelancer) {
  const reply = () => (freelancer ? { title: replyTitle(wording, freelancer) } : {});
  return h("section", { class: "history", part: "contract" },
    h("h3", { tabindex: -1 }, userText(contract.title)),
    h("p", { class: "hint" }, contractStatus(wording, contract), " ", period(wording, contract)),
    contract.feedback.map((entry) => feedbackEntry(wording, entry, "h4", [], reply())),
    contract.feedback.length === 0 && h("p", { class: "hint" }, wording.say("no_feedback")));
}

function period(wording, { started_at: from, ended_at: to }) {
  return to
    ? wording.say("from_to", { from: day(wording, from), to: day(wording, to) })
    : wording.say("since", { date: day(wording, from) });
}
