/**
 * Creates an element. Strings among the children become text nodes, here and everywhere else:
 * nothing a person typed is ever parsed as markup. An attribute `on<event>` adds a listener.
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

/** A name or title that people typed, inside one of our sentences. It cannot change the direction of our words. */
export const userText = (text) => h("bdi", {}, text);

let lastId = 0;

/** An ID for `for` and `aria-…` attributes. It only has to be unique within one shadow root. */
export const newId = () => `id-${++lastId}`;
