/** The code that puts an element into somebody's page, as the settings say. */

/** The address that stays the same from release to release. */
const SCRIPT = new URL("elements.js", location.href).href;

export const EVENTS = {
  "contract-feedback": [
    "feedback-given", "feedback-corrected", "feedback-replied", "feedback-reported", "feedback-requested",
    "request-declined", "request-withdrawn", "request-preference-changed",
  ],
  "feedback-form": ["feedback-given", "feedback-corrected", "request-declined", "request-preference-changed"],
  "feedback-inbox": ["feedback-given", "feedback-corrected", "request-declined", "request-preference-changed"],
  "feedback-summary": [],
  "work-history": [],
};

const SESSION_TOKEN = `
// Called before each call to the API. Return the person's token, or null if nobody is signed in.
element.token = async () => {
  const response = await fetch("/session-token");
  if (response.status === 401) return null;
  if (!response.ok) throw new Error("No token");
  return response.text();
};`;

const LINK_TOKEN = `
// For a page whose address ends like an e-mail's link: #t=<token>&rating=<stars>, or #t=<token>&decline=1
const link = new URLSearchParams(location.hash.slice(1));
element.setAttribute("rating", link.get("rating") ?? "");
element.toggleAttribute("decline", link.get("decline") === "1");
element.linkToken = link.get("t") ?? "";`;

/** The attributes that an element in `state` has in the preview and in the code. */
export const attributesOf = ({ element, attributes, role }, { lang }) => ({
  ...attributes,
  lang,
  ...(role === "anyone" ? {} : { "sign-in-url": "/sign-in?return={return_url}" }),
  ...(role === "link" || element === "feedback-inbox" ? { "contract-url": "/contracts/{contract_id}" } : {}),
});

/** Custom properties and other style by name, as in the preview and in the code. */
export const styleOf = ({ theme, branded, accent }) => ({
  "color-scheme": theme,
  ...(branded ? { "--feedback-accent": accent, "--feedback-on-accent": textColorOn(accent) } : {}),
});

/** Three files: `html`, `js` and `css`. `js` is empty if the element needs none. */
export function codeFor(state, settings) {
  const { element } = state;
  const { rating, decline, ...given } = attributesOf(state, settings); // the script sets `rating` and `decline`
  const attributes = Object.entries(given).map(([name, value]) => ` ${name}="${value}"`);
  const declarations = Object.entries(styleOf(settings)).map(([name, value]) => `  ${name}: ${value};\n`);
  return {
    html: `<script type="module" src="${SCRIPT}"></script>\n\n<${element}${attributes.join("")}></${element}>`,
    js: scriptFor(state),
    css: `${element} {\n${declarations.join("")}}`,
  };
}

function scriptFor({ element, role }) {
  if (role === "anyone") return "";
  const listeners = EVENTS[element].map((name) =>
    `element.addEventListener("${name}", ({ detail }) => console.log("${name}", detail));`);
  return [
    `const element = document.querySelector("${element}");`,
    role === "link" ? LINK_TOKEN : SESSION_TOKEN,
    "",
    ...listeners,
  ].join("\n");
}

/** Black or white, whichever has the greater contrast with `color`, such as #6d28d9. */
function textColorOn(color) {
  const [red, green, blue] = [1, 3, 5].map((start) => linear(parseInt(color.slice(start, start + 2), 16) / 255));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

const linear = (channel) => (channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4);
