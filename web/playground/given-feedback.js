/**
 * Replies to what people do with feedback that was given: they edit it, reply to it, and report it. It has the same
 * effect in every state, so it is not recorded.
 */

const OF_FEEDBACK = /^contracts\/([^/]+)\/feedback\/([^/]+?)(?:\/(reply|reports))?$/;
const BY_LINK = /^feedback-links\/[^/]+$/;

export class GivenFeedback {
  /** All feedback that was seen, by ID, as it is now. */
  #known = new Map();
  /** The IDs of what was changed. */
  #changed = new Set();
  /** The ID of what was given last. */
  #newest;
  /** When the state was recorded. */
  #now;

  /** `reply` with all changes made since. Remembers the feedback in it. */
  withChanges(reply) {
    const { body, headers } = reply;
    if (body?.feedback_id) this.#newest = body.feedback_id;
    const feedback = body?.feedback_id ? [body] : body?.feedback;
    if (!feedback) return reply;
    this.#now = new Date(headers.date).toISOString();
    for (const entry of feedback) {
      if (!this.#changed.has(entry.feedback_id)) this.#known.set(entry.feedback_id, entry);
    }
    return body.feedback
      ? { ...reply, body: { ...body, feedback: feedback.map((entry) => this.#known.get(entry.feedback_id)) } }
      : reply;
  }

  /** null if the call is about something else. `body` is what was sent. IDs of recorded data need no decoding. */
  replyTo(method, path, body) {
    const [, contractId, feedbackId, about] = OF_FEEDBACK.exec(path) ?? [];
    if (about === "reports") return { status: 201, body: this.#report(contractId, feedbackId, body) };
    if (about === "reply") return this.#change(feedbackId, { reply: this.#reply(method, feedbackId, body) });
    if (method !== "PUT") return null;
    const edited = feedbackId ?? (BY_LINK.test(path) ? this.#newest : null);
    return edited ? this.#change(edited, this.#edit(edited, body)) : null;
  }

  #report(contractId, feedbackId, { target, ground }) {
    return {
      report_id: "report-1", contract_id: contractId, feedback_id: feedbackId, target, ground, status: "open",
      reported_at: this.#now,
    };
  }

  /** null when it is taken back. */
  #reply(method, feedbackId, body) {
    const before = this.#known.get(feedbackId).reply?.replied_at;
    return method === "DELETE"
      ? null
      : { text: body.text, replied_at: before ?? this.#now, edited_at: before ? this.#now : null };
  }

  #edit(feedbackId, { ratings, comment = null }) {
    const { revision, earlier_versions: earlier, ...before } = this.#known.get(feedbackId);
    const stars = Object.values(ratings);
    const score = Math.round(stars.reduce((sum, one) => sum + one, 0) / stars.length * 100) / 100;
    const replaced = {
      revision, ratings: before.ratings, score: before.score, comment: before.comment, replaced_at: this.#now,
    };
    return {
      ratings, comment, score, revision: revision + 1, edited_at: this.#now, earlier_versions: [replaced, ...earlier],
    };
  }

  #change(feedbackId, changes) {
    this.#changed.add(feedbackId);
    this.#known.set(feedbackId, { ...this.#known.get(feedbackId), ...changes });
    return { status: 200, body: this.#known.get(feedbackId) };
  }
}
