import "./feedback-form.js";
import { setTitle, withFragment } from "./page.js";

const element = document.querySelector("feedback-form");

setTitle("form_page");
withFragment((parameters) => {
  element.setAttribute("rating", parameters.get("rating") ?? "");
  element.linkToken = parameters.get("t") ?? "";
});
