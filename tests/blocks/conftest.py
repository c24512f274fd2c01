"""Property tests draw the same examples on every machine, and do not fail on a slow one."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "blocks", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("blocks")
