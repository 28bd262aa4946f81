/** A change in your own code, with its contract event; and the issuer in your Express application. */

import { readFileSync } from "node:fs";

import { contractStarted } from "./contract-events.js";
import { issuer } from "./issuer.js";
import { Tokens } from "./tokens.js";

export async function start(pool, contract) {
  const db = await pool.connect();
  try {
    await db.query("BEGIN");
    await db.query("UPDATE contracts SET started_at = $2 WHERE id = $1", [contract.id, contract.startedAt]);
    await contractStarted(db, contract.id, contract);
    await db.query("COMMIT");
  } catch (error) {
    await db.query("ROLLBACK");
    throw error;
  } finally {
    db.release();
  }
}

export function serveTokens(app) {
  const tokens = new Tokens({
    issuer: process.env.FEEDBACK_ISSUER, // JwtIssuer
    audience: "feedback", // JwtAudience
    keys: process.env.FEEDBACK_TOKEN_KEYS.split(",").map((file) => readFileSync(file, "utf8")),
  });
  app.use("/feedback-identity", issuer(tokens, async (request) => request.session?.userId ?? null));
}
