/** Chooses an element's language, looks up its texts in `wording/`, and formats numbers. */

import english from "./wording/en.js";

/** Fetched when an element needs them. English is part of the script, so it is there when a file cannot be loaded. */
const FETCHED = {
  ar: () => import("./wording/ar.js"),
  de: () => import("./wording/de.js"),
  es: () => import("./wording/es.js"),
};
const BUILT_IN = ["en", ...Object.keys(FETCHED)];
const RIGHT_TO_LEFT = ["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"];

/** All texts of one language. Each element has a Wording of its own, since a page can be in several languages. */
export class Wording {
  #texts;
  #plurals;
  #numbers;
  #scores;

  /** `locale` is a valid language tag such as en-GB, for dates and numbers. */
  constructor(locale, texts) {
    this.locale = locale;
    this.language = base(locale);
    this.direction = RIGHT_TO_LEFT.includes(this.language) ? "rtl" : "ltr";
    this.#texts = texts;
    this.#plurals = new Intl.PluralRules(locale);
    this.#numbers = new Intl.NumberFormat(locale);
    this.#scores = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  /**
   * The text `key` as a list of strings and nodes, with `values` in its {placeholders}. Values may be nodes.
   * If the text has plural forms, `values.count` chooses one.
   */
  say(key, values = {}) {
    const entry = this.#texts[key];
    const text = typeof entry === "string" ? entry : entry[this.#plurals.select(values.count)] ?? entry.other;
    return text.split(/\{(\w+)\}/).map((piece, index) => (index % 2 ? this.#write(values[piece]) : piece));
  }

  /** The same as one string, for attributes and titles. */
  sayText(key, values) {
    return this.say(key, values).join("");
  }

  /** Whether there is a text: a newer API may send codes that these elements do not know. */
  canSay(key) {
    return Object.hasOwn(this.#texts, key);
  }

  /** A score with its two decimals. */
  score(score) {
    return this.#scores.format(score);
  }

  number(number) {
    return this.#numbers.format(number);
  }

  #write(value) {
    return typeof value === "number" ? this.number(value) : value;
  }
}

/**
 * The wording for `element`: in the language of its nearest `lang` attribute if there are texts in it, else in the
 * first of the browser's languages, else in English. `own` are the embedding page's texts, by language and key: they
 * replace ours, and may add languages. Texts that a language lacks are English.
 */
export async function wordingFor(element, own) {
  const locale = chooseLocale([nearestLanguage(element), ...navigator.languages], [...BUILT_IN, ...Object.keys(own)]);
  try {
    return new Wording(locale, { ...english, ...await fetchTexts(base(locale)), ...own[base(locale)] });
  } catch {
    return new Wording("en", { ...english, ...own.en });
  }
}

/** The first of `tags` that is a valid language tag of one of `languages`. */
export function chooseLocale(tags, languages = BUILT_IN) {
  return tags.find((tag) => isValid(tag) && languages.includes(base(tag))) ?? "en";
}

/** In our own pages, the texts of a language are a list without keys: see build.py. */
async function fetchTexts(language) {
  const texts = (await FETCHED[language]?.())?.default;
  if (!Array.isArray(texts)) return texts;
  return Object.fromEntries(Object.keys(english).map((key, index) => [key, texts[index]]));
}

/** Looks outside the shadow roots, too, that `element` may be in. */
function nearestLanguage(element) {
  const labelled = element.closest("[lang]");
  if (labelled) return labelled.lang;
  const { host } = element.getRootNode();
  return host ? nearestLanguage(host) : "";
}

/** Tags come from markup and from operating systems (`en-US@posix`), and Intl throws at those that are none. */
function isValid(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

const base = (tag) => tag.split("-")[0].toLowerCase();
