import { h } from "./dom.js";

/**
 * A button for each of `actions`: {label, hint, isQuiet, run}, below their hints. A quiet one looks like a link. Several
 * entries have buttons of the same name, so screen readers say to which feedback or reply each belongs: `headingId` is
 * the ID of its heading.
 */
export const actionButtons = (actions, headingId) => actions.length > 0 && [
  actions.map(({ hint }) => hint && h("p", { class: "hint" }, hint)),
  h("div", { class: "buttons" }, actions.map(({ label, isQuiet = false, run }) => h("button", {
    type: "button", class: isQuiet ? "quiet" : null, part: "button", "aria-describedby": headingId, onclick: run,
  }, label))),
];
