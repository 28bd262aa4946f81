import { h } from "./dom.js";
import { showProblem } from "./notice.js";
import { SubmitButton } from "./submit-button.js";

/**
 * "Show more", below a list. `load` fetches the next page; `show` adds it and returns where the reader continues, with
 * a method `focus`, if the page has anything. `waysOut` is what a person can do about a problem.
 */
export function moreForm(wording, { load, show, waysOut = () => [] }) {
  const button = new SubmitButton(wording, "show_more", { busyLabel: "loading", variant: "plain" });
  const alert = h("div", { class: "alert" });
  const showMore = async (event) => {
    event.preventDefault();
    try {
      const page = await button.during(load);
      if (!alert.isConnected) return; // meanwhile the element shows another list
      show(page)?.focus();
    } catch (problem) {
      showProblem(wording, alert, problem, waysOut(problem));
    }
  };
  return h("form", { onsubmit: showMore }, alert, h("div", { class: "buttons" }, button.node));
}

/** The query of the page that follows `cursor`. */
export const after = (cursor) => `?cursor=${encodeURIComponent(cursor)}`;
