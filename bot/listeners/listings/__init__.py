"""Lists of images and what is done in them, short of triage."""
