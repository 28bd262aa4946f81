/** The rating categories, and how a mean is computed. The API's own scores are what counts. */

export const CATEGORIES = [
  "skills", "quality", "availability", "deadlines", "communication", "cooperation",
];
export const MAX_STARS = 5;

/** Rounded half up to two decimals. Adds whole hundredths, because 4.35 * 100 is not 435 in binary. */
export function mean(scores) {
  const hundredths = scores.reduce((sum, score) => sum + Math.round(score * 100), 0);
  return Math.round(hundredths / scores.length) / 100;
}
