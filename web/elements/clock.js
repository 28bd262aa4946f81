/** What time it is by the API's clock. People's own clocks can be days off, and deadlines are the API's. */

/** Network time and the header's whole seconds look like a difference, too. */
const NOTICEABLE_MS = 5_000;

let offset = 0;

/** Milliseconds since 1970. */
export const now = () => Date.now() + offset;

/** Reads the header `Date` of a response; without one, nothing changes. */
export function adjustClock(headers) {
  const difference = Date.parse(headers.get("Date")) - Date.now();
  if (!Number.isNaN(difference)) offset = Math.abs(difference) < NOTICEABLE_MS ? 0 : difference;
}
