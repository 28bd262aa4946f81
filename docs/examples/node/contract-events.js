/**
 * Records contract events. Pass the client (`pg`) in whose transaction you make the change. The event is then neither
 * lost nor published for a change that was rolled back. Instants are `Date`s.
 */

/**
 * The start of a contract, or a change of the title or of a person's name, address, language or time zone.
 * A person is `{ id, name, email, locale, time_zone }`; the last two are optional.
 */
export const contractStarted = (transaction, contractId, { title, startedAt, client, freelancer }) =>
  record(transaction, "ContractStarted", contractId, { title, started_at: instant(startedAt), client, freelancer });

export const paymentMade = (transaction, contractId, { paymentId, paidAt }) =>
  record(transaction, "PaymentMade", contractId, { payment_id: paymentId, paid_at: instant(paidAt) });

export const contractEnded = (transaction, contractId, { endedAt }) =>
  record(transaction, "ContractEnded", contractId, { ended_at: instant(endedAt) });

export const endOfContractFeedbackProvided = (
  transaction,
  contractId,
  { feedbackId, ratings, comment, providedAt },
) =>
  record(transaction, "EndOfContractFeedbackProvided", contractId, {
    feedback_id: feedbackId,
    ratings,
    comment,
    provided_at: instant(providedAt),
  });

const record = (transaction, detailType, contractId, detail) =>
  transaction.query("INSERT INTO feedback_outbox (detail_type, detail, occurred_at) VALUES ($1, $2, $3)", [
    detailType,
    JSON.stringify({ contract_id: contractId, ...detail }),
    new Date().toISOString(),
  ]);

const instant = (date) => date.toISOString();
