"""The operator's tool: one command for moderation, privacy, explanations, failures, imports and the rollout."""
