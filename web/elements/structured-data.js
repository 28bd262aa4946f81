import { h } from "./dom.js";

const MARK = "data-feedback-summary";

/**
 * Tells machines in the vocabulary of schema.org what `summary` says, if the attribute `structured-data` of `element`
 * asks for it. The script is a child of `element`, since search engines may not look into shadow roots. null removes it.
 */
export function describe(element, summary) {
  element.querySelector(`:scope > [${MARK}]`)?.remove();
  const description = summary && element.hasAttribute("structured-data") && rating(summary);
  if (description) element.append(h("script", { type: "application/ld+json", [MARK]: "" }, json(description)));
}

/**
 * A freelancer is neither a product nor an organization, and schema.org gives a person no rating: what is rated is their
 * service. Only the kind of feedback that counts towards the Job Success Score: the two are never added up. null without
 * any.
 */
function rating({ name, end_of_contract: { count, average } }) {
  return name && count > 0 ? {
    "@context": "https://schema.org",
    "@type": "Service",
    name,
    provider: { "@type": "Person", name },
    aggregateRating: { "@type": "AggregateRating", ratingValue: average, ratingCount: count, bestRating: 5, worstRating: 1 },
  } : null;
}

/** Somebody may save or copy the page as markup, where a name must not be able to end the script. */
const json = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");
