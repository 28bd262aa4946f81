import { h, newId } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/** A tab list with its panels: one stop for the Tab key, arrows and Home/End between the tabs. */
export class Tabs {
  #tabs;

  /** `sections` are {label, panel}. */
  constructor(label, sections) {
    this.#tabs = sections.map((section) => tab(section, (chosen) => this.select(chosen)));
    const list = h("div", { role: "tablist", class: "tabs", part: "tabs", "aria-label": label,
      onkeydown: (event) => this.#steer(event) }, this.#tabs);
    this.node = h("div", {}, list, sections.map((section, index) => panel(section, this.#tabs[index])));
    this.select(this.#tabs[0]);
  }

  selectFirst() {
    this.select(this.#tabs[0]);
  }

  select(chosen) {
    for (const tab of this.#tabs) {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      this.node.querySelector(`#${tab.getAttribute("aria-controls")}`).hidden = tab !== chosen;
    }
  }

  #steer(event) {
    const now = this.#tabs.indexOf(event.target);
    const next = { Home: 0, End: -1 }[event.key] ?? (now + STEPS[event.key]) % this.#tabs.length;
    if (Number.isNaN(next)) return;
    event.preventDefault();
    this.select(this.#tabs.at(next));
    this.#tabs.at(next).focus();
  }
}

const tab = ({ label }, onchoose) => h("button", {
  type: "button", role: "tab", id: newId(), part: "tab", "aria-controls": newId(),
  onclick: (event) => onchoose(event.currentTarget),
}, label);

const panel = (section, tab) => h("div", {
  role: "tabpanel", id: tab.getAttribute("aria-controls"), "aria-labelledby": tab.id, part: "panel", tabindex: 0,
}, section.panel);
