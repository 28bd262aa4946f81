import { Choice } from "./choice.js";
import { h, userText } from "./dom.js";
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
    const name = () => ({ freelancer: userText(freelancer) });
    this.#choice = new Choice({
      legend: wording.say("decline_choice", name()),
      options: CHOICES.map((value) => ({
        value, label: wording.say(`decline_${value}`), hint: wording.say(`decline_${value}_hint`, name()),
      })),
      missing: wording.say("decline_missing"),
      onchoose: () => draft.save({ further_requests: this.#choice.value }),
    });
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
