/**
 * All texts of the pages and elements, in English. The code fills in the {names}; a translation may put them anywhere.
 * To add a language, copy this file, translate it, and add its code to wording.js.
 * Many keys end in a code of the API: outcome_<status>, reason_<code>, problem_<code> and so on.
 */
export default {
  // Page titles and common words
  contract_page: "Contract Room",
  feedback_page: "Give feedback",
  freelancer_page: "Work history",
  inbox_page: "Waiting for you",
  preferences_page: "E-mail settings",
  loading: "Loading…",
  try_again: "Try again",
  cancel: "Cancel",
  sign_in: "Sign in",
  to_contract: "Go to the contract",

  // The contract. {client} and {freelancer} are names.
  status_active: "In progress",
  status_ended: "Ended",
  parties: "{client} (client) and {freelancer} (freelancer)",
  parties_client: "You (client) and {freelancer} (freelancer)",
  parties_freelancer: "You (freelancer) and {client} (client)",
  role_client: "Client",
  role_freelancer: "Freelancer",
  person: "{name}",
  person_you: "{name} (you)",
  contract_id: "Contract ID",
  started: "Started",
  ended: "Ended",
  since: "Since {date}",
  from_to: "{from} – {to}",
  more_actions: "More actions",
  sections: "Sections of this contract",
  tab_feedback: "Feedback",
  tab_details: "Details",

  // Requesting feedback
  request_feedback: "Request feedback",
  invitation_request_feedback:
    "Ask {client} for public feedback now. You don’t have to wait for the contract to end.",
  request_explained:
    "{client} gets an e-mail with your message and a link. Their feedback will be public in your work history, "
    + "without their name, and doesn’t affect your Job Success Score.",
  request_message: "Message to {client} (optional)",
  request_send: "Send request",
  request_sent: "Your request is on its way to {client}.",
  sending: "Sending…",

  // Requests, open and past. {when} is a day, and {left} is time_left. {time} is a number of days, hours or minutes.
  time_left: "{time} left",
  open_request_client: "{freelancer} asked for your feedback",
  open_request_freelancer: "You asked {client} for feedback",
  open_request_other: "{freelancer} asked {client} for feedback",
  answer_until_you: "You have until {when} ({left}).",
  answer_until_client: "{client} has until {when} ({left}).",
  again_unanswered: "If there’s no answer, you can ask again.",
  past_requests: "Past requests",
  outcome_fulfilled: "Answered",
  outcome_expired: "Expired",
  outcome_cancelled: "Cancelled",
  outcome_declined: "Declined",
  outcome_withdrawn: "Withdrawn",
  closed_fulfilled: "Asked on {asked}, answered on {closed}",
  closed_expired: "Asked on {asked}, expired on {closed}",
  closed_cancelled: "Asked on {asked}, cancelled on {closed}",
  closed_declined: "Asked on {asked}, declined on {closed}",
  closed_withdrawn: "Asked on {asked}, withdrawn on {closed}",
  closed_other: "Asked on {asked}, closed on {closed}",

  // Declining a request
  decline: "Decline",
  decline_title: "Decline {freelancer}’s request",
  decline_explained: "If you decline, nothing is published. You don’t have to say why.",
  decline_choice: "What should we tell {freelancer}?",
  decline_allowed: "Not now",
  decline_allowed_hint: "{freelancer} can ask you again later.",
  decline_muted: "Don’t ask me on this contract",
  decline_muted_hint: "You can allow requests again in the contract at any time.",
  decline_missing: "Choose one of the two.",
  decline_send: "Decline request",
  declined_title: "You declined the request.",
  declined_muted: "{freelancer} can’t ask you again on this contract, unless you allow requests again in the contract.",

  // Taking a request back, and turning requests off. {when} is a day, or a day and a time.
  withdraw: "Withdraw request",
  withdraw_title: "Withdraw your request",
  withdraw_explained: "{client} will no longer be able to answer it.",
  withdraw_again: "You won’t be able to ask again right away. After you withdraw it, this page says why.",
  withdraw_again_from: "You can ask again from {when}.",
  withdraw_again_now: "You can ask again at once.",
  withdrawn: "You withdrew the request.",
  withdrawn_again_now: "You can ask again now.",
  requests_muted: "{freelancer} can’t ask you again on this contract.",
  requests_allowed: "{freelancer} can ask you for feedback again.",
  requests_muted_client:
    "You turned off feedback requests for this contract. {freelancer} can ask you again once you allow it, or once you "
    + "give feedback without being asked.",
  requests_muted_freelancer: "{client} doesn’t want more requests on this contract. This one stays open.",
  requests_allow: "Allow requests again",

  // The e-mail of a request. A text that ends in _you is for the client. {when} is a day, or a day and a time.
  delivery_queued: "The e-mail is on its way.",
  delivery_sent: "E-mail sent on {when}.",
  delivery_delivered: "E-mail delivered on {when}.",
  delivery_delayed: "The e-mail is delayed. The mail server of {client} hasn’t accepted it yet, and we keep trying.",
  delivery_delayed_you: "The e-mail is delayed. Your mail server hasn’t accepted it yet, and we keep trying.",
  delivery_bounced: "{client} could not be reached by e-mail. Ask them to check their address.",
  delivery_bounced_you: "Our e-mail could not be delivered to you. Please check your address in the marketplace.",
  delivery_complained: "{client} no longer gets e-mails about requests, but can still answer in the marketplace.",
  delivery_complained_you: "You marked our e-mail as spam, so we no longer send e-mails to your address.",
  delivery_not_sent: "No e-mail was sent.",
  not_sent_unsubscribed: "No e-mail was sent: {client} unsubscribed from them, but can still answer in the marketplace.",
  not_sent_unsubscribed_you: "No e-mail was sent: you unsubscribed from e-mails about feedback requests.",
  not_sent_address_undeliverable: "No e-mail was sent: {client} can’t be reached. Ask them to check their address.",
  not_sent_address_undeliverable_you:
    "No e-mail was sent: earlier e-mails did not reach you. Please check your address in the marketplace.",
  not_sent_no_address: "No e-mail was sent: {client} has no e-mail address here.",
  not_sent_no_address_you: "No e-mail was sent: we have no e-mail address of yours.",
  not_sent_request_closed: "No e-mail was sent: the request was closed before.",
  delivery_other: "E-mail: {status}",

  // Why an action is not possible. A text that ends in _until is used when the reason ends at a known time.
  not_now_request_feedback: "You can’t request feedback right now.",
  not_now_give_feedback: "You can’t give feedback right now.",
  possible_from_request_feedback: "You can request feedback from {when}.",
  possible_from_give_feedback: "You can give feedback from {when}.",
  reason_contract_not_active: "This contract has ended. The client can now leave end-of-contract feedback.",
  reason_contract_not_active_until: "This contract hasn’t started yet. It starts on {when}.",
  reason_contract_too_new: "This contract hasn’t been running long enough.",
  reason_contract_too_new_until: "This contract hasn’t been running long enough. That changes on {when}.",
  reason_no_recent_payment: "There has been no recent payment on this contract. A new payment is needed.",
  reason_feedback_too_recent: "Feedback was given on this contract recently.",
  reason_feedback_too_recent_until: "Feedback was given on this contract recently. The waiting time ends on {when}.",
  reason_request_pending: "You already have an open request.",
  reason_request_pending_until: "You already have an open request. It expires on {when}.",
  reason_requests_not_enabled: "Requesting feedback isn’t available to you yet.",
  reason_request_declined: "The client would rather not give feedback right now.",
  reason_request_declined_until:
    "The client would rather not give feedback right now. The waiting time ends on {when}.",
  reason_requests_muted: "Feedback requests are turned off for this contract. Only the client can turn them on again.",
  reason_request_withdrawn_recently: "You withdrew your last request.",
  reason_request_withdrawn_recently_until: "You withdrew your last request. The waiting time ends on {when}.",
  reason_client_not_reachable: "The client can no longer be reached.",
  reason_until: "This changes on {when}.",
  payment_needed_by_then: "By then, a new payment will be needed too.",

  // The form
  give_feedback: "Give feedback",
  invitation_give_feedback: "Rate {freelancer}’s work so far. Your feedback will be public.",
  form_title: "Your feedback for {freelancer}",
  form_public:
    "You give this as the client of “{title}”. It will be public in {freelancer}’s work history, without your name. "
    + "It doesn’t affect their Job Success Score.",
  category_skills: "Skills",
  category_quality: "Quality",
  category_availability: "Availability",
  category_deadlines: "Deadlines",
  category_communication: "Communication",
  category_cooperation: "Cooperation",
  worst: "Poor",
  best: "Excellent",
  stars: { one: "{count} star", other: "{count} stars" },
  stars_worst: { one: "{count} star, poor", other: "{count} stars, poor" },
  stars_best: { one: "{count} star, excellent", other: "{count} stars, excellent" },
  average: "Average: {score} out of 5",
  average_missing: "{count} of {all} categories rated",
  prefilled: {
    one:
      "The link in the e-mail suggests {count} star for all six categories. Confirm it below, or change any of them.",
    other:
      "The link in the e-mail suggests {count} stars for all six categories. Confirm them below, or change any "
      + "of them.",
  },
  confirm_prefilled: {
    one: "Yes, {count} star in all six categories",
    other: "Yes, {count} stars in all six categories",
  },
  confirm_missing: "Tick this box if you mean this for all six, or change a rating above.",
  rating_missing: "Choose 1 to 5 stars.",
  comment: "Comment (optional)",
  comment_hint: "What is going well? What could be better?",
  characters: "{count} of {limit} characters",
  too_long: {
    one: "This is {count} character too long.",
    other: "This is {count} characters too long.",
  },
  publish: "Publish feedback",
  publish_hint: "This will be public.",
  publish_hint_until: "This will be public. You can edit it until {when}.",
  field_refused: "This was not accepted: {detail}",

  // After the form
  thanks_title: "Thank you. Your feedback is public.",
  thanks_text: "It’s now part of {freelancer}’s work history, without your name. You don’t need to do anything else.",
  unsent: "What you wrote was not published. You can copy it here.",
  unsent_uncertain: "We couldn’t confirm that your feedback was received. You can copy what you wrote here.",

  // Editing feedback. {when} is a day, or a day and a time.
  edit: "Edit feedback",
  edit_until: "You can edit your feedback until {when}.",
  edit_title: "Edit your feedback",
  edit_explained:
    "What you save replaces your public feedback, which then says that it was edited. You and the freelancer can still "
    + "see earlier versions.",
  edit_unseen: "This page can’t show what you gave before. What you save replaces all of it.",
  edit_save: "Save changes",
  edit_saved: "Your edited feedback is public.",
  edit_newer: "Your feedback now reads:",
  edit_use_newer: "Start from this version",

  // Feedback
  kind_mid_contract: "During the contract",
  kind_end_of_contract: "End of contract",
  score_of: "{score} out of 5",
  counts: "Counts towards the Job Success Score",
  counts_not: "Does not count towards the Job Success Score",
  feedback: "Feedback",
  feedback_client: "Feedback for {freelancer}",
  feedback_freelancer: "Feedback you received",
  no_feedback: "No feedback on this contract yet.",
  edited_on: "Edited on {date}",
  earlier_versions: "Earlier versions ({count})",
  replaced_on: "Replaced on {date}",
  edited_after_reply: "The feedback was edited after this reply.",

  // Replies to feedback, by the freelancer. {when} is a day, or a day and a time.
  reply: "Reply",
  reply_until: "You can reply until {when}.",
  reply_title: "Reply to {client}’s feedback",
  reply_explained: "Your reply will be public, below the feedback. For a short time, you can change it or take it back.",
  reply_text: "Your reply",
  reply_missing: "Write your reply first.",
  reply_send: "Publish reply",
  reply_published: "Your reply is public.",
  reply_change: "Change reply",
  reply_change_until: "You can change your reply or take it back until {when}.",
  reply_change_title: "Change your reply",
  reply_change_send: "Save reply",
  reply_changed: "Your reply has been changed.",
  reply_take_back: "Take back reply",
  reply_take_back_title: "Take back your reply",
  reply_take_back_explained:
    "It will no longer be shown. You can write another one only as long as the time to reply has not ended.",
  reply_taken_back: "You took your reply back.",
  reply_from: "Reply from {freelancer}",
  reply_from_you: "Your reply",
  reply_from_other: "The freelancer’s reply",
  reply_edited: "Changed on {when}",

  // Reporting feedback or a reply, and what was removed. Grounds are choices, and stand after "Reason:".
  report_feedback: "Report feedback",
  report_reply: "Report reply",
  report_explained:
    "The marketplace’s staff will check whether this breaks its rules. We don’t tell the other person who reported it.",
  report_choice: "What is wrong with it?",
  report_missing: "Choose a reason.",
  report_details: "Details (optional)",
  report_details_hint: "Only the staff can read this.",
  report_send: "Send report",
  report_sent:
    "Thank you. The marketplace’s staff will check your report. You will get a message when they have decided. Until "
    + "then, everything stays visible.",
  ground_abusive: "Abusive language",
  ground_abusive_hint: "Insults, threats, harassment or hate",
  ground_off_topic: "Not about the work",
  ground_off_topic_hint: "Advertising, spam or another matter",
  ground_private_information: "Private information",
  ground_private_information_hint: "Such as an address, a telephone number or a matter of health",
  ground_false_statement: "False statement",
  ground_false_statement_hint: "A fact that can be proven wrong. Poor ratings are opinions, not facts.",
  ground_extortion: "Extortion",
  ground_extortion_hint: "Somebody used it to demand money, free work or a better rating",
  removed_feedback: "The marketplace removed this feedback on {when}.",
  removed_reply: "The marketplace removed this reply on {when}.",
  removed_ground: "Reason: {ground}",

  // The inbox: all requests that wait for a client
  inbox_link: "Requests waiting for you",
  inbox_count: { one: "{count} request is waiting for you.", other: "{count} requests are waiting for you." },
  inbox_first: {
    one: "The request with the soonest deadline is shown.",
    other: "The {count} requests with the soonest deadlines are shown.",
  },
  inbox_empty: "Nothing is waiting for you",
  inbox_empty_text:
    "When a freelancer asks for your feedback, the request appears here. You can also give feedback without being "
    + "asked, in the contract.",

  // Work history
  history_empty: "No contracts yet",
  history_empty_text: "Contracts appear here as soon as they start, together with their feedback.",
  show_more: "Show more",
  shown: { one: "{count} contract shown.", other: "{count} contracts shown." },

  // The summary of a freelancer’s feedback
  summary_count: { one: "Based on {count} feedback entry", other: "Based on {count} feedback entries" },
  summary_none: "None yet.",
  summary_empty: "No feedback yet.",
  summary_missing: "We couldn’t load the summary of all feedback.",

  // Turning e-mails off and on
  preferences_legend: "E-mails about feedback requests",
  preferences_subscribed: "Send them to me",
  preferences_subscribed_hint: "You get an e-mail when a freelancer asks for your feedback, and reminders.",
  preferences_unsubscribed: "Don’t send them",
  preferences_unsubscribed_hint:
    "This applies to all your contracts. You still find requests in the marketplace, and can answer them there.",
  preferences_save: "Save",
  preferences_saved_subscribed: "Saved. You get e-mails about feedback requests again.",
  preferences_saved_unsubscribed: "Saved. You get no more e-mails about feedback requests.",
  preferences_unchanged: "Choose the other option to change this.",

  // When a call to the API fails: a title and a text for each code.
  // A text in _at is shown before the others if the API says when something closed; a text in _until is shown after
  // them if the API says when something will close.
  problem_signed_out: "Please sign in",
  problem_signed_out_text:
    "Sign in to the marketplace and open this page from there. Anything you typed is kept in this browser tab.",
  problem_not_found: "Page not found",
  problem_not_found_text:
    "Part of the address may be missing. Open the page again from the marketplace, or use the whole link.",
  problem_contract_not_found: "We couldn’t find this contract",
  problem_contract_not_found_text:
    "Please check the address. You can only see contracts in which you are the client or the freelancer.",
  problem_request_not_found: "We couldn’t find this request",
  problem_request_not_found_text: "Please open the contract again to see its requests.",
  problem_feedback_not_found: "We couldn’t find this feedback",
  problem_feedback_not_found_text: "Please open the contract again to see its feedback.",
  problem_link_invalid: "This link doesn’t work",
  problem_link_invalid_text:
    "Part of it may be missing. Open it again from the e-mail, or copy the whole link. You can also sign in to the "
    + "marketplace and give feedback there.",
  problem_preferences_link_invalid: "This link doesn’t work",
  problem_preferences_link_invalid_text:
    "Part of it may be missing. Open it again from the e-mail, or copy the whole link.",
  problem_link_expired: "This request has expired",
  problem_link_expired_at: "The time to answer ended on {when}.",
  problem_link_expired_text: "The freelancer can ask you again.",
  problem_link_expired_unprompted: "You can still give feedback",
  problem_link_expired_unprompted_at: "The time to answer this request ended on {when}.",
  problem_link_expired_unprompted_text: "You can give feedback without it: sign in and open the contract.",
  problem_already_answered: "This request has been answered",
  problem_already_answered_at: "The feedback was given on {when}.",
  problem_already_answered_text: "It is public. You don’t need to do anything else.",
  problem_contract_ended: "This contract has ended",
  problem_contract_ended_at: "It ended on {when}, which also closed this request.",
  problem_contract_ended_text: "You can leave end-of-contract feedback in the marketplace.",
  problem_request_cancelled: "This request was cancelled",
  problem_request_cancelled_at: "It was cancelled on {when}.",
  problem_request_cancelled_text: "You don’t need to answer it.",
  problem_request_declined: "You declined this request",
  problem_request_declined_at: "You declined it on {when}.",
  problem_request_declined_text: "You don’t need to do anything else.",
  problem_request_declined_unprompted_text:
    "If you have changed your mind, you can still give feedback: sign in and open the contract.",
  problem_request_withdrawn: "This request was withdrawn",
  problem_request_withdrawn_at: "It was withdrawn on {when}.",
  problem_request_withdrawn_text: "You don’t need to answer it.",
  problem_request_withdrawn_unprompted_text: "You can still give feedback without it: sign in and open the contract.",
  problem_link_superseded: "This link no longer works",
  problem_link_superseded_text:
    "Your e-mail address has changed since it was sent. Use the link in the e-mail to your new address, or sign in to "
    + "the marketplace and answer there.",
  problem_not_eligible: "This isn’t possible right now",
  problem_not_eligible_text: "Something has changed since you opened this page.",
  problem_request_pending: "You already have an open request",
  problem_request_pending_text: "You can ask again after it has been answered or has expired.",
  problem_request_pending_until: "It expires on {when}.",
  problem_request_closed: "This request is already closed",
  problem_request_closed_at: "It was closed on {when}.",
  problem_request_closed_text: "It is now: {status}.",
  problem_not_answered: "This request hasn’t been answered yet",
  problem_not_answered_text: "Open the link in the e-mail again to answer it.",
  problem_correction_closed: "Your feedback can no longer be edited",
  problem_correction_closed_at: "The time to edit it ended on {when}.",
  problem_correction_closed_text: "It stays public as it is.",
  problem_too_many_corrections: "Your feedback can’t be edited again",
  problem_too_many_corrections_text: "It has been edited as often as possible, and stays public as it is.",
  problem_revision_mismatch: "Your feedback has changed since you started to edit it",
  problem_revision_mismatch_text:
    "It was edited somewhere else, such as in another tab. What you typed is kept. If you save it now, it replaces that "
    + "newer version.",
  problem_feedback_removed: "The marketplace has removed this",
  problem_feedback_removed_text: "Nobody can change, answer or report it any more.",
  problem_reply_closed: "The time for your reply has ended",
  problem_reply_closed_at: "It ended on {when}.",
  problem_reply_closed_text: "You can no longer write, change or take back a reply to this feedback.",
  problem_already_reported: "You have already reported this",
  problem_already_reported_text:
    "The marketplace’s staff tell you when they have decided. After that, you can report it again only if it changes.",
  problem_not_the_client: "Only the client can do this",
  problem_not_the_client_text: "You are signed in, but not as the client of this contract.",
  problem_not_the_freelancer: "Only the freelancer can do this",
  problem_not_the_freelancer_text: "You are signed in, but not as the freelancer of this contract.",
  problem_requests_not_enabled: "You can’t request feedback yet",
  problem_requests_not_enabled_text: "We are introducing this step by step.",
  problem_invalid_request: "Please check what you entered",
  problem_invalid_request_text: "The notes below show what to change.",
  problem_too_large: "Your text is too long",
  problem_too_large_text: "Please shorten it and try again.",
  problem_busy: "The service is busy",
  problem_busy_text: "Please try again in a moment.",
  problem_busy_for: {
    one: "Please try again in {count} second.",
    other: "Please try again in {count} seconds.",
  },
  problem_unreachable: "We couldn’t reach the service",
  problem_unreachable_text: "Please check your connection and try again.",
  problem_refused: "This isn’t possible",
  problem_refused_text: "The service said: {detail}",
  problem_unexpected: "Something went wrong",
  problem_unexpected_text: "This is our fault. Please try again later.",
  input_kept: "What you typed is kept. You can safely try again: it counts only once.",
  reference: "If you contact support, mention reference {reference}.",
};
