/** Mistakes. Each line says which error the type checker must report for it. */

import type { ContractFeedback, Feedback } from "@mid-job-feedback/elements";
import type {} from "@mid-job-feedback/elements/react";

declare const room: ContractFeedback;

room.token = 42; // TS2322
room.token = async () => 42; // TS2322
room.linkToken = "abc"; // TS2339
room.texts = { en: { publish: 1 } }; // TS2322
room.texts = { en: { stars: { one: "1 star" } } }; // TS2322
room.addEventListener("feedback-give", (event) => event.detail); // TS2339
room.addEventListener("feedback-given", ({ detail }) => detail.stars); // TS2339

export const mistakes = [
  <contract-feedback contract-id={1} />, // TS2322
  <contract-feedback token={{ jwt: "abc" }} />, // TS2353
  <contract-feedback onFeedbackGiven={() => {}} />, // TS2322
  <contract-feedback onfeedback-given={(event: CustomEvent<Feedback[]>) => event} />, // TS2322
  <work-history linkToken="abc" />, // TS2322
  <work-histori />, // TS2339
];
