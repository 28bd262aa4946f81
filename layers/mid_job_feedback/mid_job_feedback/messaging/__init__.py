"""What people are told: one module for each channel, `news` for which changes, `notifications` for what of them."""
