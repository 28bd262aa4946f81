import { h, newId, userText } from "./dom.js";
import { FormDialog } from "./form-dialog.js";
import { notice } from "./notice.js";

/** The values of `further_requests`. None is chosen at first: scanners press buttons, but do not choose. */
const CHOICES = ["allowed", "muted"];

/**
 * The dialog in which a client declines a feedback request, and says whether the freelancer may ask again.
 *
 * `send(body, key)` posts to the route of the contract or of the e-mail's link. `draft` keeps the choice and the
 * idempotency key until that succeeds. `freelancer` is a name. `ondeclined(request, isMuted)` gets the closed request.
 * `onfinal(problem)` is called if the request can no longer be declined, for example because it has been answered.
 * The rest is as in FormDialog.
 */
export class DeclineDialog {
  #choice;
  #dialog;

  constructor(wording, { draft, send, freelancer, ondeclined, ...rest }) {
    this.#choice = new Choice(wording, freelancer, (value) => draft.save({ further_requests: value }));
    this.#choice.value = draft.typed?.further_requests;
    this.#dialog = new FormDialog(wording, {
      title: wording.say("decline_title", { freelancer: userText(freelancer) }),
      content: [h("p", {}, wording.say("decline_explained")), this.#choice.node],
      submit: "decline_send",
      draft,
      send,
      read: () => (this.#choice.isMade() ? { further_requests: this.#choice.value } : null),
      onsent: (request, body) => ondeclined(request, body.further_requests === "muted"),
      ...rest,
    });
  }

  get node() {
    return this.#dialog.node;
  }

  open() {
    this.#dialog.open();
  }
}

/** What a client reads after that, as strings and nodes: that it is declined, and whether they can be asked again. */
export const declinedText = (wording, freelancer, isMuted) =>
  [...wording.say("declined_title"), " ", ...whatFollows(wording, freelancer, isMuted)];

/** The same as a box, to show instead of a form. `more` is shown below. */
export const declinedNotice = (wording, freelancer, isMuted, ...more) =>
  notice("good", wording.say("declined_title"), h("p", {}, whatFollows(wording, freelancer, isMuted)), more);

const whatFollows = (wording, freelancer, isMuted) =>
  wording.say(isMuted ? "declined_muted" : "decline_allowed_hint", { freelancer: userText(freelancer) });

/** Two radio buttons, of which a person must choose one. */
class Choice {
  #wording;
  #radios;
  #error = h("p", { class: "error", id: newId(), hidden: true });

  constructor(wording, freelancer, onchoose) {
    this.#wording = wording;
    const name = newId();
    this.#radios = CHOICES.map((value) => h("input", {
      type: "radio", name, value, onchange: () => { this.#setError([]); onchoose(value); },
    }));
    this.node = h("fieldset", {
      class: "choice", part: "choice", role: "radiogroup", "aria-required": "true", "aria-describedby": this.#error.id,
    },
      h("legend", {}, wording.say("decline_choice", { freelancer: userText(freelancer) })),
      this.#radios.map((input) => h("label", { class: "option" },
        input,
        h("span", {}, wording.say(`decline_${input.value}`), " ",
          h("span", { class: "hint" },
            wording.say(`decline_${input.value}_hint`, { freelancer: userText(freelancer) }))))),
      this.#error);
  }

  /** "allowed", "muted", or undefined if none is chosen. */
  get value() {
    return this.#radios.find((input) => input.checked)?.value;
  }

  set value(value) {
    for (const input of this.#radios) input.checked = input.value === value;
  }

  /** Whether one is chosen. If not, it shows an error and moves the focus to the first. */
  isMade() {
    if (this.value) return true;
    this.#setError(this.#wording.say("decline_missing"));
    this.#radios[0].focus();
    return false;
  }

  /** Shows `message`, a list of strings and nodes; an empty one clears it. */
  #setError(message) {
    this.#error.replaceChildren(...message);
    this.#error.hidden = !message.length;
    this.node.setAttribute("aria-invalid", String(message.length > 0));
  }
}
