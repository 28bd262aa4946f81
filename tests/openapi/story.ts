// A contract's feedback through the client that openapi-typescript and openapi-fetch make of the OpenAPI document.
// `node story.js give` requests and gives feedback, `node story.js history` reads the work history. Each prints what it
// saw.

import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";

declare const process: { readonly argv: string[]; readonly env: Record<string, string | undefined> };

type Feedback = components["schemas"]["FeedbackView"];

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing`);
  return value;
}

const contract_id = setting("CONTRACT_ID");
const ratings = { skills: 5, quality: 5, availability: 4, deadlines: 4, communication: 5, cooperation: 5 };

function clientOf(token: string) {
  return createClient<paths>({ baseUrl: setting("API_URL"), headers: { Authorization: `Bearer ${token}` } });
}

async function give() {
  const freelancer = clientOf(setting("FREELANCER_TOKEN"));
  const client = clientOf(setting("CLIENT_TOKEN"));
  const params = { path: { contract_id } };

  const requested = await freelancer.POST("/contracts/{contract_id}/feedback-requests", {
    params: { ...params, header: { "Idempotency-Key": setting("KEY") } },
    body: { message: "How is it going?" },
  });
  if (requested.data === undefined) throw new Error(JSON.stringify(requested.error));
  const deadline: string = requested.data.expires_at;

  const tab = await client.GET("/contracts/{contract_id}/feedback", { params });
  if (tab.data === undefined) throw new Error(JSON.stringify(tab.error));

  const refused = await freelancer.POST("/contracts/{contract_id}/feedback-requests", { params, body: {} });
  if (refused.error === undefined || !("code" in refused.error) || refused.error.code !== "request_pending")
    throw new Error(JSON.stringify(refused));
  const openUntil: string = refused.error.expires_at; // which no other refusal has

  const given = await client.POST("/contracts/{contract_id}/feedback", { params, body: { ratings, comment: "Good." } });
  if (given.data === undefined) throw new Error(JSON.stringify(given.error));
  const feedback: Feedback = given.data;

  return {
    statuses: [requested, tab, refused, given].map(({ response }) => response.status),
    asked: tab.data.open_request?.request_id === requested.data.request_id && tab.data.viewer === "client",
    refused: [refused.error.code, openUntil === deadline],
    score: feedback.score,
    answers: feedback.request_id === requested.data.request_id,
  };
}

async function history() {
  const { data, error } = await createClient<paths>({ baseUrl: setting("API_URL") }).GET(
    "/freelancers/{freelancer_id}/work-history",
    { params: { path: { freelancer_id: setting("FREELANCER_ID") }, query: { limit: 100 } } },
  );
  if (data === undefined) throw new Error(JSON.stringify(error));
  const contract = data.contracts.find((one) => one.contract_id === contract_id);
  return { comments: contract?.feedback.map(({ comment }) => comment) ?? [] };
}

console.log(JSON.stringify(process.argv[2] === "give" ? await give() : await history()));
