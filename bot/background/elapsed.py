"""Time that no clock on a wall can change."""

import time

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, where it can (Linux); both go on while the process is stopped
by SIGSTOP."""


def elapsed() -> float:
    """Return seconds since some moment of the past; only differences mean anything."""
    return time.clock_gettime(_CLOCK)
