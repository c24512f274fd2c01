"""The digests of a channel: shown, set up, changed, and what became of them."""
