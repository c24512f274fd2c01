"""What on-call does: typed, pressed, or filled in."""
