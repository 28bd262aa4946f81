"""What people are told: one module per channel, and `notifications`, which decides what is announced."""
