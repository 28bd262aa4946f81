-- Contract events that wait to be published. A row commits with the change that it tells of.
CREATE TABLE feedback_outbox (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  detail_type TEXT NOT NULL,
  detail TEXT NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
);

-- Dash messages. The primary key removes duplicates, since messages may come twice.
CREATE TABLE dash_messages (
  message_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  recipient_id TEXT NOT NULL,
  contract_id TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  link TEXT NOT NULL,
  data TEXT NOT NULL,
  occurred_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX dash_messages_of_a_person ON dash_messages (recipient_id, occurred_at);
