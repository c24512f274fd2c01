"""What people do with digests: typed, pressed, or filled in."""
