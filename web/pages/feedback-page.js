import { setTitle, withFragment } from "./page.js";

export function startFeedbackPage() {
  const element = document.querySelector("feedback-form");
  setTitle("form_page");
  withFragment((parameters) => {
    element.setAttribute("rating", parameters.get("rating") ?? "");
    element.linkToken = parameters.get("t") ?? "";
  });
}
