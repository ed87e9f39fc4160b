"""What the facts of calls add up to: stories, figures, bills. Pure."""
