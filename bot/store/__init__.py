"""The database: digests, what was seen of pending images, and what on-call does with them.

All that anybody else knows of it is here; SQLAlchemy and alembic stay inside.
"""

from bot.store.agenda import Agenda, Store, TriageAgenda, open_store
from bot.store.auditing import Audit, Verification
from bot.store.copies import Copies, Copy
from bot.store.deciding import Begun, Decisions
from bot.store.deliveries import Deliveries
from bot.store.outbox import Outbox, Outgoing
from bot.store.posting import Go, Shown
from bot.store.records import Baseline
from bot.store.schedules import NEW_REVISION, Listed, Schedules, Untold
from bot.store.sightings import Past, Sightings
from bot.store.triaging import Change, Deed, TriageTable

__all__ = [
    "NEW_REVISION",
    "Agenda",
    "Audit",
    "Baseline",
    "Begun",
    "Change",
    "Copies",
    "Copy",
    "Decisions",
    "Deed",
    "Deliveries",
    "Go",
    "Listed",
    "Outbox",
    "Outgoing",
    "Past",
    "Schedules",
    "Shown",
    "Sightings",
    "Store",
    "TriageAgenda",
    "TriageTable",
    "Untold",
    "Verification",
    "open_store",
]
