"""The rows of digests: their schedules, and each delivery from its plan to its record."""
