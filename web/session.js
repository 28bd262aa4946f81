/** This tab's memory: it outlives a reload where the browser allows storage, and the page does not where not. */

const PREFIX = "mid-job-feedback:";
const memory = new Map();

export function recall(name) {
  return memory.get(name) ?? attempt((storage) => storage.getItem(PREFIX + name)) ?? null;
}

export function remember(name, text) {
  memory.set(name, text);
  attempt((storage) => storage.setItem(PREFIX + name, text));
}

export function forget(name) {
  memory.delete(name);
  attempt((storage) => storage.removeItem(PREFIX + name));
}

/** Storage may be forbidden or full; `memory` has it all the same. */
function attempt(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}
