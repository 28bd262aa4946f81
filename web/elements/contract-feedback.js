import { feedbackPath, path, stateOf } from "./api.js";
import { contractDetails, contractHeader, names } from "./contract-facts.js";
import { DeclineDialog, declinedText } from "./decline-dialog.js";
import { h, userText } from "./dom.js";
import { Draft } from "./draft.js";
import { EditDraft, editCalls, editForm, isEditable } from "./edit-form.js";
import { requestDetails } from "./feedback-requests.js";
import { feedbackTab, viewerAction } from "./feedback-tab.js";
import { giveForm, thanksNotice } from "./give-form.js";
import { LiveElement } from "./live-element.js";
import { overflowMenu } from "./menu.js";
import { problemNotice, showProblem } from "./notice.js";
import { unsentComment } from "./ratings-form.js";
import { requestDialog } from "./request-dialog.js";
import { canSetMuted } from "./request-preference.js";
import { replyDialog, takeBackDialog } from "./reply-dialog.js";
import { reportDialog } from "./report-dialog.js";
import { Tabs } from "./tabs.js";
import { upcoming } from "./time.js";
import { withdrawDialog } from "./withdraw-dialog.js";

/**
 * <contract-feedback contract-id>: the Contract Room's header, ⋯ menu and tabs, as seen by the client or freelancer
 * to whom the property `token` belongs. Emits `feedback-given`, `feedback-corrected`, `feedback-replied`,
 * `feedback-reported`, `feedback-requested`, `request-declined`, `request-withdrawn` and `request-preference-changed`.
 */
export class ContractFeedback extends LiveElement {
  static observedAttributes = [...LiveElement.observedAttributes, "contract-id"];

  /** What the API last said: contract, viewer, actions, requests, feedback. null before and after an error. */
  #state = null;
  /** The open form, to give feedback or to edit it, or null. */
  #form;
  /** Whether that form edits what was given. */
  #isEditing = false;
  #isSettingPreference = false;
  /** Containers that stay while their content is replaced, so that a refresh does not destroy a half-filled form. */
  #regions;
  #tabs;

  get missing() {
    return [
      this.token === undefined && "the property token",
      !this.hasAttribute("contract-id") && "the attribute contract-id",
    ].filter(Boolean);
  }

  get #feedbackPath() {
    return path`contracts/${this.getAttribute("contract-id")}/feedback`;
  }

  /** What is written can only go to the contract that is shown, also when the attribute names another by then. */
  get #shownPath() {
    return path`contracts/${this.#state.contract.contract_id}/feedback`;
  }

  get #openRequestPath() {
    const { contract, open_request: request } = this.#state;
    return path`contracts/${contract.contract_id}/feedback-requests/${request.request_id}`;
  }

  load() {
    return this.api.get(this.#feedbackPath);
  }

  forget() {
    this.#state = null;
  }

  fail(problem) {
    this.forget();
    super.fail(problem);
  }

  render(state) {
    const before = this.#state;
    super.render();
    this.#state = { ...state, person: this.person };
    if (viewOf(this.#state) !== viewOf(before)) this.#buildRegions();
    if (stateOf(this.#state) !== stateOf(before)) this.#fillRegions();
  }

  get changeTimes() {
    return this.#state ? changeTimes(this.#state) : [];
  }

  #buildRegions() {
    this.#regions = {
      header: h("div"), input: stack(), dialog: h("div"), feedback: stack(), details: stack(),
      announcement: h("div", { role: "status", class: "announcement", tabindex: -1 }),
    };
    const { header, announcement, input, dialog, feedback, details } = this.#regions;
    this.#tabs = new Tabs(this.wording.sayText("sections"), [
      { label: this.wording.say("tab_feedback"), panel: [announcement, input, feedback] },
      { label: this.wording.say("tab_details"), panel: details },
    ]);
    this.show(header, this.#tabs.node, dialog);
    this.#restoreDraft();
  }

  #fillRegions() {
    const action = viewerAction(this.#state);
    const run = {
      start: () => this.#startAction(action),
      decline: () => this.#decline(),
      withdraw: () => this.#withdraw(),
      setMuted: (muted) => this.#setMuted(muted),
      edit: (feedback) => this.#edit(feedback),
      reply: (feedback) => this.#reply(feedback),
      takeBackReply: (feedback) => this.#takeBackReply(feedback),
      report: (feedback, target) => this.#report(feedback, target),
    };
    this.#regions.header.replaceChildren(contractHeader(this.wording, this.#state,
      overflowMenu(this.wording, menuActions(this.wording, this.#state, run)),
      this.#wayToInbox()));
    this.#regions.feedback.replaceChildren(
      ...feedbackTab(this.wording, this.#state, this.#form ? { ...run, start: null, edit: null } : run));
    this.#regions.details.replaceChildren(contractDetails(this.wording, this.#state));
  }

  /** A link to all requests that wait for the client, if the embedding page says where they are. */
  #wayToInbox() {
    const url = this.#state.viewer === "client" && this.getAttribute("inbox-url");
    return url && h("p", {}, h("a", { href: url, part: "link" }, this.wording.say("inbox_link")));
  }

  /** If the action is not possible, the focus goes to the text that says why. */
  #startAction({ name, eligible }) {
    this.#tabs.selectFirst();
    if (this.#form) this.#form.focus();
    else if (!eligible) this.#regions.feedback.querySelector(".target").focus();
    else if (name === "give_feedback") this.#giveFeedback();
    else this.#requestFeedback();
  }

  #giveFeedback() {
    this.#openForm();
    this.#fillRegions();
    this.#form.focus();
  }

  /** After a reload while the client was writing, the form opens again with what they wrote. */
  #restoreDraft() {
    this.#form = null;
    if (this.#state.viewer !== "client") return;
    const draft = new Draft(this.person, this.#shownPath);
    const edits = this.#state.feedback.map((feedback) => ({ feedback, draft: this.#editDraft(feedback) }))
      .filter((edit) => edit.draft.typed);
    const edited = edits.find(({ feedback }) => isEditable(feedback));
    if (draft.typed && viewerAction(this.#state)?.eligible) this.#openForm();
    else if (edited) this.#openEditForm(edited.feedback);
    else this.#showUnsent(draft, ...edits.map((edit) => edit.draft));
  }

  #showUnsent(...drafts) {
    this.#regions.input.replaceChildren(...drafts.map((draft) => unsentComment(this.wording, draft) || ""));
  }

  #openForm() {
    const path = this.#shownPath;
    const { contract } = this.#state;
    this.#isEditing = false;
    this.#form = giveForm(this.wording, {
      draft: new Draft(this.person, path),
      send: (body, key) => this.api.post(path, body, key),
      waysOut: (problem) => this.waysOut(problem),
      contract,
      editableUntil: this.#state.correctable_until_if_given_now,
      intro: this.#state.open_request && requestDetails(this.wording, this.#state.open_request),
      oncancel: () => this.#closeForm(),
      thanks: () => thanksNotice(this.wording, contract),
      onsent: (feedback) => {
        this.#form = null; // the thanks stay; what was published can be edited
        this.emit("feedback-given", feedback);
        this.refreshQuietly();
      },
    });
    this.#regions.input.replaceChildren(this.#form.node);
  }

  #closeForm() {
    this.#removeForm();
    this.#regions.feedback.querySelector("button")?.focus();
  }

  #removeForm() {
    this.#form = null;
    this.#regions.input.replaceChildren();
    this.#fillRegions();
  }

  #editDraft(feedback) {
    return new EditDraft(this.person, feedbackPath(feedback), feedback);
  }

  #edit(feedback) {
    this.#openEditForm(feedback);
    this.#fillRegions();
    this.#form.focus();
  }

  #openEditForm(feedback) {
    this.#isEditing = true;
    this.#form = editForm(this.wording, {
      ...editCalls(this, feedback),
      draft: this.#editDraft(feedback),
      standing: feedback,
      isSeen: true,
      oncancel: () => this.#cancelEdit(feedback),
      onsent: (edited) => {
        this.#removeForm();
        this.#announce(this.wording.say("edit_saved"));
        this.emit("feedback-corrected", edited);
        this.refreshQuietly();
      },
      onfinal: () => {
        this.#form = null; // why it is gone stays in its place
        this.refreshQuietly();
      },
    });
    this.#regions.input.replaceChildren(this.#form.node);
  }

  /** The focus returns to the button that opened the form. */
  #cancelEdit({ feedback_id: id }) {
    this.#removeForm();
    const place = this.#state.feedback.findIndex((entry) => entry.feedback_id === id);
    this.#regions.feedback.querySelectorAll("article")[place]?.querySelector("button")?.focus();
  }

  #requestFeedback() {
    const { client, contract_id: contractId } = this.#state.contract;
    const requestsPath = path`contracts/${contractId}/feedback-requests`;
    this.#openDialog(requestDialog(this.wording, {
      draft: new Draft(this.person, requestsPath),
      send: (body, key) => this.api.post(requestsPath, body, key),
      client: client.name,
      onsent: (request) => {
        this.#announce(this.wording.say("request_sent", { client: userText(client.name) }));
        this.emit("feedback-requested", request);
        this.refreshQuietly();
      },
      onclose: () => this.refreshQuietly(),
      waysOut: (problem) => this.waysOut(problem),
    }));
  }

  #decline() {
    const { contract_id: contractId, freelancer } = this.#state.contract;
    const declinePath = `${this.#openRequestPath}/decline`;
    this.#openDialog(new DeclineDialog(this.wording, {
      draft: new Draft(this.person, declinePath),
      send: (body, key) => this.api.post(declinePath, body, key),
      freelancer: freelancer.name,
      ondeclined: (request, isMuted) => {
        this.#announce(declinedText(this.wording, freelancer.name, isMuted));
        this.emit("request-declined", request);
        if (isMuted) this.#tellPreference(contractId, true);
        this.#leaveForm();
        this.refreshQuietly();
      },
      onfinal: (problem) => this.#showOutdated(problem),
      waysOut: (problem) => this.waysOut(problem),
    }));
  }

  #withdraw() {
    const { client } = this.#state.contract;
    const withdrawalPath = `${this.#openRequestPath}/withdrawal`;
    this.#openDialog(withdrawDialog(this.wording, {
      draft: new Draft(this.person, withdrawalPath),
      send: (body, key) => this.api.post(withdrawalPath, body, key),
      client: client.name,
      requestableAt: this.#state.requestable_at_if_withdrawn,
      onsent: async (request) => {
        this.emit("request-withdrawn", request);
        await this.refreshQuietly();
        this.#announce(this.wording.say("withdrawn"), " ", this.#whenAgain());
      },
      onfinal: (problem) => this.#showOutdated(problem),
      waysOut: (problem) => this.waysOut(problem),
    }));
  }

  /** The first reply to a feedback, or another text for it. A problem stays in the dialog, beside what was typed. */
  #reply(feedback) {
    const replyPath = `${feedbackPath(feedback)}/reply`;
    this.#openDialog(replyDialog(this.wording, {
      draft: new Draft(this.person, replyPath),
      send: (body) => this.api.put(replyPath, body),
      reply: feedback.reply?.text ?? null,
      client: this.#state.contract.client.name,
      onsent: (replied) => this.#tellReply(replied, feedback.reply ? "reply_changed" : "reply_published"),
      onclose: () => this.refreshQuietly(),
      waysOut: (problem) => this.waysOut(problem),
    }));
  }

  #takeBackReply(feedback) {
    const replyPath = `${feedbackPath(feedback)}/reply`;
    this.#openDialog(takeBackDialog(this.wording, {
      draft: new Draft(this.person, replyPath),
      send: () => this.api.delete(replyPath),
      onsent: (answered) => this.#tellReply(answered, "reply_taken_back"),
      onfinal: (problem) => this.#showOutdated(problem),
      waysOut: (problem) => this.waysOut(problem),
    }));
  }

  #tellReply(feedback, text) {
    this.#announce(this.wording.say(text));
    this.emit("feedback-replied", feedback);
    this.refreshQuietly();
  }

  /** `target` is "feedback" or "reply". */
  #report(feedback, target) {
    const reportsPath = `${feedbackPath(feedback)}/reports`;
    this.#openDialog(reportDialog(this.wording, {
      draft: new Draft(this.person, `${reportsPath} ${target}`),
      send: (body, key) => this.api.post(reportsPath, body, key),
      target,
      onsent: (report) => {
        this.#announce(this.wording.say("report_sent"));
        this.emit("feedback-reported", report);
      },
      onfinal: (problem) => this.#showOutdated(problem),
      waysOut: (problem) => this.waysOut(problem),
    }));
  }

  /** From when the freelancer can ask again. Nothing if loading failed, so that it is not known. */
  #whenAgain() {
    if (!this.#state || this.#state.open_request) return "";
    const { eligible, eligible_at: from } = this.#state.actions.request_feedback;
    if (eligible) return this.wording.say("withdrawn_again_now");
    return from ? this.wording.say("possible_from_request_feedback", { when: upcoming(this.wording, from) }) : "";
  }

  /** What a dialog is about was closed or removed since it was loaded. What it is now is loaded, and said. */
  #showOutdated(problem) {
    this.#announce(problemNotice(this.wording, problem, null, ...this.waysOut(problem)));
    this.refreshQuietly();
  }

  /** Whether the freelancer may ask for feedback on this contract. */
  async #setMuted(muted) {
    if (this.#isSettingPreference) return;
    this.#isSettingPreference = true;
    const { contract } = this.#state;
    try {
      await this.api.put(path`contracts/${contract.contract_id}/request-preference`, { muted });
      this.#announce(this.wording.say(muted ? "requests_muted" : "requests_allowed", names(contract)));
      this.#tellPreference(contract.contract_id, muted);
      this.refreshQuietly();
    } catch (problem) {
      showProblem(this.wording, this.#regions.announcement, problem, this.waysOut(problem));
    } finally {
      this.#isSettingPreference = false;
    }
  }

  #tellPreference(contractId, muted) {
    this.emit("request-preference-changed", { contract_id: contractId, muted });
  }

  #openDialog(dialog) {
    this.#regions.dialog.replaceChildren(dialog.node);
    dialog.open();
  }

  #announce(...content) {
    this.#tabs.selectFirst();
    this.#regions.announcement.replaceChildren(...content.flat(Infinity));
    this.#regions.announcement.focus();
  }

  /** Without its request the form may have nothing to send to. What is written there can be copied. */
  #leaveForm() {
    if (!this.#form || this.#isEditing) return;
    this.#form = null;
    this.#showUnsent(new Draft(this.person, this.#shownPath));
  }
}

const stack = () => h("div", { class: "stack" });

/** Which contract is seen by whom. While this stays the same, so do the regions. */
const viewOf = (state) => state && `${state.contract.contract_id} ${state.viewer} ${state.person}`;

/** The instants from which `state` is out of date. */
const changeTimes = ({ open_request: request, actions, feedback }) => [
  request?.expires_at, actions.give_feedback.eligible_at, actions.request_feedback.eligible_at,
  ...feedback.flatMap((entry) => [entry.correctable_until, entry.replyable_until]),
].filter(Boolean);

/** What a viewer can do from the ⋯ menu. `run` has what each of them does. */
function menuActions(wording, state, run) {
  const { viewer, open_request: request, requests_muted: isMuted } = state;
  const action = viewerAction(state);
  return [
    action && { label: wording.say(action.name), run: run.start },
    request && viewer === "client" && { label: wording.say("decline_send"), run: run.decline },
    request && viewer === "freelancer" && { label: wording.say("withdraw"), run: run.withdraw },
    canSetMuted(state) && {
      label: wording.say(isMuted ? "requests_allow" : "decline_muted"), run: () => run.setMuted(!isMuted),
    },
  ].filter(Boolean);
}
