"""Mid-job feedback: rules (core) and the thin shell around them.

Core, pure: `models`, `eligibility`, `lifecycle`, `contract_events`, `messages`, `views`, `errors`.
Shell, one outside thing each: `store` and what it is made of (`table`, `items`, `changes`), `ingestion`,
`expiry`, `notifications`, `rollout`, `links`, `settings`, `clock`, `api`, `idempotency`, `observability`.
"""
