/** What a test chooses by the page's address. */

declare global {
  interface Window {
    loadElements: () => Promise<unknown>;
  }
}

export function settings() {
  const chosen = new URLSearchParams(location.search);
  return {
    element: chosen.get("element") ?? "feedback-form",
    jwt: chosen.get("jwt") ?? "",
    isTokenString: chosen.get("token") === "string",
  };
}

/** Registers the elements; `late` pages do that only when the test calls it. */
export async function loadElements() {
  window.loadElements = () => import("@mid-job-feedback/elements/define");
  if (!new URLSearchParams(location.search).has("late")) await window.loadElements();
}
