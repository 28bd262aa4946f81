/* The console's page. The server sends HTML, first as a page and then, when something happens, the parts that
   changed (server-sent events). This script puts them in place, and sends what the person asks for. */

const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const parts = ["trouble", "clock", "people", "contracts", "contract-options", "faults"];
const messages = byId("messages");
const entries = byId("entries");
const about = byId("contract-options");
const filters = byId("filters");
const unread = new Set();

// ---- What the server tells ----

const source = new EventSource(`/news?after=${document.body.dataset.after}`);
source.addEventListener("open", () => tellConnection("Live"));
source.addEventListener("error", () => tellConnection("Not connected. Trying again …"));
parts.forEach((name) => source.addEventListener(name, ({ data }) => replacePart(byId(name), data)));
source.addEventListener("entry", ({ data }) => {
  const { entry, message } = JSON.parse(data);
  entries.prepend(...nodes(entry));
  if (message) {
    const [item] = nodes(message);
    messages.prepend(item);
    unread.add(item.querySelector("[data-message]").dataset.message);
    countUnread();
  }
  show();
});

function tellConnection(text) {
  const place = byId("connection");
  place.textContent = text;
  place.classList.toggle("lost", text !== "Live");
}

/* The focus, what is chosen and what is unfolded stay as they are. */
function replacePart(place, html) {
  const focused = place.contains(document.activeElement) && document.activeElement.id;
  const unfolded = all("details[open]", place).map(({ id }) => id);
  const { value } = place;
  place.innerHTML = html;
  unfolded.forEach((id) => byId(id)?.setAttribute("open", ""));
  if (value !== undefined) place.value = value;
  if (place === about && about.selectedIndex < 0) about.selectedIndex = 0;
  if (focused) (byId(focused) ?? place.querySelector("button, a"))?.focus();
  markChosen();
  tick();
}

function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.children;
}

// ---- The clock ----

const clockFormat = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC",
});

function tick() {
  const now = new Date(Date.now() + Number(byId("offset").dataset.seconds) * 1000);
  byId("now").textContent = `${clockFormat.format(now)} UTC`;
  byId("now").dateTime = now.toISOString();
}
setInterval(tick, 1000);
tick();

// ---- What the person asks for ----

document.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button) return;
  const { post, body, message, show: contract, find } = button.dataset;
  if (post) send(post, body ? JSON.parse(body) : {}, button);
  if (message) openMessage(message);
  if (contract !== undefined) choose(contract === about.value ? "" : contract);
  if (find) findReference(find);
  if (button.role === "tab") openTab(button);
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  if (!form.dataset.post) return;
  send(form.dataset.post, Object.fromEntries(new FormData(form)), event.submitter);
});

async function send(address, body, button) {
  button.setAttribute("aria-busy", "true");
  tell("");
  byId("problems").replaceChildren();
  try {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const { said, problems } = await json(answer);
    if (said) tell(said);
    else if (address === "/events") tellProblems(problems, body);
    else tell(problems.join(" "), true);
  } catch {
    tell("The console does not answer. If it was stopped, start it again and reload this page.", true);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

async function json(answer) {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return { problems: [text] };
  }
}

function tell(text, failed = false) {
  byId("said").textContent = text;
  byId("said").classList.toggle("failed", failed);
}

function tellProblems(problems, event) {
  const place = byId("problems");
  const list = document.createElement("ul");
  list.append(...problems.map((problem) => Object.assign(document.createElement("li"), { textContent: problem })));
  const heading = Object.assign(document.createElement("p"), { textContent: "The service would refuse this event:" });
  const anyway = Object.assign(document.createElement("button"), { textContent: "Send it anyway" });
  anyway.addEventListener("click", () => send("/events", { ...event, anyway: true }, anyway));
  place.replaceChildren(heading, list, anyway);
}

// ---- Messages ----

async function openMessage(number) {
  const answer = await fetch(`/messages/${number}`);
  byId("message").replaceChildren(...nodes(await answer.text()));
  all("[data-message]", messages).forEach((item) => item.toggleAttribute("aria-current", item.dataset.message === number));
  unread.delete(number);
  countUnread();
  byId("subject")?.focus();
}

byId("message").addEventListener("change", ({ target }) => {
  const email = byId("message").querySelector("iframe");
  if (target.name === "scheme") email.src = `/messages/${email.dataset.number}/html?scheme=${target.value}`;
});

function countUnread() {
  byId("inbox-count").textContent = unread.size ? `${unread.size} new` : "";
  all("[data-message]", messages).forEach((item) => item.classList.toggle("unread", unread.has(item.dataset.message)));
}

// ---- What is shown ----

filters.addEventListener("input", show);
about.addEventListener("change", () => choose(about.value));

function choose(contract) {
  about.value = contract;
  markChosen();
  show();
  if (!byId("send").hidden) openForm();
}

function markChosen() {
  all("[data-show]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.show === about.value)));
}

function findReference(reference) {
  filters.elements.text.value = reference;
  show();
}

function show() {
  const contract = about.value;
  const kinds = new Set(new FormData(filters).getAll("kind"));
  const text = filters.elements.text.value.trim().toLowerCase();
  const isAbout = (item) => !contract || item.dataset.contract === contract;
  for (const item of messages.children) item.hidden = !isAbout(item);
  for (const item of entries.children) {
    item.hidden = !(isAbout(item) && kinds.has(item.dataset.kind) && (!text || item.textContent.toLowerCase().includes(text)));
  }
  byId("none-found").hidden = [...entries.children].some((item) => !item.hidden);
}

// ---- Tabs ----

const tabs = all("[role=tab]");

function openTab(tab) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    byId(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (tab.id === "tab-send" && !byId("event-form").firstElementChild) all("[name=detail-type]")[0].click();
}

byId("tab-inbox").parentElement.addEventListener("keydown", (event) => {
  const at = tabs.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined || at < 0) return;
  event.preventDefault();
  const tab = tabs.at(to % tabs.length);
  openTab(tab);
  tab.focus();
});

// ---- Events ----

document.querySelector(".kinds").addEventListener("change", openForm);

async function openForm() {
  const kind = document.querySelector(".kinds input:checked")?.value;
  if (!kind) return;
  const query = new URLSearchParams({ "detail-type": kind, contract: about.value });
  const answer = await fetch(`/event-form?${query}`);
  byId("problems").replaceChildren();
  byId("event-form").replaceChildren(...nodes(await answer.text()));
}
