"""What on-call is shown and asked: decisions, windows, posts, and the record."""
