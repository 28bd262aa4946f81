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
  invitation_request_feedback: "Ask {client} how it is going. You do not have to wait for the contract to end.",
  request_explained:
    "{client} gets an e-mail with a link. What they write is public in your work history and does "
    + "not affect your Job Success Score.",
  request_message: "Message to {client} (optional)",
  request_send: "Send request",
  request_sent: "Your request is on its way to {client}.",
  sending: "Sending…",

  // Requests
  open_request_freelancer: "You asked {client} for feedback",
  open_request_client: "{freelancer} asked for your feedback",
  open_request_other: "{freelancer} asked {client} for feedback",
  asked_at: "Asked on {when}",
  answer_until: "Can be answered until {when}",
  past_requests: "Past requests",
  outcome_fulfilled: "Answered",
  outcome_expired: "Expired",
  outcome_cancelled: "Cancelled",
  closed_fulfilled: "Asked on {asked}, answered on {closed}",
  closed_expired: "Asked on {asked}, expired on {closed}",
  closed_cancelled: "Asked on {asked}, cancelled on {closed}",
  closed_other: "Asked on {asked}, closed on {closed}",

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
  invitation_give_feedback: "How is it going? Tell {freelancer} while the work is still under way.",
  form_title: "Your feedback for {freelancer}",
  form_public:
    "Your feedback is public. It appears in the freelancer’s work history and has no effect on the "
    + "Job Success Score.",
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
  problem_signed_out: "Your sign-in has expired",
  problem_signed_out_text:
    "Go back to the marketplace and open this page from there again. What you typed is kept in this tab.",
  problem_not_found: "There is nothing here",
  problem_not_found_text: "The address of this page is not complete.",
  problem_contract_not_found: "There is no such contract here",
  problem_contract_not_found_text: "It does not exist, or it is not one of yours.",
  problem_link_invalid: "This link does not work",
  problem_link_invalid_text:
    "It may have been cut off. Open it again from the e-mail, or copy it as a whole.",
  problem_link_expired: "This request has expired",
  problem_link_expired_at: "It could be answered until {when}.",
  problem_link_expired_text: "The freelancer can ask you again.",
  problem_already_answered: "This request has been answered",
  problem_already_answered_at: "That was on {when}.",
  problem_already_answered_text: "The feedback is published. There is nothing more to do.",
  problem_contract_ended: "This contract has ended",
  problem_contract_ended_at: "It ended on {when}, and the request with it.",
  problem_contract_ended_text: "Feedback now belongs to the end of the contract.",
  problem_request_cancelled: "This request was cancelled",
  problem_request_cancelled_at: "That was on {when}.",
  problem_request_cancelled_text: "It needs no answer any more. There is nothing to do.",
  problem_not_eligible: "This is not possible right now",
  problem_not_eligible_text: "Something changed since this page was opened.",
  problem_request_pending: "There is an open request already",
  problem_request_pending_text: "Another one can be made once it is answered or has expired.",
  problem_not_the_client: "Only the client can give feedback",
  problem_not_the_client_text: "You are signed in as the other side of this contract.",
  problem_not_the_freelancer: "Only the freelancer can request feedback",
  problem_not_the_freelancer_text: "You are signed in as the other side of this contract.",
  problem_requests_not_enabled: "Requesting feedback is not available to you yet",
  problem_requests_not_enabled_text: "It is being introduced step by step.",
  problem_invalid_request: "Something needs a second look",
  problem_invalid_request_text: "Nothing is lost. See the notes below.",
  problem_too_large: "This is too long to send",
  problem_too_large_text: "Please shorten the text. Nothing is lost.",
  problem_busy: "The service is busy",
  problem_busy_text: "Please try again in a moment. Nothing is lost, and nothing is sent twice.",
  problem_busy_for: {
    one: "Please try again in {count} second. Nothing is lost, and nothing is sent twice.",
    other: "Please try again in {count} seconds. Nothing is lost, and nothing is sent twice.",
  },
  problem_unreachable: "No answer",
  problem_unreachable_text:
    "The connection failed. Please try again: nothing is lost, and nothing is sent twice.",
  problem_refused: "This is not possible",
  problem_refused_text: "The service said: {detail}",
  problem_unexpected: "Something went wrong",
  problem_unexpected_text: "This is our fault. Please try again later. Nothing is lost.",
  reference: "If you contact support, mention reference {reference}.",
};
