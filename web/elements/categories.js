import { codeText } from "./api-text.js";
import { h } from "./dom.js";
import { CATEGORIES } from "./score.js";

/** A number for each rating category. `write` returns the number as text. */
export const categoryList = (wording, values, write) =>
  h("dl", { class: "categories", part: "categories" }, ratedCategories(values).map((category) =>
    h("div", {},
      h("dt", {}, codeText(wording, "category", category)),
      h("dd", {}, write(values[category])))));

/** Old feedback may lack a category, and a newer API may have more: those come last. */
const ratedCategories = (values) =>
  [...new Set([...CATEGORIES, ...Object.keys(values)])].filter((category) => category in values);
