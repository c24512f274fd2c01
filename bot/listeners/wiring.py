"""Builds every listener, and tells Bolt of them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from slack_bolt.app.async_app import AsyncApp

from bot.blocks.origin import Origin
from bot.images import FirstSeen
from bot.listeners import Listeners, register
from bot.listeners.actions import Actions
from bot.listeners.boundary import Boundary
from bot.listeners.commands import Commands
from bot.listeners.details import Details
from bot.listeners.digest_clicks import DigestClicks
from bot.listeners.digest_commands import DigestCommands
from bot.listeners.digests import Digests, RunningDigests
from bot.listeners.kept_posts import KeptPosts
from bot.listeners.known_images import KnownImages
from bot.listeners.listings import ImageSource, Listings
from bot.listeners.options import Options
from bot.listeners.query_check import QueryCheck
from bot.listeners.rights import Rights
from bot.listeners.schedule_form import ScheduleForm
from bot.listeners.schedule_saving import ScheduleSaving
from bot.listeners.told import ToldTriages
from bot.listeners.views import Views
from bot.slack import Slack
from bot.store import Store


def _nothing() -> None:
    """Nobody paints yet."""


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What the listeners work with."""

    images: ImageSource
    slack: Slack
    store: Store
    running: RunningDigests
    first_seen: Callable[[], FirstSeen]
    origin: Origin
    admins: frozenset[str]
    """Who may change every schedule, besides the workspace's administrators."""
    now: Callable[[], datetime]
    # Triage. Without defaults as soon as bot.app builds it.
    access: Any = None
    """``bot.triage.access.Access``: who may read and decide, asked at every click."""
    deciding: Any = None
    """``bot.triage.deciding.Deciding``: ``decide(asked) -> Result``."""
    decisions_off: str = "not built yet"
    """Why nobody can accept, reject or undo; empty where approvers can."""
    wake_triage: Callable[[], None] = _nothing
    """Have copies repainted, and what is due posted, soon: something has changed."""


def listen(app: AsyncApp, boundary: Boundary, around: Around) -> None:
    """Register every listener."""
    images, slack, store, now = around.images, around.slack, around.store, around.now
    told = ToldTriages(store, around.decisions_off)
    listings = Listings(
        images=images,
        slack=slack,
        origin=around.origin,
        now=now,
        first_seen=around.first_seen,
        told=told,
    )
    known = KnownImages(images, store)
    details = Details(known=known, origin=around.origin, now=now, first_seen=around.first_seen)
    posts = KeptPosts(slack, store)
    digests = Digests(
        store=store,
        slack=slack,
        rights=Rights(slack, around.admins),
        running=around.running,
        now=now,
    )
    check = QueryCheck(images=images, first_seen=around.first_seen, slack=slack, now=now, told=told)
    form = ScheduleForm(digests, check, slack, now)
    listeners = Listeners(
        commands=Commands(listings, DigestCommands(digests, form, check, slack), slack),
        actions=Actions(
            listings=listings, images=images, details=details, posts=posts, slack=slack, now=now
        ),
        options=Options(images),
        views=Views(listings),
        digests=DigestClicks(digests, form, slack),
        form=form,
        check=check,
        saving=ScheduleSaving(digests, slack),
    )
    register(app, boundary, listeners)
