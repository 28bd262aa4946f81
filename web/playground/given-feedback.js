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

  /**
   * `reply` with all changes made since. Remembers the feedback in it. `edited` is the text that was sent to edit feedback
   * that only its link is known of, or null.
   */
  withChanges(reply, edited = null) {
    const { body, headers } = reply;
    if (!body?.feedback_id && !body?.feedback) return reply;
    this.#now = new Date(headers.date).toISOString();
    if (body.feedback) return { ...reply, body: { ...body, feedback: body.feedback.map((entry) => this.#see(entry)) } };
    this.#newest = body.feedback_id;
    return { ...reply, body: this.#see(edited ? { ...body, ...text(edited) } : body) };
  }

  #see(feedback) {
    const { feedback_id: id } = feedback;
    if (!this.#changed.has(id)) this.#known.set(id, feedback);
    return this.#known.get(id);
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

  #edit(feedbackId, sent) {
    const { revision, earlier_versions: earlier, ...before } = this.#known.get(feedbackId);
    const replaced = {
      revision, ratings: before.ratings, score: before.score, comment: before.comment, replaced_at: this.#now,
    };
    return { ...text(sent), revision: revision + 1, edited_at: this.#now, earlier_versions: [replaced, ...earlier] };
  }

  #change(feedbackId, changes) {
    this.#changed.add(feedbackId);
    this.#known.set(feedbackId, { ...this.#known.get(feedbackId), ...changes });
    return { status: 200, body: this.#known.get(feedbackId) };
  }
}

/** What feedback says after `ratings` and `comment` were sent. */
function text({ ratings, comment = null }) {
  const stars = Object.values(ratings);
  return { ratings, comment, score: Math.round(stars.reduce((sum, one) => sum + one, 0) / stars.length * 100) / 100 };
}
