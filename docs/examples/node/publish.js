/** `node publish.js`: run it as a process of its own, as often as you like. With `--once`, it ends when all is done. */

import { setTimeout as pause } from "node:timers/promises";

import { EventBridge } from "@aws-sdk/client-eventbridge";
import pg from "pg";

import { publishBatch } from "./publisher.js";

const once = process.argv.includes("--once");
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
// A row stays locked during the call, so that must not take long.
const eventBridge = new EventBridge({ requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000 } });
const to = {
  bus: process.env.FEEDBACK_EVENT_BUS, // EventBusName; its ARN if the stack is in another account
  source: process.env.FEEDBACK_EVENT_SOURCE ?? "marketplace.contracts", // EventSource
};

for (;;) {
  let published = 0;
  try {
    published = await publishBatch(pool, eventBridge, to);
  } catch (error) {
    if (once) throw error;
    console.error("Contract events could not be published:", error);
  }
  if (published) continue;
  if (once) break;
  await pause(1_000);
}
await pool.end();
