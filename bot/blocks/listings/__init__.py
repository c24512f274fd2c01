"""The list of pending images, and what narrows it down."""
