"""What comes in from Slack: commands, actions, options and views."""

import re
from collections.abc import Mapping

import msgspec
from slack_bolt.app.async_app import AsyncApp

from bot.blocks import ids
from bot.listeners.actions import Actions
from bot.listeners.boundary import Boundary, Listener
from bot.listeners.commands import COMMAND, Commands
from bot.listeners.digest_clicks import DigestClicks
from bot.listeners.options import Options
from bot.listeners.payloads import Click, Command, Submission, Suggestion, Typing
from bot.listeners.query_check import QueryCheck
from bot.listeners.schedule_form import ScheduleForm
from bot.listeners.schedule_saving import ScheduleSaving
from bot.listeners.views import Views

ANY = re.compile("")
"""Matches what no listener before it took: it is from another release."""


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


def register(app: AsyncApp, boundary: Boundary, listeners: Listeners) -> None:
    """Tell Bolt which listener answers what."""
    app.command(COMMAND)(boundary(Command, listeners.commands.pending_images))
    for action_id, listener in _presses(listeners).items():
        app.action(action_id)(boundary(Click, listener))
    app.action(ids.SCHEDULE_QUERY)(boundary(Typing, listeners.check.typed))
    app.action(ANY)(boundary(Click, listeners.actions.stale))
    app.options(ids.SCHEDULE_ZONE)(boundary(Suggestion, listeners.form.zones))
    app.options(ids.SCHEDULE_COUNTRY)(boundary(Suggestion, listeners.form.countries))
    app.options(ANY)(boundary(Suggestion, listeners.options.suggest))
    app.view(ids.FILTERS)(boundary(Submission, listeners.views.filters))
    app.view(ids.SCHEDULE)(boundary(Submission, listeners.saving.save_digest))
    app.view(ANY)(boundary(Submission, listeners.views.stale))


def _presses(listeners: Listeners) -> Mapping[str | re.Pattern[str], Listener[Click]]:
    """Return what answers buttons and menus, by their action ids."""
    actions, digests = listeners.actions, listeners.digests
    return {
        ids.SHOW: actions.show,
        **dict.fromkeys(ids.PAGES, actions.show),
        ids.REFRESH: actions.refresh,
        ids.RETRY: actions.retry,
        ids.MENU: actions.menu,
        ids.OPEN: actions.open_listing,
        ids.SHARE: actions.share,
        ids.DETAILS: actions.details,
        ids.MORE: actions.more_filters,
        ids.DIGEST_MAKE: listeners.form.make_digest,
        **dict.fromkeys(ids.DIGESTS_PAGES, digests.show_digests),
        ids.DIGEST_ADD: digests.add_digest,
        ids.DIGEST_EDIT: digests.edit_digest,
        ids.DIGEST_PAUSE: digests.pause_digest,
        ids.DIGEST_RESUME: digests.resume_digest,
        ids.DIGEST_SEND: digests.send_digest,
        ids.DIGEST_PREVIEW: digests.preview_digest,
        ids.DIGEST_HISTORY: digests.digest_history,
        **dict.fromkeys(ids.HISTORY_PAGES, digests.page_history),
        ids.DIGEST_DELETE: digests.delete_digest,
    }
