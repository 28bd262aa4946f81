/**
 * Dates and times in the reader's language and time zone. Each is a `<time>` whose title is the exact time.
 * A deadline is a day, with the time of day only when it is near.
 */

import { now } from "./clock.js";
import { h } from "./dom.js";

const DAY_MS = 86_400_000;
const UNITS = [["day", DAY_MS], ["hour", 3_600_000], ["minute", 60_000], ["second", 1_000]];

const DAY = { month: "long", day: "numeric" };
const MINUTE = { ...DAY, hour: "numeric", minute: "2-digit", timeZoneName: "short" };
const EXACT = { ...MINUTE, year: "numeric", second: "2-digit" };

/** "7 December 2025" */
export const day = (wording, instant) => timeElement(wording, instant, { ...DAY, year: "numeric" });

/** "9 December", with the year if it is another one; "9 December at 17:37 CET" if that is less than a day away. */
export const shortDay = (wording, instant) => live(() => [timeElement(wording, instant, {
  ...(isWithinADay(instant) ? MINUTE : DAY),
  year: new Date(instant).getFullYear() === new Date(now()).getFullYear() ? undefined : "numeric",
})]);

/** "9 December (in 14 days)" */
export const upcoming = (wording, instant) => [
  shortDay(wording, instant), " (", live(() => [relativeTime(wording, instant)]), ")",
];

/** "14 days left" */
export const timeLeft = (wording, instant) => live(() => {
  const [count, unit] = inUnits(Math.max(0, Date.parse(instant) - now()));
  const time = new Intl.NumberFormat(wording.locale, { style: "unit", unit, unitDisplay: "long" }).format(count);
  return wording.say("time_left", { count, time });
});

/** Pages stay open for days. This keeps every "in 3 hours" below `root` true. */
export function updateTimes(root) {
  for (const node of root.querySelectorAll(".live")) node.update();
}

/** A node with what `content` returns, now and after every `update`. */
function live(content) {
  const node = h("span", { class: "live" });
  node.update = () => node.replaceChildren(...content());
  node.update();
  return node;
}

function timeElement(wording, instant, format) {
  const date = new Date(instant);
  const write = (options) => new Intl.DateTimeFormat(wording.locale, options).format(date);
  return h("time", { datetime: instant, title: write(EXACT) }, write(format));
}

function relativeTime(wording, instant) {
  const milliseconds = Date.parse(instant) - now();
  const [count, unit] = inUnits(Math.abs(milliseconds));
  return new Intl.RelativeTimeFormat(wording.locale).format(Math.sign(milliseconds) * count, unit);
}

/** The number of days, from two on, else of hours, minutes or seconds. */
function inUnits(milliseconds) {
  const [unit, size] = UNITS.find(([, size]) => milliseconds >= 2 * size) ?? UNITS.at(-1);
  return [Math.round(milliseconds / size), unit];
}

const isWithinADay = (instant) => Math.abs(Date.parse(instant) - now()) < DAY_MS;
