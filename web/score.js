/** The six categories and their arithmetic, as the reader sees it; the API's own figures decide. */

import { locale } from "./wording.js";

export const CATEGORIES = [
  "skills", "quality", "availability", "deadlines", "communication", "cooperation",
];
export const BEST = 5;

const twoPlaces = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const formatScore = (score) => twoPlaces.format(score);

/** In hundredths, since 4.35 * 100 is not 435 in binary. */
export function mean(scores) {
  const hundredths = scores.reduce((sum, score) => sum + Math.round(score * 100), 0);
  return Math.round(hundredths / scores.length) / 100;
}
