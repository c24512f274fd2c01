"""What the clock brings in: when a digest is due, and its delivery."""
