import { path } from "./api.js";
import { contractStatus } from "./contract-facts.js";
import { h, userText } from "./dom.js";
import { FeedbackElement } from "./feedback-element.js";
import { feedbackEntry } from "./feedback-entry.js";
import { notice, showProblem } from "./notice.js";
import { formatScore, mean } from "./score.js";
import { SubmitButton } from "./submit-button.js";
import { day } from "./time.js";
import { say } from "./wording.js";

/** <work-history freelancer-id>: a freelancer's contracts, running ones included, each with its feedback. Public. */
export class WorkHistory extends FeedbackElement {
  static observedAttributes = ["freelancer-id"];

  /** What is shown, by contract ID: {contract, node}. */
  #shown = new Map();
  #summary = h("p", { class: "hint", role: "status" });
  #list = h("div", { class: "stack" });
  /** Holds the "Show more" button while there are more pages. */
  #more = h("div");

  get isReady() {
    return this.hasAttribute("freelancer-id");
  }

  load() {
    return this.#loadPage("");
  }

  render(page) {
    if (!page.contracts.length) {
      return this.show(notice("plain", say("history_empty"), h("p", {}, say("history_empty_text"))));
    }
    this.#shown.clear();
    this.#list.replaceChildren();
    this.show(this.#summary, this.#list, this.#more);
    this.#addPage(page);
  }

  #loadPage(query) {
    return this.api.get(path`freelancers/${this.getAttribute("freelancer-id")}/work-history` + query);
  }

  /** Returns the first section of the page, where the reader continues. */
  #addPage({ contracts, next_cursor: cursor }) {
    const sections = contracts.map((contract) => this.#addContract(contract));
    this.#updateSummary();
    this.#more.replaceChildren(...(cursor ? [this.#moreForm(cursor)] : []));
    return sections[0];
  }

  /** A contract whose feedback continues on the next page comes again there; its two parts become one section. */
  #addContract(part) {
    const known = this.#shown.get(part.contract_id);
    const contract = { ...part, feedback: [...(known?.contract.feedback ?? []), ...part.feedback] };
    const node = contractSection(contract);
    if (known) known.node.replaceWith(node);
    else this.#list.append(node);
    this.#shown.set(part.contract_id, { contract, node });
    return node;
  }

  #updateSummary() {
    const scores = [...this.#shown.values()].flatMap(({ contract }) => scoresOf(contract));
    this.#summary.replaceChildren(...say("shown", { count: this.#shown.size }), " ",
      ...(scores.length ? say("history_average", { count: scores.length, score: formatScore(mean(scores)) }) : []));
  }

  #moreForm(cursor) {
    const button = new SubmitButton("show_more", { busyLabel: "loading", variant: "plain" });
    const alert = h("div", { class: "alert" });
    const showMore = async (event) => {
      event.preventDefault();
      try {
        const page = await button.during(() => this.#loadPage(`?cursor=${encodeURIComponent(cursor)}`));
        if (!alert.isConnected) return; // meanwhile the element shows another list
        this.#addPage(page)?.querySelector("h2").focus();
      } catch (problem) {
        showProblem(alert, problem);
      }
    };
    return h("form", { onsubmit: showMore }, alert, h("div", { class: "buttons" }, button.node));
  }
}

function contractSection(contract) {
  const scores = scoresOf(contract);
  return h("section", { class: "history", part: "contract" },
    h("h2", { tabindex: -1 }, userText(contract.title)),
    h("p", { class: "hint" },
      contractStatus(contract), " ", period(contract),
      scores.length > 1
        && [" · ", say("contract_average", { count: scores.length, score: formatScore(mean(scores)) })]),
    contract.feedback.map((entry) => feedbackEntry(entry, "h3")),
    scores.length === 0 && h("p", { class: "hint" }, say("no_feedback")));
}

const scoresOf = (contract) => contract.feedback.map(({ score }) => score);

function period({ started_at: from, ended_at: to }) {
  return to ? say("from_to", { from: day(from), to: day(to) }) : say("since", { date: day(from) });
}
