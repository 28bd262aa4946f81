/** A page of the marketplace in React. It renders again at every keystroke, with new functions and objects. */

import { setApiBase, type Feedback } from "@mid-job-feedback/elements";
import type {} from "@mid-job-feedback/elements/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { loadElements, settings } from "./settings.js";

const { element, jwt, isTokenString } = settings();

function Page() {
  const [renders, setRenders] = useState(0);
  const [given, setGiven] = useState<Feedback | null>(null);
  const renderAgain = () => setRenders((count) => count + 1);
  const props = {
    "token": isTokenString ? jwt : () => jwt,
    "texts": { en: { publish: "Send it" } },
    "onfeedback-given": (event: CustomEvent<Feedback>) => setGiven(event.detail),
  };
  return (
    <main onInput={renderAgain}>
      <h1>Contract</h1>
      {element === "feedback-form" && <feedback-form contract-id="c-1" {...props} />}
      {element === "contract-feedback" && <contract-feedback contract-id="c-1" {...props} />}
      {element === "feedback-inbox" && <feedback-inbox {...props} />}
      <p><button onClick={renderAgain}>Render again</button> <output>{renders}</output></p>
      {given && <p>You gave {given.score} stars.</p>}
    </main>
  );
}

setApiBase("https://feedback.example.com/");
await loadElements();
createRoot(document.querySelector("#app")!).render(<StrictMode><Page /></StrictMode>);
