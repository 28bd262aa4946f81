/** Texts that this browser tab keeps across reloads, by name. Without storage they last as long as the page. */

const PREFIX = "mid-job-feedback:";
const inMemory = new Map();

export function recall(name) {
  return inMemory.get(name) ?? tryStorage((storage) => storage.getItem(PREFIX + name)) ?? null;
}

export function remember(name, text) {
  inMemory.set(name, text);
  tryStorage((storage) => storage.setItem(PREFIX + name, text));
}

export function forget(name) {
  inMemory.delete(name);
  tryStorage((storage) => storage.removeItem(PREFIX + name));
}

/** Browsers may forbid storage, and it may be full; `inMemory` has the text all the same. */
function tryStorage(use) {
  try {
    return use(sessionStorage);
  } catch {
    return null;
  }
}
