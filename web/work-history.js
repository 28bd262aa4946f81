import { path } from "./api.js";
import { status } from "./contract-facts.js";
import { h, person } from "./dom.js";
import { FeedbackElement } from "./element.js";
import { feedbackEntry } from "./feedback-entry.js";
import { notice, refuse } from "./notice.js";
import { formatScore, mean } from "./score.js";
import { SubmitButton } from "./submit-button.js";
import { day } from "./time.js";
import { say } from "./wording.js";

/** <work-history freelancer-id>: all contracts, running ones included, each with its feedback. Public. */
export class WorkHistory extends FeedbackElement {
  static observedAttributes = ["freelancer-id"];

  #shown = new Map();
  #summary = h("p", { class: "hint", role: "status" });
  #list = h("div", { class: "stack" });
  #more = h("div");

  get isReady() {
    return this.hasAttribute("freelancer-id");
  }

  load() {
    return this.#page("");
  }

  render(page) {
    if (!page.contracts.length) {
      return this.show(notice("plain", say("history_empty"), h("p", {}, say("history_empty_text"))));
    }
    this.#shown.clear();
    this.#list.replaceChildren();
    this.show(this.#summary, this.#list, this.#more);
    this.#add(page);
  }

  #page(query) {
    return this.api.get(path`freelancers/${this.getAttribute("freelancer-id")}/work-history` + query);
  }

  /** Returns where the reader goes on. */
  #add({ contracts, next_cursor: cursor }) {
    const nodes = contracts.map((contract) => this.#merge(contract));
    this.#sumUp();
    this.#more.replaceChildren(...(cursor ? [this.#moreForm(cursor)] : []));
    return nodes[0];
  }

  /** A contract split over two pages comes in both, each time with another part of its feedback. */
  #merge(part) {
    const known = this.#shown.get(part.contract_id);
    const contract = { ...part, feedback: [...(known?.contract.feedback ?? []), ...part.feedback] };
    const node = contractSection(contract);
    if (known) known.node.replaceWith(node);
    else this.#list.append(node);
    this.#shown.set(part.contract_id, { contract, node });
    return node;
  }

  #sumUp() {
    const scores = [...this.#shown.values()].flatMap(({ contract }) => scoresOf(contract));
    this.#summary.replaceChildren(...say("shown", { count: this.#shown.size }), " ",
      ...(scores.length ? say("history_average", { count: scores.length, score: formatScore(mean(scores)) }) : []));
  }

  #moreForm(cursor) {
    const button = new SubmitButton("show_more", { busyLabel: "loading", look: "plain" });
    const alert = h("div", { class: "alert" });
    const more = async (event) => {
      event.preventDefault();
      try {
        const page = await button.during(() => this.#page(`?cursor=${encodeURIComponent(cursor)}`));
        if (alert.isConnected) this.#add(page)?.querySelector("h2").focus(); // else another list is shown by now
      } catch (problem) {
        refuse(alert, problem);
      }
    };
    return h("form", { onsubmit: more }, alert, h("div", { class: "buttons" }, button.node));
  }
}

function contractSection(contract) {
  const scores = scoresOf(contract);
  return h("section", { class: "history", part: "contract" },
    h("h2", { tabindex: -1 }, person(contract.title)),
    h("p", { class: "hint" },
      status(contract), " ", period(contract),
      scores.length > 1
        && [" · ", say("contract_average", { count: scores.length, score: formatScore(mean(scores)) })]),
    contract.feedback.map((entry) => feedbackEntry(entry, "h3")),
    scores.length === 0 && h("p", { class: "hint" }, say("no_feedback")));
}

const scoresOf = (contract) => contract.feedback.map(({ score }) => score);

function period({ started_at: from, ended_at: to }) {
  return to ? say("from_to", { from: day(from), to: day(to) }) : say("since", { date: day(from) });
}

customElements.define("work-history", WorkHistory);
