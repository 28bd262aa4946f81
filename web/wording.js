/** Which language the reader gets, and the sentences of that language with their values put in. */

const LANGUAGES = ["en", "de"];
const FALLBACK = "en";

const base = (tag) => tag.split("-")[0];

/** The reader's own tag (such as en-GB), for dates and numbers. */
export const locale = navigator.languages.find((tag) => LANGUAGES.includes(base(tag))) ?? FALLBACK;
export const language = base(locale);

const { default: sentences } = await import(`./wording/${language}.js`);
const number = new Intl.NumberFormat(locale);
const plural = new Intl.PluralRules(language);

/** The pieces of a sentence; values may be nodes. `{count}` chooses between singular and plural. */
export function say(key, values = {}) {
  const entry = sentences[key];
  const sentence = typeof entry === "string" ? entry : entry[plural.select(values.count)];
  return sentence.split(/\{(\w+)\}/).map((piece, index) => (index % 2 ? shown(values[piece]) : piece));
}

const shown = (value) => (typeof value === "number" ? number.format(value) : value);

/** The same as one string, for attributes and titles. */
export const sayText = (key, values) => say(key, values).join("");

/** For codes that a newer API may know and this page does not. */
export const canSay = (key) => Object.hasOwn(sentences, key);
