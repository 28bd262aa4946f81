import { h, newId } from "./dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/** A tab list with its panels. The Tab key stops at it once; arrows, Home and End move between its tabs. */
export class Tabs {
  #tabs;

  /** `sections` are {label, panel}. */
  constructor(label, sections) {
    this.#tabs = sections.map((section) => tab(section, (selected) => this.select(selected)));
    const list = h("div", { role: "tablist", class: "tabs", part: "tabs", "aria-label": label,
      onkeydown: (event) => this.#moveByKey(event) }, this.#tabs);
    this.node = h("div", {}, list, sections.map((section, index) => panel(section, this.#tabs[index])));
    this.select(this.#tabs[0]);
  }

  selectFirst() {
    this.select(this.#tabs[0]);
  }

  select(selected) {
    for (const tab of this.#tabs) {
      tab.setAttribute("aria-selected", String(tab === selected));
      tab.tabIndex = tab === selected ? 0 : -1;
      this.node.querySelector(`#${tab.getAttribute("aria-controls")}`).hidden = tab !== selected;
    }
  }

  #moveByKey(event) {
    const current = this.#tabs.indexOf(event.target);
    const step = STEPS[event.key] * (getComputedStyle(this.node).direction === "rtl" ? -1 : 1);
    const next = { Home: 0, End: -1 }[event.key] ?? (current + step) % this.#tabs.length;
    if (Number.isNaN(next)) return;
    event.preventDefault();
    this.select(this.#tabs.at(next));
    this.#tabs.at(next).focus();
  }
}

const tab = ({ label }, onselect) => h("button", {
  type: "button", role: "tab", id: newId(), part: "tab", "aria-controls": newId(),
  onclick: (event) => onselect(event.currentTarget),
}, label);

const panel = (section, tab) => h("div", {
  role: "tabpanel", id: tab.getAttribute("aria-controls"), "aria-labelledby": tab.id, part: "panel", tabindex: 0,
}, section.panel);
