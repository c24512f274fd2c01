"""The settings, read once: environment, then ``.env``, then secret files, then ``~/.scpconf``."""

from bot.settings.model import GivenSettings, Settings
from bot.settings.reading import Need, Problem, load_settings, read_settings

__all__ = ["GivenSettings", "Need", "Problem", "Settings", "load_settings", "read_settings"]
