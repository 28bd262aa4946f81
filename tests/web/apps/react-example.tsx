/** Shows the component in docs/embedding.md, which the tests write into `example-react.tsx`. */

import { setApiBase } from "@mid-job-feedback/elements";
import { createRoot } from "react-dom/client";
import { ContractPage } from "./example-react.js";

setApiBase("https://feedback.example.com/");
createRoot(document.querySelector("#app")!).render(
  <ContractPage contractId="c-1" fetchToken={async () => "client-token"} />);
