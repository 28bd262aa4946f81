// Mistakes that the types of the generated client must refuse, each in the line that says so.

import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const client = createClient<paths>({ baseUrl: "https://feedback.example.com" });
const params = { path: { contract_id: "c-1" } };

await client.GET("/contracts/{contract_id}/feedbacks", { params }); // TS2345
await client.GET("/contracts/{contract_id}/feedback"); // TS2554
await client.POST("/contracts/{contract_id}/feedback", { params, body: { comment: "No ratings." } }); // TS2322
const { data, error } = await client.GET("/contracts/{contract_id}/feedback", { params });
console.log(data.viewer); // TS18048
console.log(error && "code" in error && error.code === "link_expired"); // TS2367
