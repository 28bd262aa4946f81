/** Instants in the reader's language and zone. The machine-readable one stays in `datetime`. */

import { h } from "./dom.js";
import { locale } from "./wording.js";

const toTheMinute = {
  year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
};
const dayFormat = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const minuteFormat = new Intl.DateTimeFormat(locale, toTheMinute);
const secondFormat = new Intl.DateTimeFormat(locale, { ...toTheMinute, second: "2-digit" });
const relativeFormat = new Intl.RelativeTimeFormat(locale);

const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** "7 December 2025" */
export const day = (instant) => show(instant, dayFormat);

/** "7 December 2025 at 10:00 CET", for what has happened. */
export const minute = (instant) => show(instant, minuteFormat);

/** The same to the second, for when something ends or opens: then a minute more or less would be wrong. */
export const exactly = (instant) =>
  show(instant, new Date(instant).getUTCSeconds() ? secondFormat : minuteFormat);

/** "7 December 2025 at 10:00:27 CET (in 13 days)" */
export const exactlyAndHowFar = (instant) => [
  exactly(instant), " (", h("span", { "data-distance-to": instant }, distance(instant)), ")",
];

const show = (instant, format) => h("time", { datetime: instant }, format.format(new Date(instant)));

/** A page stays open for days; what it says about "in 3 hours" should stay true. */
export function renewDistances(root) {
  for (const span of root.querySelectorAll("[data-distance-to]")) {
    span.textContent = distance(span.dataset.distanceTo);
  }
}

function distance(instant) {
  const seconds = (Date.parse(instant) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= 2 * size) ?? UNITS.at(-1);
  return relativeFormat.format(Math.round(seconds / size), unit);
}
