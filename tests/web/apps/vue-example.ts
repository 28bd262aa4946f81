/** Shows the component in docs/embedding.md, which the tests write into `example.vue` and compile. */

import { setApiBase } from "@mid-job-feedback/elements";
import { createApp } from "vue";
import ContractPage from "./example-vue.js";

setApiBase("https://feedback.example.com/");
createApp(ContractPage, { contractId: "c-1", fetchToken: async () => "client-token" }).mount("#app");
