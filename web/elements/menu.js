import { h, newId } from "./dom.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** The ⋯ button with its menu, or null without actions. `actions` are {label, run}. */
export function overflowMenu(wording, actions) {
  const items = actions.map(({ label, run }) => h("button", {
    type: "button", role: "menuitem", tabindex: -1, part: "menu-item",
    onclick: () => { close(); run(); },
  }, label));
  const list = h("div", { role: "menu", id: newId(), class: "menu-list", part: "menu", hidden: true,
    "aria-label": wording.sayText("more_actions") }, items);
  const button = h("button", {
    type: "button", class: "menu-button", part: "menu-button", "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-controls": list.id, "aria-label": wording.sayText("more_actions"), title: wording.sayText("more_actions"),
    onclick: () => (list.hidden ? open() : close()),
  }, "⋯");

  function open() {
    toggle(true);
    items[0].focus();
  }
  function close() {
    if (list.contains(list.getRootNode().activeElement)) button.focus();
    toggle(false);
  }
  function toggle(isOpen) {
    list.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
  }
  function moveByKey(event) {
    if (event.key === "Escape") close();
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    if (list.hidden) return open();
    const next = items.indexOf(event.target) + STEPS[event.key];
    items.at(next % items.length).focus();
  }
  function closeIfFocusLeft(event) {
    if (!menu.contains(event.relatedTarget)) toggle(false);
  }

  const menu = h("div", { class: "menu", onkeydown: moveByKey, onfocusout: closeIfFocusLeft }, button, list);
  return actions.length ? menu : null;
}
