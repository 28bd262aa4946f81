/** `node receive.js`: run it as a process of its own, as often as you like. With `--once`, it ends after one batch. */

import { setTimeout as pause } from "node:timers/promises";

import { SQS } from "@aws-sdk/client-sqs";
import pg from "pg";

import { receiveBatch } from "./dash-inbox.js";

const once = process.argv.includes("--once");
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const sqs = new SQS();

do {
  try {
    await receiveBatch(pool, sqs, process.env.FEEDBACK_DASH_QUEUE_URL); // a queue that you subscribe to DashTopicArn
  } catch (error) {
    if (once) throw error;
    console.error("Dash messages could not be received:", error);
    await pause(5_000);
  }
} while (!once);
await pool.end();
