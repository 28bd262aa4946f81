/** `node driver.mjs COMMAND < JSON`: what a marketplace's own code does with docs/examples/node. Prints JSON. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import pg from "pg";

import * as events from "./contract-events.js";
import { inbox } from "./dash-inbox.js";
import { issuer } from "./issuer.js";
import { InvalidToken, Tokens } from "./tokens.js";

const [, , command] = process.argv;
const input = readFileSync(0, "utf8");
const pool = () => new pg.Pool({ connectionString: process.env.DATABASE_URL });
const date = (text) => new Date(text);
const PATHS = ["/.well-known/openid-configuration", "/jwks.json", "/session-token", "/other"];

const COMMANDS = {
  /** Creates the tables of schema.sql. */
  async create(statements) {
    for (const statement of statements) await pool().query(statement);
  },

  /** Records events in one transaction, each as [function, contract, fields]. */
  async record({ recorded, end }) {
    const db = await pool().connect();
    await db.query("BEGIN");
    for (const [name, contractId, fields] of recorded) {
      const instants = Object.entries(fields).map(([key, value]) => [key, key.endsWith("At") ? date(value) : value]);
      await events[name](db, contractId, Object.fromEntries(instants));
    }
    await db.query(end);
  },

  inbox: (recipientId) => inbox(pool(), recipientId),

  /** What the issuer answers to somebody who is signed in as `person`, by path. */
  async serve({ settings, person }) {
    const server = createServer(issuer(new Tokens(settings), async () => person)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const answers = {};
    for (const path of PATHS) {
      const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
      answers[path] = { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
    }
    server.close();
    return answers;
  },

  /** Who each token stands for, or why it is refused. */
  verify: ({ settings, tokens }) =>
    tokens.map((token) => {
      try {
        return new Tokens(settings).verify(token);
      } catch (error) {
        if (error instanceof InvalidToken) return `refused: ${error.message}`;
        throw error;
      }
    }),
};

console.log(JSON.stringify((await COMMANDS[command](JSON.parse(input))) ?? null));
