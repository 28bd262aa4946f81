/**
 * Makes an element. A string among the children becomes a text node, here and everywhere:
 * nothing a person wrote is ever read as markup.
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) set(element, key, value);
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

function set(element, key, value) {
  if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
  else if (typeof value === "boolean") element.toggleAttribute(key, value);
  else if (value != null) element.setAttribute(key, value);
}

/** Text from a person inside a sentence of ours: its direction cannot spill into our words. */
export const person = (text) => h("bdi", {}, text);

let last = 0;

/** An id for `for` and `aria-…`; they only have to be unique within one shadow root. */
export const newId = () => `id-${++last}`;
