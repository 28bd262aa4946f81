/** Dash messages from their queue into the inbox of a person. */

const FIELDS = ["message_id", "kind", "recipient_id", "contract_id", "title", "body", "link", "occurred_at"];

/**
 * Stores the messages that wait in the queue, or that come within 20 seconds; returns how many are new. `sqs` is an
 * `SQS` of the AWS SDK.
 *
 * A message is deleted only when it is stored. One that cannot be stored comes again, and goes to the queue's
 * dead-letter queue in the end.
 */
export async function receiveBatch(pool, sqs, queueUrl) {
  const received = await sqs.receiveMessage({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
  let stored = 0;
  for (const { MessageId, Body, ReceiptHandle } of received.Messages ?? []) {
    try {
      stored += await store(pool, JSON.parse(Body));
    } catch (error) {
      console.error(`Dash message ${MessageId} cannot be stored:`, error.message);
      continue;
    }
    await sqs.deleteMessage({ QueueUrl: queueUrl, ReceiptHandle });
  }
  return stored;
}

/** Returns how many messages are new: 0 or 1. Fields and kinds that are unknown here do no harm. */
export async function store(pool, message) {
  const { rowCount } = await pool.query(
    `INSERT INTO dash_messages (${FIELDS.join(", ")}, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)` +
      " ON CONFLICT (message_id) DO NOTHING",
    [...FIELDS.map((name) => message[name]), JSON.stringify(message.data ?? {})],
  );
  return rowCount;
}

/** One person's messages, newest first. */
export async function inbox(pool, recipientId) {
  const { rows } = await pool.query(
    "SELECT * FROM dash_messages WHERE recipient_id = $1 ORDER BY occurred_at DESC, message_id",
    [recipientId],
  );
  return rows;
}
