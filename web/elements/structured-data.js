import { h } from "./dom.js";

const VOCABULARY = "https://schema.org/";
const MARK = "data-feedback-summary";

/**
 * Tells search engines what `summary` says, as microdata in the vocabulary of schema.org, if the attribute
 * `structured-data` of `element` asks for it. null removes that. It is a child of `element`, which nobody sees: search
 * engines may not look into shadow roots.
 */
export function describe(element, summary) {
  element.querySelector(`:scope > [${MARK}]`)?.remove();
  if (summary && element.hasAttribute("structured-data")) element.append(...rating(summary));
}

/**
 * A freelancer is neither a product nor an organization, and schema.org gives a person no rating: what is rated is their
 * service. Only the kind of feedback that counts towards the Job Success Score: the two are never added up. Nothing
 * without any.
 */
const rating = ({ name, end_of_contract: { count, average } }) => (name && count > 0 ? [
  h("div", { [MARK]: "", hidden: true, itemscope: true, itemtype: `${VOCABULARY}Service` },
    property("name", name),
    h("div", { itemprop: "provider", itemscope: true, itemtype: `${VOCABULARY}Person` }, property("name", name)),
    h("div", { itemprop: "aggregateRating", itemscope: true, itemtype: `${VOCABULARY}AggregateRating` },
      property("ratingValue", average), property("ratingCount", count),
      property("bestRating", 5), property("worstRating", 1))),
] : []);

const property = (name, content) => h("meta", { itemprop: name, content });
