/** Dates and times in the reader's language and time zone. Each is a `<time>`; `datetime` keeps the API's value. */

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
export const day = (instant) => timeElement(instant, dayFormat);

/** "7 December 2025 at 10:00 CET", for things that have happened. */
export const dateTime = (instant) => timeElement(instant, minuteFormat);

/** As `dateTime`, with seconds unless they are zero: for the instant at which something ends or becomes possible. */
export const exactTime = (instant) =>
  timeElement(instant, new Date(instant).getUTCSeconds() ? secondFormat : minuteFormat);

/** "7 December 2025 at 10:00:27 CET (in 13 days)" */
export const exactAndRelativeTime = (instant) => [
  exactTime(instant), " (", h("span", { "data-relative-to-now": instant }, relativeTime(instant)), ")",
];

const timeElement = (instant, format) => h("time", { datetime: instant }, format.format(new Date(instant)));

/** Pages stay open for days. This keeps every "in 3 hours" below `root` true. */
export function updateRelativeTimes(root) {
  for (const span of root.querySelectorAll("[data-relative-to-now]")) {
    span.textContent = relativeTime(span.dataset.relativeToNow);
  }
}

function relativeTime(instant) {
  const seconds = (Date.parse(instant) - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= 2 * size) ?? UNITS.at(-1);
  return relativeFormat.format(Math.round(seconds / size), unit);
}
