"""What comes in from Slack: commands, actions, options and views."""

import re
from collections.abc import Mapping

import msgspec
from slack_bolt.app.async_app import AsyncApp

from bot.blocks import ids
from bot.listeners.boundary import Boundary, Listener
from bot.listeners.commands import COMMAND, Commands
from bot.listeners.digests.clicks import DigestClicks
from bot.listeners.digests.form import ScheduleForm
from bot.listeners.digests.query_check import QueryCheck
from bot.listeners.digests.saving import ScheduleSaving
from bot.listeners.gate import Gate
from bot.listeners.home import Home
from bot.listeners.listings.actions import Actions
from bot.listeners.listings.options import Options
from bot.listeners.listings.views import Views
from bot.listeners.meant import (
    SEVERAL,
    Means,
    by_acting,
    by_card,
    by_command,
    by_decision,
    by_form,
    by_several,
)
from bot.listeners.payloads import Click, Command, Event, Submission, Suggestion, Typing
from bot.listeners.triage.bulk_form import BulkForm
from bot.listeners.triage.clicks import TriageClicks
from bot.listeners.triage.deciding_form import DecidingForm
from bot.listeners.triage.oncall_forms import OnCallForms

ANY = re.compile("")
"""Matches what no listener before it took: it is from another release."""


class TriageListeners(msgspec.Struct, frozen=True, kw_only=True):
    """What answers on-call."""

    clicks: TriageClicks
    deciding: DecidingForm
    forms: OnCallForms
    bulk: BulkForm
    home: Home


class Listeners(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that answers Slack."""

    commands: Commands
    actions: Actions
    options: Options
    views: Views
    digests: DigestClicks
    form: ScheduleForm
    check: QueryCheck
    saving: ScheduleSaving
    triage: TriageListeners


def register(app: AsyncApp, boundary: Boundary, gate: Gate, listeners: Listeners) -> None:
    """Tell Bolt which listener answers what; the gate comes before each of them."""
    app.command(COMMAND)(
        boundary(Command, gate.acked(listeners.commands.pending_images, by_command))
    )
    for action_id, listener in _presses(listeners).items():
        app.action(action_id)(boundary(Click, gate.acked(listener)))
    for action_id, listener in _changes(listeners).items():
        app.action(action_id)(boundary(Click, gate.acked(listener, by_acting)))
    for action_id, (action, listener) in _acts(listeners.triage).items():
        app.action(action_id)(boundary(Click, gate.acked(listener, by_card(action))))
    app.action(ids.SCHEDULE_QUERY)(boundary(Typing, gate.acked(listeners.check.typed)))
    app.action(ANY)(boundary(Click, gate.acked(listeners.actions.stale)))
    for action_id, suggest in _suggestions(listeners).items():
        app.options(action_id)(boundary(Suggestion, gate.offered(suggest)))
    home = listeners.triage.home
    app.event("app_home_opened")(boundary(Event, gate.homed(home.opened, home.refuse)))
    for callback_id, (means, answer) in _forms(listeners.triage).items():
        app.view(callback_id)(boundary(Submission, gate.answered(answer, means)))
    app.view(ids.FILTERS)(boundary(Submission, gate.answered(listeners.views.filters)))
    save_digest = listeners.saving.save_digest
    app.view(ids.SCHEDULE)(boundary(Submission, gate.answered(save_digest, by_acting)))
    app.view(ANY)(boundary(Submission, gate.answered(listeners.views.stale)))


def _forms(triage: TriageListeners) -> Mapping[str, tuple[Means[Submission], Listener[Submission]]]:
    """Return what answers on-call's forms, by their callback ids, and what each means."""
    return {
        ids.DECIDE: (by_decision, triage.deciding.decide),
        ids.SNOOZE_FORM: (by_form("snooze"), triage.forms.snooze),
        ids.NOTE_FORM: (by_form("note"), triage.forms.note),
        ids.BULK_PICK: (by_several, triage.bulk.pick),
        ids.BULK_CONFIRM: (by_several, triage.bulk.decide),
    }


def _suggestions(listeners: Listeners) -> Mapping[str | re.Pattern[str], Listener[Suggestion]]:
    """Return what answers menus that ask for their options, by their action ids."""
    return {
        ids.SCHEDULE_ZONE: listeners.form.zones,
        ids.SCHEDULE_COUNTRY: listeners.form.countries,
        ANY: listeners.options.suggest,
    }


def _acts(triage: TriageListeners) -> Mapping[str, tuple[str, Listener[Click]]]:
    """Return what answers a card's buttons, by their action ids, and what the record calls it."""
    return {
        ids.CLAIM: ("claim", triage.clicks.claim),
        ids.RELEASE: ("release", triage.clicks.release),
        ids.WAKE: ("wake", triage.clicks.wake),
        ids.UNDO: ("undo", triage.clicks.undo),
        ids.SNOOZE: ("snooze", triage.forms.open_snooze),
        ids.NOTE: ("note", triage.forms.open_note),
        ids.ACCEPT: ("accept", triage.deciding.accept),
        ids.REJECT: ("reject", triage.deciding.reject),
        ids.BULK: (SEVERAL, triage.bulk.select),
    }


def _presses(listeners: Listeners) -> Mapping[str | re.Pattern[str], Listener[Click]]:
    """Return what answers buttons and menus that only show something, by their action ids."""
    actions, digests = listeners.actions, listeners.digests
    return {
        ids.SHOW: actions.show,
        **dict.fromkeys(ids.PAGES, actions.show),
        ids.REFRESH: actions.refresh,
        ids.RETRY: actions.retry,
        ids.MENU: actions.menu,
        ids.OPEN: actions.open_listing,
        ids.DETAILS: actions.details,
        ids.MORE: actions.more_filters,
        **dict.fromkeys(ids.DIGESTS_PAGES, digests.show_digests),
        ids.DIGEST_PREVIEW: digests.preview_digest,
        ids.DIGEST_HISTORY: digests.digest_history,
        **dict.fromkeys(ids.HISTORY_PAGES, digests.page_history),
        ids.HOME_REFRESH: listeners.triage.home.refresh,
    }


def _changes(listeners: Listeners) -> Mapping[str, Listener[Click]]:
    """Return what answers buttons that post to a channel, or change its digests."""
    digests = listeners.digests
    return {
        ids.SHARE: listeners.actions.share,
        ids.DIGEST_MAKE: listeners.form.make_digest,
        ids.DIGEST_ADD: digests.add_digest,
        ids.DIGEST_EDIT: digests.edit_digest,
        ids.DIGEST_PAUSE: digests.pause_digest,
        ids.DIGEST_RESUME: digests.resume_digest,
        ids.DIGEST_SEND: digests.send_digest,
        ids.DIGEST_DELETE: digests.delete_digest,
    }
