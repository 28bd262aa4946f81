/** Publishes the events of the outbox. */

const MAX_ENTRIES = 10; // of one call of PutEvents
const MAX_BYTES = 200_000; // of their details: PutEvents takes 256 KB with everything else

/**
 * Publishes up to ten events; returns how many were accepted. `eventBridge` is an `EventBridge` of the AWS SDK.
 *
 * Several processes may do this at once. If one ends before it commits, the events are published again, which does no
 * harm. An event that was refused comes last from then on, so that it does not hold up the others.
 */
export async function publishBatch(pool, eventBridge, { bus, source }) {
  const db = await pool.connect();
  try {
    await db.query("BEGIN");
    const { rows } = await db.query(
      "SELECT id, detail_type, detail, occurred_at FROM feedback_outbox" +
        ` ORDER BY attempts, id LIMIT ${MAX_ENTRIES} FOR UPDATE SKIP LOCKED`,
    );
    const accepted = rows.length ? await publish(db, eventBridge, { bus, source }, thatFit(rows)) : 0;
    await db.query("COMMIT");
    return accepted;
  } catch (error) {
    await db.query("ROLLBACK").catch(() => {}); // the first error says more
    throw error;
  } finally {
    db.release();
  }
}

async function publish(db, eventBridge, { bus, source }, events) {
  const { Entries: results } = await eventBridge.putEvents({
    Entries: events.map((event) => ({
      EventBusName: bus,
      Source: source,
      DetailType: event.detail_type,
      Time: new Date(event.occurred_at), // decides which of two ContractStarted of one contract is newer
      Detail: event.detail,
    })),
  });
  const refused = results.filter(({ EventId }) => !EventId);
  if (refused.length) {
    const codes = new Set(refused.map(({ ErrorCode }) => ErrorCode));
    console.error(`EventBridge refused ${refused.length} of ${events.length} contract events:`, ...codes);
  }
  for (const [place, { id }] of events.entries()) {
    await db.query(
      results[place].EventId
        ? "DELETE FROM feedback_outbox WHERE id = $1"
        : "UPDATE feedback_outbox SET attempts = attempts + 1 WHERE id = $1",
      [id],
    );
  }
  return events.length - refused.length;
}

/** The first events that fit into one call: at least one. */
function thatFit(events) {
  let size = 0;
  const first = events.findIndex(({ detail }, place) => {
    size += Buffer.byteLength(detail);
    return place > 0 && size > MAX_BYTES;
  });
  return first < 0 ? events : events.slice(0, first);
}
