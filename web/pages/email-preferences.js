import { path } from "../elements/api.js";
import { h } from "../elements/dom.js";
import { Draft } from "../elements/draft.js";
import { FeedbackElement } from "../elements/feedback-element.js";
import { inputKept, showProblem } from "../elements/notice.js";
import { Problem } from "../elements/problem.js";
import { SubmitButton } from "../elements/submit-button.js";

/** The values of `feedback_requests`. */
const CHOICES = ["subscribed", "unsubscribed"];

/**
 * <email-preferences>: whether a person gets e-mails about feedback requests, and a form to change that. For whoever
 * holds the link of an e-mail (property `linkToken`). It is a part of our own page only.
 *
 * The form sends nothing unless a person has chosen the other option: mail scanners press buttons, but do not choose.
 */
export class EmailPreferences extends FeedbackElement {
  static properties = [...FeedbackElement.properties, "linkToken"];

  #linkToken;

  get linkToken() {
    return this.#linkToken;
  }

  set linkToken(token) {
    this.#linkToken = token;
    this.changeSubject();
  }

  get missing() {
    return this.#linkToken === undefined ? ["the property linkToken"] : [];
  }

  get #path() {
    return path`email-preferences/${this.#linkToken}`;
  }

  async load() {
    if (this.#linkToken === "") throw new Problem(404, { code: "link_invalid" });
    return this.api.get(this.#path);
  }

  render(preferences) {
    this.show(this.#form(preferences.feedback_requests));
  }

  fail(problem) {
    const isInvalid = problem.code === "link_invalid";
    super.fail(isInvalid ? new Problem(404, { code: "preferences_link_invalid" }) : problem);
  }

  #form(stored) {
    const { wording } = this;
    const draft = new Draft("link", this.#path);
    const alert = h("div", { class: "alert" });
    const status = h("p", { role: "status" });
    const button = new SubmitButton(wording, "preferences_save");
    const radios = CHOICES.map((value) => h("input", {
      type: "radio", name: "choice", value, checked: value === stored, onchange: () => status.replaceChildren(),
    }));

    const send = async (event) => {
      event.preventDefault();
      if (button.isBusy) return;
      alert.replaceChildren();
      const chosen = radios.find((radio) => radio.checked)?.value;
      if (!chosen || chosen === stored) return status.replaceChildren(...wording.say("preferences_unchanged"));
      try {
        const answer = await button.during(() =>
          draft.send({ feedback_requests: chosen }, (body, key) => this.api.post(this.#path, body, key)));
        stored = answer.feedback_requests;
        status.replaceChildren(...wording.say(`preferences_saved_${stored}`));
      } catch (problem) {
        showProblem(wording, alert, problem, inputKept(wording, problem));
      }
    };

    return h("form", { class: "form", novalidate: true, onsubmit: send },
      alert,
      h("fieldset", { class: "choice" },
        h("legend", {}, wording.say("preferences_legend")),
        radios.map((radio) => h("label", { class: "option" },
          radio,
          h("span", {}, wording.say(`preferences_${radio.value}`), " ",
            h("span", { class: "hint" }, wording.say(`preferences_${radio.value}_hint`)))))),
      h("div", { class: "buttons" }, button.node, status));
  }
}
