/**
 * The elements in JSX, for React 19. There is nothing to load at run time, so import only the types:
 * `import type {} from "@mid-job-feedback/elements/react";`
 */

import type { DetailedHTMLProps, HTMLAttributes } from "react";
import type {
  ContractFeedback,
  ContractFeedbackAttributes,
  FeedbackEventMap,
  FeedbackForm,
  FeedbackFormAttributes,
  FeedbackInbox,
  FeedbackInboxAttributes,
  FeedbackSummary,
  FeedbackSummaryAttributes,
  Texts,
  TokenSource,
  WorkHistory,
  WorkHistoryAttributes,
} from "./index.js";

type Listeners<Name extends keyof FeedbackEventMap> = {
  [Event in Name as `on${Event}`]?: ((event: FeedbackEventMap[Event]) => void) | undefined;
};

interface Properties {
  token?: TokenSource | undefined;
  texts?: Texts | null | undefined;
}

interface LinkToken {
  linkToken?: string | null | undefined;
}

type Props<Element extends HTMLElement, Own> = DetailedHTMLProps<HTMLAttributes<Element>, Element> & Properties & Own;

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "contract-feedback": Props<
        ContractFeedback,
        ContractFeedbackAttributes & Listeners<
          | "feedback-given" | "feedback-corrected" | "feedback-replied" | "feedback-reported" | "feedback-requested"
          | "request-declined" | "request-withdrawn" | "request-preference-changed"
        >
      >;
      "feedback-form": Props<
        FeedbackForm,
        FeedbackFormAttributes & LinkToken
          & Listeners<"feedback-given" | "feedback-corrected" | "request-declined" | "request-preference-changed">
      >;
      "feedback-inbox": Props<
        FeedbackInbox,
        FeedbackInboxAttributes
          & Listeners<"feedback-given" | "feedback-corrected" | "request-declined" | "request-preference-changed">
      >;
      "feedback-summary": Props<FeedbackSummary, FeedbackSummaryAttributes>;
      "work-history": Props<WorkHistory, WorkHistoryAttributes>;
    }
  }
}
