/** This tab's memory. Browsers may forbid storage; then it lasts as long as the page does. */

const PREFIX = "mid-job-feedback:";
const fallback = new Map();

export function recall(name) {
  try {
    return sessionStorage.getItem(PREFIX + name);
  } catch {
    return fallback.get(name) ?? null;
  }
}

export function remember(name, text) {
  try {
    sessionStorage.setItem(PREFIX + name, text);
  } catch {
    fallback.set(name, text);
  }
}

export function forget(name) {
  fallback.delete(name);
  try {
    sessionStorage.removeItem(PREFIX + name);
  } catch {
    // Nothing was stored, so nothing is left.
  }
}
