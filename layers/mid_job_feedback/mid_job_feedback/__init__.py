"""Mid-job feedback: rules (core) and the thin shell around them.

Core, pure: `models`, `eligibility`, `lifecycle`, `contract_events`, `messages`, `views`, `errors`.
Shell, each the only one to know its thing: the table (`store`, and below it `transactions`, `items`, `table`),
contract events coming in (`intake`, `ingestion`), `history`, `expiry`, `notifications`, `links`, `rollout`,
`idempotency`, HTTP (`api`, `problems`, `pages`), `batches`, `observability`, `settings`, `aws`, `clock`.
"""
