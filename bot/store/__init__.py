"""The database: digests, what was seen of pending images, and what on-call does with them.

All that anybody else knows of it is here; SQLAlchemy and alembic stay inside.
"""

from bot.store.agenda import Agenda, Store, TriageAgenda, open_store
from bot.store.digests.deliveries import Deliveries
from bot.store.digests.posting import Go, Shown
from bot.store.digests.records import Baseline
from bot.store.digests.schedules import NEW_REVISION, Listed, Schedules, Untold
from bot.store.sightings import Past, Sightings
from bot.store.triage.auditing import Audit, Verification
from bot.store.triage.changing import Change, Deed, TriageTable
from bot.store.triage.copies import Copies, Copy
from bot.store.triage.deciding import Begun, Decisions
from bot.store.triage.outbox import End, Outbox, Outgoing

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
    "End",
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
