/** The elements as classes. Importing this module registers nothing: import "@mid-job-feedback/elements/define" as well. */

/**
 * The signed-in person's JWT. A function is called before calls to the API, so it can fetch a new token.
 * `null`: nobody is signed in.
 */
export type TokenSource = string | null | Promise<string | null> | (() => string | null | Promise<string | null>);

/** Your own texts by language and key, such as `{ en: { publish: "Send" } }`. They may add languages. */
export type Texts = Record<string, Record<string, string | PluralForms>>;

export type PluralForms = { other: string } & { [Form in Intl.LDMLPluralRule]?: string };

export type Category = "skills" | "quality" | "availability" | "deadlines" | "communication" | "cooperation";

/** Feedback, as the API returns it. */
export interface Feedback {
  feedback_id: string;
  contract_id: string;
  kind: "mid_contract" | "end_of_contract";
  /** 1 to 5 stars in each category. null if the marketplace has removed the feedback, as are `score` and `comment`. */
  ratings: Record<Category, number> | null;
  /** The mean of the ratings, with two decimals. */
  score: number | null;
  comment: string | null;
  /** Instants are in UTC: "2026-12-09T17:37:38.000Z". */
  provided_at: string;
  /** The request that this feedback answers. */
  request_id: string | null;
  counts_towards_job_success_score: boolean;
  /** 1 at first. Each time that the client edits it makes one more. */
  revision: number;
  edited_at: string | null;
  /** The client can edit it until then. */
  correctable_until: string | null;
  /** What it said before it was edited, newest first. */
  earlier_versions: EarlierVersion[];
  /** The freelancer's public reply. */
  reply: Reply | null;
  /** The freelancer can reply until then, or change the reply or take it back. */
  replyable_until: string | null;
  /** That the marketplace removed it. Then `ratings`, `score` and `comment` are null. */
  removed: Removal | null;
}

/** What feedback said before its client edited it. */
export interface EarlierVersion {
  revision: number;
  ratings: Record<Category, number>;
  score: number;
  comment: string | null;
  replaced_at: string;
}

/** A freelancer's reply to feedback. Without `text`, the marketplace has removed it. */
export interface Reply {
  text: string | null;
  replied_at: string;
  edited_at: string | null;
  removed?: Removal;
}

/** What is left of a text that the marketplace removed. */
export interface Removal {
  at: string;
  ground: Ground;
}

/** Why a text was reported or removed. */
export type Ground = "abusive" | "off_topic" | "private_information" | "false_statement" | "extortion";

/** A report of feedback or of its reply to the marketplace's staff. */
export interface FeedbackReport {
  report_id: string;
  contract_id: string;
  feedback_id: string;
  target: "feedback" | "reply";
  ground: Ground;
  status: "open" | "settled";
  reported_at: string;
}

/** A freelancer's request for feedback, as the API returns it. */
export interface FeedbackRequest {
  request_id: string;
  contract_id: string;
  status: "pending" | "fulfilled" | "expired" | "cancelled" | "declined" | "withdrawn";
  message: string | null;
  requested_at: string;
  /** The client can answer until then. */
  expires_at: string;
  closed_at: string | null;
  /** What became of the e-mail to the client. */
  delivery: Delivery;
}

/** What became of the e-mail about a request. It names no address. */
export interface Delivery {
  email: {
    status: "queued" | "sent" | "delivered" | "delayed" | "bounced" | "complained" | "not_sent";
    /** Why no e-mail was sent. */
    reason: "unsubscribed" | "address_undeliverable" | "no_address" | "request_closed" | null;
    /** When the status was reached. */
    at: string;
  };
}

/** Whether the client of a contract gets feedback requests. */
export interface RequestPreference {
  contract_id: string;
  muted: boolean;
}

/** The events bubble, out of shadow roots too: you can listen on the element or on anything around it. */
export interface FeedbackEventMap {
  "feedback-given": CustomEvent<Feedback>;
  "feedback-corrected": CustomEvent<Feedback>;
  "feedback-replied": CustomEvent<Feedback>;
  "feedback-reported": CustomEvent<FeedbackReport>;
  "feedback-requested": CustomEvent<FeedbackRequest>;
  "request-declined": CustomEvent<FeedbackRequest>;
  "request-withdrawn": CustomEvent<FeedbackRequest>;
  "request-preference-changed": CustomEvent<RequestPreference>;
}

declare global {
  interface GlobalEventHandlersEventMap extends FeedbackEventMap {}

  interface HTMLElementTagNameMap {
    "contract-feedback": ContractFeedback;
    "feedback-form": FeedbackForm;
    "feedback-inbox": FeedbackInbox;
    "feedback-summary": FeedbackSummary;
    "work-history": WorkHistory;
  }
}

interface FeedbackElementAttributes {
  /** The API's URL, instead of that of `setApiBase`. */
  "api-base"?: string | undefined;
  /** Where people sign in. `{return_url}` becomes the address of the current page. */
  "sign-in-url"?: string | undefined;
  /** Where a signed-in person finds a contract. `{contract_id}` becomes its ID. */
  "contract-url"?: string | undefined;
}

export interface ContractFeedbackAttributes extends FeedbackElementAttributes {
  "contract-id"?: string | undefined;
  /** Where the client finds all open requests. */
  "inbox-url"?: string | undefined;
}

export interface FeedbackInboxAttributes extends FeedbackElementAttributes {}

export interface FeedbackFormAttributes extends FeedbackElementAttributes {
  /** For a signed-in client; leave it out if you set `linkToken`. */
  "contract-id"?: string | undefined;
  /** Stars to suggest, from 1 to 5. */
  "rating"?: number | string | undefined;
  /** Opens the dialog to decline the request. */
  "decline"?: boolean | undefined;
}

interface FreelancerAttributes extends FeedbackElementAttributes {
  "freelancer-id"?: string | undefined;
  /** Describes the summary to search engines, in the vocabulary of schema.org. */
  "structured-data"?: boolean | undefined;
}

export interface FeedbackSummaryAttributes extends FreelancerAttributes {}

export interface WorkHistoryAttributes extends FreelancerAttributes {
  /** Shows the summary of all feedback above the contracts. */
  "summary"?: boolean | undefined;
}

declare class FeedbackElement extends HTMLElement {
  get token(): TokenSource | undefined;
  set token(token: TokenSource | undefined);
  get texts(): Texts;
  set texts(texts: Texts | null | undefined);
}

/** `<contract-feedback>`: the Contract Room, for the contract's client or freelancer. */
export declare class ContractFeedback extends FeedbackElement {}

/** `<feedback-form>`: the form alone, for a signed-in client or for whoever holds an e-mail's link. */
export declare class FeedbackForm extends FeedbackElement {
  /** The token of an e-mail's link, instead of `token` and `contract-id`. */
  get linkToken(): string | undefined;
  set linkToken(token: string | null | undefined);
}

/** `<feedback-inbox>`: the requests that wait for the signed-in client, on all contracts, soonest deadline first. */
export declare class FeedbackInbox extends FeedbackElement {}

/** `<feedback-summary>`: a freelancer's average rating, for each kind of feedback. It is public and needs no token. */
export declare class FeedbackSummary extends FeedbackElement {}

/** `<work-history>`: a freelancer's public work history. It needs no token. */
export declare class WorkHistory extends FeedbackElement {}

/** Sets the API's URL for all elements that have no attribute `api-base`. */
export declare function setApiBase(url: string | URL): void;

export {};
