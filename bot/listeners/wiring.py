"""Builds every listener, and tells Bolt of them."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from slack_bolt.app.async_app import AsyncApp

from bot.blocks.origin import Origin
from bot.images import FirstSeen
from bot.listeners import Listeners, TriageListeners, register
from bot.listeners.boundary import Boundary
from bot.listeners.commands import Commands
from bot.listeners.digests.clicks import DigestClicks
from bot.listeners.digests.commands import DigestCommands
from bot.listeners.digests.digests import Digests, RunningDigests
from bot.listeners.digests.form import ScheduleForm
from bot.listeners.digests.query_check import QueryCheck
from bot.listeners.digests.rights import Rights
from bot.listeners.digests.saving import ScheduleSaving
from bot.listeners.gate import Gate
from bot.listeners.home import Home
from bot.listeners.listings.actions import Actions
from bot.listeners.listings.details import Details
from bot.listeners.listings.kept_posts import KeptPosts
from bot.listeners.listings.known_images import KnownImages
from bot.listeners.listings.listings import ImageSource, Listings
from bot.listeners.listings.options import Options
from bot.listeners.listings.told import ToldTriages
from bot.listeners.listings.views import Views
from bot.listeners.refusals import Refusals
from bot.listeners.triage.audit_export import AuditExport
from bot.listeners.triage.bulk_form import BulkForm
from bot.listeners.triage.clicks import TriageClicks
from bot.listeners.triage.commands import TriageCommands
from bot.listeners.triage.deciding_form import DecidingForm
from bot.listeners.triage.decisions import Decisions
from bot.listeners.triage.oncall import OnCall
from bot.listeners.triage.oncall_forms import OnCallForms
from bot.listeners.triage.redrawing import Redrawing
from bot.slack import Slack
from bot.store import Store
from bot.triage.access import Access
from bot.triage.deciding import Deciding


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
    access: Access
    deciding: Deciding
    wake_triage: Callable[[], None]
    """Have copies repainted soon: something has changed."""


def listen(app: AsyncApp, boundary: Boundary, around: Around) -> None:
    """Register every listener."""
    slack, now = around.slack, around.now
    told = ToldTriages(around.store, decisions=not around.access.decisions_off)
    listings = _listings(around, told)
    digests = Digests(
        store=around.store,
        slack=slack,
        rights=Rights(slack, around.admins),
        access=around.access,
        running=around.running,
        now=now,
    )
    check = QueryCheck(
        images=around.images, first_seen=around.first_seen, slack=slack, now=now, told=told
    )
    form = ScheduleForm(digests, check, slack, now)
    known = KnownImages(around.images, around.store)
    details = _details(around, known)
    refusals = Refusals(around.store)
    listeners = Listeners(
        commands=Commands(
            listings,
            DigestCommands(digests, form, check, slack),
            _triage_commands(around, listings, refusals),
            slack,
        ),
        actions=Actions(
            listings=listings,
            images=around.images,
            details=details,
            posts=KeptPosts(slack, around.store),
            slack=slack,
            now=now,
        ),
        options=Options(around.images),
        views=Views(listings),
        digests=DigestClicks(digests, form, slack),
        form=form,
        check=check,
        saving=ScheduleSaving(digests, slack),
        triage=_triage(around, known, details, listings, refusals),
    )
    register(app, boundary, Gate(around.access, refusals, known), listeners)


def _listings(around: Around, told: ToldTriages) -> Listings:
    return Listings(
        images=around.images,
        slack=around.slack,
        origin=around.origin,
        now=around.now,
        first_seen=around.first_seen,
        told=told,
    )


def _details(around: Around, known: KnownImages) -> Details:
    return Details(
        known=known,
        store=around.store,
        origin=around.origin,
        decisions=not around.access.decisions_off,
        now=around.now,
        first_seen=around.first_seen,
    )


def _triage_commands(around: Around, listings: Listings, refusals: Refusals) -> TriageCommands:
    return TriageCommands(
        listings=listings,
        posts=KeptPosts(around.slack, around.store),
        origin=around.origin,
        slack=around.slack,
        store=around.store,
        export=AuditExport(
            slack=around.slack,
            store=around.store,
            access=around.access,
            refusals=refusals,
            now=around.now,
        ),
    )


def _triage(
    around: Around, known: KnownImages, details: Details, listings: Listings, refusals: Refusals
) -> TriageListeners:
    slack, now = around.slack, around.now
    home = Home(
        slack=slack,
        store=around.store,
        listings=listings,
        access=around.access,
        origin=around.origin,
        now=now,
    )
    redrawing = Redrawing(
        listings=listings, details=details, home=home, slack=slack, store=around.store
    )
    oncall = OnCall(
        known=known,
        store=around.store,
        access=around.access,
        refusals=refusals,
        wake=around.wake_triage,
    )
    decisions = Decisions(
        known=known,
        store=around.store,
        access=around.access,
        deciding=around.deciding,
        refusals=refusals,
        origin=around.origin,
        first_seen=around.first_seen,
        now=now,
    )
    return TriageListeners(
        home=home,
        clicks=TriageClicks(oncall, decisions, redrawing, now),
        deciding=DecidingForm(decisions, redrawing, slack, now),
        bulk=BulkForm(
            listings=listings, decisions=decisions, redrawing=redrawing, slack=slack, now=now
        ),
        forms=OnCallForms(oncall=oncall, known=known, redrawing=redrawing, slack=slack, now=now),
    )
