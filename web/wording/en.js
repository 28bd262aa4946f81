/**
 * Every sentence of the front end in English. {names} are filled in by the code and may be moved
 * freely. A new language is a copy of this file, translated, and its code in wording.js.
 */
export default {
  // Pages and common words
  contract_page: "Contract Room",
  form_page: "Give feedback",
  history_page: "Work history",
  loading: "Loading…",
  try_again: "Try again",
  cancel: "Cancel",

  // The contract
  status_active: "In progress",
  status_ended: "Ended",
  parties: "{client} and {freelancer}",
  role_client: "Client",
  role_freelancer: "Freelancer",
  contract_id: "Contract",
  started: "Started",
  ended: "Ended",
  since: "Since {date}",
  from_to: "{from} – {to}",
  more_actions: "More actions",
  sections: "Sections of this contract",
  tab_feedback: "Feedback",
  tab_details: "Details",

  // Asking
  request_feedback: "Request feedback",
  request_invitation: "Ask {client} how it is going. You do not have to wait for the contract to end.",
  request_explained:
    "{client} gets an e-mail with a link. What they write is public in your work history and does "
    + "not affect your Job Success Score.",
  request_message: "Message to {client} (optional)",
  request_send: "Send request",
  request_sent: "Your request is on its way to {client}.",
  sending: "Sending…",

  // Requests
  open_request_yours: "You asked {client} for feedback",
  open_request_theirs: "{freelancer} asked for your feedback",
  asked_at: "Asked on {when}",
  answer_until: "Can be answered until {when}",
  past_requests: "Past requests",
  outcome_fulfilled: "Answered",
  outcome_expired: "Expired",
  outcome_cancelled: "Cancelled",
  closed_fulfilled: "Asked on {asked}, answered on {closed}",
  closed_expired: "Asked on {asked}, expired on {closed}",
  closed_cancelled: "Asked on {asked}, cancelled on {closed}",

  // Why something is not possible
  not_now_request_feedback: "You cannot request feedback right now",
  not_now_give_feedback: "You cannot give feedback right now",
  reason_contract_not_active:
    "This contract has ended. Feedback now belongs to the end of the contract.",
  reason_contract_not_active_yet: "This contract has not started yet.",
  reason_contract_too_new: "This contract has not been running long enough.",
  reason_no_recent_payment:
    "There has been no payment on this contract lately. It opens again with the next one.",
  reason_feedback_too_recent: "Feedback was given on this contract only recently.",
  reason_request_pending: "There is an open request, waiting for its answer.",
  reason_requests_not_enabled: "Requesting feedback is not available to you yet.",
  reason_clears: "This changes on {when}.",
  possible_from: "It becomes possible on {when}.",
  payment_needed_by_then: "By then a new payment will be needed too.",

  // The form
  give_feedback: "Give feedback",
  give_invitation: "How is it going? Tell {freelancer} while the work is still under way.",
  form_title: "Your feedback for {freelancer}",
  form_public:
    "Your feedback is public. It appears in the freelancer’s work history and has no effect on the "
    + "Job Success Score.",
  skills: "Skills",
  quality: "Quality",
  availability: "Availability",
  deadlines: "Deadlines",
  communication: "Communication",
  cooperation: "Cooperation",
  worst: "Poor",
  best: "Excellent",
  stars: { one: "{count} star", other: "{count} stars" },
  stars_worst: { one: "{count} star, poor", other: "{count} stars, poor" },
  stars_best: { one: "{count} star, excellent", other: "{count} stars, excellent" },
  average: "Total: {score} of 5",
  average_missing: "Total: {count} of {all} rated",
  prefilled: {
    one: "You chose {count} star in the e-mail, so all six start there. Change any of them.",
    other: "You chose {count} stars in the e-mail, so all six start there. Change any of them.",
  },
  confirm_prefilled: {
    one: "Yes, {count} star in all six categories",
    other: "Yes, {count} stars in all six categories",
  },
  confirm_missing: "Tick this box, or change a rating above, so that we know a person chose them.",
  rating_missing: "Choose one to five stars.",
  comment: "Comment (optional)",
  comment_hint: "What goes well? What could go better?",
  characters: "{count} of {limit} characters",
  too_long: {
    one: "This is {count} character too long.",
    other: "This is {count} characters too long.",
  },
  publish: "Publish feedback",
  field_refused: "This was not accepted: {detail}",

  // After the form
  thanks_title: "Thank you. Your feedback is public.",
  thanks_text: "It is part of {freelancer}’s work history now. There is nothing more to do.",
  unsent: "What you wrote was not published. It is kept here so that you can copy it.",
  unsent_uncertain:
    "We could not learn whether what you sent arrived. It is kept here so that you can copy it.",

  // Feedback
  kind_mid_contract: "During the contract",
  kind_end_of_contract: "End of contract",
  score_of: "{score} out of 5",
  counts: "Counts towards the Job Success Score",
  counts_not: "Does not count towards the Job Success Score",
  feedback: "Feedback",
  no_feedback: "No feedback on this contract yet.",

  // Work history
  history_empty: "No contracts yet",
  history_empty_text: "Contracts appear here as soon as they start, with the feedback given on them.",
  history_average: {
    one: "Average score {score}, from the one entry shown here.",
    other: "Average score {score}, from the {count} entries shown here.",
  },
  contract_average: "Average {score} from {count} entries",
  show_more: "Show more",
  shown: { one: "{count} contract shown.", other: "{count} contracts shown." },

  // When things fail. Each has a title and a text.
  signed_out: "Your sign-in has expired",
  signed_out_text:
    "Go back to the marketplace and open this page from there again. What you typed is kept in this tab.",
  not_found: "There is nothing here",
  not_found_text: "The address of this page is not complete.",
  contract_not_found: "There is no such contract here",
  contract_not_found_text: "It does not exist, or it is not one of yours.",
  link_invalid: "This link does not work",
  link_invalid_text:
    "It may have been cut off. Open it again from the e-mail, or copy it as a whole.",
  link_expired: "This request has expired",
  link_expired_at: "It could be answered until {when}.",
  link_expired_text: "The freelancer can ask you again.",
  already_answered: "This request has been answered",
  already_answered_at: "That was on {when}.",
  already_answered_text: "The feedback is published. There is nothing more to do.",
  contract_ended: "This contract has ended",
  contract_ended_at: "It ended on {when}, and the request with it.",
  contract_ended_text: "Feedback now belongs to the end of the contract.",
  request_cancelled: "This request was cancelled",
  request_cancelled_at: "That was on {when}.",
  request_cancelled_text: "It needs no answer any more. There is nothing to do.",
  not_eligible: "This is not possible right now",
  not_eligible_text: "Something changed since this page was opened.",
  request_pending: "There is an open request already",
  request_pending_text: "Another one can be made once it is answered or has expired.",
  not_the_client: "Only the client can give feedback",
  not_the_client_text: "You are signed in as the other side of this contract.",
  not_the_freelancer: "Only the freelancer can request feedback",
  not_the_freelancer_text: "You are signed in as the other side of this contract.",
  requests_not_enabled: "Requesting feedback is not available to you yet",
  requests_not_enabled_text: "It is being introduced step by step.",
  invalid_request: "Something needs a second look",
  invalid_request_text: "Nothing is lost. See the notes below.",
  too_large: "This is too long to send",
  too_large_text: "Please shorten the text. Nothing is lost.",
  busy: "The service is busy",
  busy_text: "Please try again in a moment. Nothing is lost, and nothing is sent twice.",
  busy_for: {
    one: "Please try again in {count} second. Nothing is lost, and nothing is sent twice.",
    other: "Please try again in {count} seconds. Nothing is lost, and nothing is sent twice.",
  },
  unreachable: "No answer",
  unreachable_text:
    "The connection failed. Please try again: nothing is lost, and nothing is sent twice.",
  unexpected: "Something went wrong",
  unexpected_text: "This is our fault. Please try again later. Nothing is lost.",
};
