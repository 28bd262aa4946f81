/** A page without a framework: the tag is in its HTML. */

import { setApiBase } from "@mid-job-feedback/elements";
import "@mid-job-feedback/elements/define";

setApiBase("https://feedback.example.com/");
const form = document.querySelector("feedback-form");
if (form) form.token = async () => "client-token";
document.addEventListener("feedback-given", ({ detail }) => { document.title = `You gave ${detail.score} stars.`; });
