/** The playground: settings on one side, an element as an embedding page has it on the other. */

import { attributesOf, codeFor, EVENTS, styleOf } from "./code.js";
import { STATES, replaceFetch } from "./replay.js";

const LABELS = { client: "Client", freelancer: "Freelancer", link: "Whoever has the e-mail’s link", anyone: "Anyone" };
const FILES = { html: "HTML", js: "JavaScript", css: "CSS" };
const MOST_HEARD = 20;

const form = document.querySelector("form");
const stage = document.querySelector(".stage");
const snippets = document.querySelector(".snippets");
const copied = document.querySelector("[role=status]");
const heard = document.querySelector("[role=log]");

const beginVisit = replaceFetch(() => form.elements.calls.value, hear);
/** The state whose element is on the stage. */
let shown = null;

form.addEventListener("input", update);
form.addEventListener("change", writeAddress);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  load(selectedState());
});
addEventListener("hashchange", readAddress);
for (const name of unique(Object.values(EVENTS).flat())) stage.addEventListener(name, ({ detail }) => hear(`${name} ${JSON.stringify(detail)}`));
stage.addEventListener("click", stayHere);

/** The settings are in the address, so that a link can lead to a state. */
function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  fillSelects(Object.fromEntries(given));
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = given.has(field.name);
    else if (given.has(field.name)) select(field, given.get(field.name));
  }
  update();
}

function writeAddress() {
  const settings = new URLSearchParams(new FormData(form));
  if (!form.elements.branded.checked) settings.delete("accent");
  history.replaceState(null, "", `#${settings}`);
}

function update() {
  fillSelects(settings());
  const state = selectedState();
  if (state !== shown) load(state);
  const element = stage.firstChild;
  element.lang = settings().lang;
  stage.dataset.width = settings().width;
  stage.removeAttribute("style");
  for (const [name, value] of Object.entries(styleOf(settings()))) stage.style.setProperty(name, value);
  showCode(codeFor(state, settings()));
}

const settings = () => Object.fromEntries(new FormData(form));

/** Offers the roles of the chosen element, and the states of the chosen role. */
function fillSelects({ element, role, state }) {
  const { elements: fields } = form;
  fill(fields.element, unique(STATES.map((one) => one.element)), (name) => `<${name}>`, element);
  const ofElement = STATES.filter((one) => one.element === fields.element.value);
  fill(fields.role, unique(ofElement.map((one) => one.role)), (name) => LABELS[name], role);
  const ofRole = ofElement.filter((one) => one.role === fields.role.value);
  fill(fields.state, ofRole.map((one) => one.name), (_, index) => ofRole[index].title, state);
}

function fill(field, values, label, value) {
  field.replaceChildren(...values.map((one, index) => new Option(label(one, index), one)));
  select(field, value);
}

/** An option that does not exist leaves the first one selected. */
function select(field, value) {
  const { options = [] } = field;
  if (field.type === "color" || [...options].some((option) => option.value === value)) field.value = value;
}

function unique(values) {
  return [...new Set(values)];
}

const selectedState = () => STATES.find(({ element, role, name }) =>
  element === form.elements.element.value && role === form.elements.role.value && name === form.elements.state.value);

/** A new element in its first state. What was typed into the last one comes back, as after a reload of a page. */
function load(state) {
  const element = document.createElement(state.element);
  for (const [name, value] of Object.entries(attributesOf(state, settings()))) element.setAttribute(name, value);
  if (state.link_token !== null) element.linkToken = state.link_token;
  else if (state.role !== "anyone") element.token = () => tokenOf(state);
  beginVisit(state);
  shown = state;
  heard.replaceChildren();
  stage.replaceChildren(element);
}

/** A JWT that nobody checks. Its person is another one in each state, since what people type is kept for them. */
const tokenOf = ({ role, name }) => ["", btoa(JSON.stringify({ sub: `${role} ${name}` })), ""].join(".");

function showCode(code) {
  copied.textContent = "";
  snippets.replaceChildren(...Object.keys(FILES).filter((name) => code[name]).map((name) => snippet(name, code[name])));
}

function snippet(name, text) {
  const title = create("h3", FILES[name]);
  const code = create("code", text);
  const copy = Object.assign(create("button", `Copy ${FILES[name]}`), { type: "button" });
  copy.addEventListener("click", () => copyCode(code, FILES[name]));
  const block = document.createElement("pre");
  block.append(code);
  const node = document.createElement("article");
  node.dataset.file = name;
  node.append(title, copy, block);
  return node;
}

/** Browsers give no clipboard to pages without HTTPS: there the code is selected, for the keyboard to copy. */
async function copyCode(code, label) {
  getSelection().selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(code.textContent);
    copied.textContent = `The ${label} is in the clipboard.`;
  } catch {
    copied.textContent = `The ${label} is selected. Copy it with your keyboard.`;
  }
}

function hear(text) {
  heard.prepend(create("p", text));
  while (heard.children.length > MOST_HEARD) heard.lastChild.remove();
}

/** Links of an element lead to pages of a marketplace, which do not exist here. */
function stayHere(event) {
  const link = event.composedPath().find((node) => node.localName === "a");
  if (!link) return;
  event.preventDefault();
  hear(`link to ${link.getAttribute("href")}`);
}

const create = (name, text) => Object.assign(document.createElement(name), { textContent: text });

readAddress();
