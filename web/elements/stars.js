/** Stars to choose a rating with, and stars that show a score. */

import { h, newId } from "./dom.js";
import { MAX_STARS } from "./score.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 24;
const outline = (x) => `M${x + 12} 2.5l2.9 6 6.6.9-4.8 4.6 1.2 6.5-5.9-3.1-5.9 3.1 1.2-6.5-4.8-4.6 6.6-.9z`;
const range = [...Array(MAX_STARS).keys()];

/**
 * The stars of one category: native radio buttons in a fieldset, for the keyboard and screen readers.
 * `onchoose` is called when a person chooses a star, even if that star was selected already.
 */
export class StarRating {
  #radios;
  #error = h("p", { class: "error", id: newId(), hidden: true });

  constructor(wording, category, onchoose) {
    const name = newId();
    this.#radios = range.map((index) => radio(wording, name, index + 1, onchoose));
    this.node = h("fieldset", {
      class: "rating", part: "rating",
      role: "radiogroup", "aria-required": "true", "aria-describedby": this.#error.id,
    },
      h("legend", {}, wording.say(`category_${category}`)),
      h("div", { class: "stars" }, this.#radios.map((input) =>
        h("label", { class: "star" }, input, picture(1, outline(0))))),
      this.#error);
  }

  /** 1 to 5, or undefined if none is chosen. */
  get value() {
    const chosen = this.#radios.find((input) => input.checked);
    return chosen && Number(chosen.value);
  }

  set value(stars) {
    for (const input of this.#radios) input.checked = Number(input.value) === stars;
  }

  /** Shows `message`, a list of strings and nodes; an empty one clears it. */
  setError(message) {
    this.#error.replaceChildren(...message);
    this.#error.hidden = !message.length;
    this.node.setAttribute("aria-invalid", String(message.length > 0));
  }

  focus() {
    (this.#radios.find((input) => input.checked) ?? this.#radios[0]).focus();
  }
}

function radio(wording, name, count, onchoose) {
  const key = { 1: "stars_worst", [MAX_STARS]: "stars_best" }[count] ?? "stars";
  return h("input", {
    type: "radio", name, value: count, "aria-label": wording.sayText(key, { count }),
    onchange: onchoose, onclick: onchoose,
  });
}

/** What the first and the last star mean, once above all categories. Screen readers get it with those stars. */
export const scaleEnds = (wording) => h("div", { class: "scale-ends", "aria-hidden": "true" },
  h("span", {}, wording.say("worst")), h("span", {}, wording.say("best")));

/** A score such as 4.67, as a number and as stars. */
export function starScore(wording, score) {
  const row = range.map((index) => outline(index * SIZE)).join("");
  const stars = picture(MAX_STARS, row, row);
  stars.style.setProperty("--score", score);
  return h("span", { class: "score", part: "score" },
    h("span", { class: "number", "aria-hidden": "true" }, wording.score(score)), stars,
    h("span", { class: "visually-hidden" }, wording.say("score_of", { score: wording.score(score) })));
}

function picture(count, ...paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${count * SIZE} ${SIZE}`);
  svg.setAttribute("aria-hidden", "true");
  for (const d of paths) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
