import { queryParameters, setTitle } from "./page.js";

export function startFreelancerPage() {
  setTitle("history_page");
  document.querySelector("work-history").setAttribute("freelancer-id", queryParameters().get("id") ?? "");
}
