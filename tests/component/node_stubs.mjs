/** `pg` on a SQLite file, and clients of the AWS SDK that read and write files: for docs/examples/node. */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

class Pool {
  #db;

  constructor({ connectionString }) {
    this.#db = new DatabaseSync(connectionString);
  }

  async connect() {
    return this;
  }

  async query(sql, values = []) {
    const statement = this.#db.prepare(sql.replace(" FOR UPDATE SKIP LOCKED", "")); // SQLite has one writer anyway
    const named = Object.fromEntries(values.map((value, place) => [`$${place + 1}`, value ?? null]));
    if (sql.startsWith("SELECT")) return { rows: statement.all(named) };
    return { rowCount: Number(statement.run(named).changes) };
  }

  release() {}

  async end() {
    this.#db.close();
  }
}

export default { Pool };

/** Appends what is accepted to the file ACCEPTED. REFUSED is a detail-type; with FAILS, the response is lost. */
export class EventBridge {
  async putEvents({ Entries }) {
    const bytes = Entries.reduce((sum, { Detail }) => sum + Buffer.byteLength(Detail), 0);
    if (Entries.length > 10 || bytes > 250_000) throw new Error("ValidationException");
    const results = Entries.map((entry) => {
      if (entry.DetailType === process.env.REFUSED) return { ErrorCode: "ThrottlingException" };
      appendFileSync(process.env.ACCEPTED, `${JSON.stringify(entry)}\n`);
      return { EventId: "1" };
    });
    if (process.env.FAILS) throw new Error("InternalFailure");
    return { Entries: results };
  }
}

/** The file MESSAGES has the bodies of the queue. */
export class SQS {
  #bodies = existsSync(process.env.MESSAGES ?? "") ? JSON.parse(readFileSync(process.env.MESSAGES, "utf8")) : [];

  async receiveMessage() {
    if (!this.#bodies.length) return {};
    return { Messages: this.#bodies.map((Body, place) => ({ MessageId: `${place}`, ReceiptHandle: `${place}`, Body })) };
  }

  async deleteMessage({ ReceiptHandle }) {
    this.#bodies[ReceiptHandle] = null;
    writeFileSync(process.env.MESSAGES, JSON.stringify(this.#bodies.filter((body) => body !== null)));
  }
}
