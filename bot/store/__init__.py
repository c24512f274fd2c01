"""The database: schedules, their deliveries, and what was seen of pending images.

All that anybody else knows of it is here; SQLAlchemy and alembic stay inside.
"""

from bot.store.agenda import Agenda, Store, open_store
from bot.store.deliveries import Deliveries
from bot.store.posting import Go, Shown
from bot.store.records import Baseline
from bot.store.schedules import NEW_REVISION, Listed, Schedules, Untold
from bot.store.sightings import Past, Sightings

__all__ = [
    "NEW_REVISION",
    "Agenda",
    "Baseline",
    "Deliveries",
    "Go",
    "Listed",
    "Past",
    "Schedules",
    "Shown",
    "Sightings",
    "Store",
    "Untold",
    "open_store",
]
