import "./feedback-form.js";
import { fragment, namePage, withAddress } from "./page.js";

const form = document.querySelector("feedback-form");

namePage("form_page");
withAddress(() => {
  form.setAttribute("rating", fragment().get("rating") ?? "");
  form.linkToken = fragment().get("t") ?? "";
});
