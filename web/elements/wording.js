/** Chooses the reader's language and looks up its texts, which are in `wording/`. */

import english from "./wording/en.js";

const DEFAULT_LANGUAGE = "en";
const OTHERS = { de: () => import("./wording/de.js") };
const LANGUAGES = [DEFAULT_LANGUAGE, ...Object.keys(OTHERS)];

const base = (tag) => tag.split("-")[0];

/** The reader's own language tag (such as en-GB), for dates and numbers. */
export const locale = navigator.languages.find((tag) => LANGUAGES.includes(base(tag))) ?? DEFAULT_LANGUAGE;
export const language = base(locale);

const texts = language in OTHERS ? (await OTHERS[language]()).default : english;
const numberFormat = new Intl.NumberFormat(locale);
const pluralRules = new Intl.PluralRules(language);

/**
 * The text `key` as a list of strings and nodes, with `values` in its {placeholders}. Values may be nodes.
 * `count` chooses between singular and plural.
 */
export function say(key, values = {}) {
  const entry = texts[key];
  const text = typeof entry === "string" ? entry : entry[pluralRules.select(values.count)];
  return text.split(/\{(\w+)\}/).map((piece, index) => (index % 2 ? format(values[piece]) : piece));
}

const format = (value) => (typeof value === "number" ? numberFormat.format(value) : value);

/** The same as one string, for attributes and titles. */
export const sayText = (key, values) => say(key, values).join("");

/** Whether there is a text: a newer API may send codes that these pages do not know. */
export const canSay = (key) => Object.hasOwn(texts, key);
