"""What people are told: a module for each channel, `news` for which changes, `notifications` for what of them."""
