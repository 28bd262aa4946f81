/** The same page in Vue. */

import { setApiBase, type Feedback } from "@mid-job-feedback/elements";
import { createApp, h, ref } from "vue";
import { loadElements, settings } from "./settings.js";

const { element, jwt, isTokenString } = settings();
const renders = ref(0);
const given = ref<Feedback | null>(null);
const renderAgain = () => { renders.value += 1; };

const page = () => h("main", { onInput: renderAgain }, [
  h("h1", "Contract"),
  h(element, {
    "contract-id": "c-1",
    "token": isTokenString ? jwt : () => jwt,
    "texts": { en: { publish: "Send it" } },
    "onFeedbackGiven": (event: CustomEvent<Feedback>) => { given.value = event.detail; },
  }),
  h("p", [h("button", { onClick: renderAgain }, "Render again"), h("output", renders.value)]),
  given.value && h("p", `You gave ${given.value.score} stars.`),
]);

setApiBase("https://feedback.example.com/");
await loadElements();
createApp(page).mount("#app");
