"""What comes in from Slack: commands, actions, options and views."""

import re

from slack_bolt.app.async_app import AsyncApp

from bot.blocks import ids
from bot.listeners.actions import Actions
from bot.listeners.boundary import Boundary, Listener
from bot.listeners.commands import COMMAND, Commands
from bot.listeners.digest_clicks import DigestClicks
from bot.listeners.options import Options
from bot.listeners.payloads import Click, Command, Submission, Suggestion
from bot.listeners.views import Views

ANY = re.compile("")
"""Matches what no listener before it took: it is from another release."""


def register(
    app: AsyncApp,
    boundary: Boundary,
    *,
    commands: Commands,
    actions: Actions,
    digests: DigestClicks,
    options: Options,
    views: Views,
) -> None:
    """Tell Bolt which listener answers what."""
    app.command(COMMAND)(boundary(Command, commands.pending_images))
    presses: dict[str | re.Pattern[str], Listener[Click]] = {
        ids.SHOW: actions.show,
        **dict.fromkeys(ids.PAGES, actions.show),
        ids.REFRESH: actions.refresh,
        ids.RETRY: actions.retry,
        ids.MENU: actions.menu,
        ids.OPEN: actions.open_listing,
        ids.SHARE: actions.share,
        ids.DETAILS: actions.details,
        ids.MORE: actions.more_filters,
        **dict.fromkeys(ids.DIGESTS_PAGES, digests.show_digests),
        ids.DIGEST_ADD: digests.add_digest,
        ids.DIGEST_EDIT: digests.edit_digest,
        ids.DIGEST_PAUSE: digests.pause_digest,
        ids.DIGEST_RESUME: digests.resume_digest,
        ids.DIGEST_SEND: digests.send_digest,
        ids.DIGEST_PREVIEW: digests.preview_digest,
        ids.DIGEST_HISTORY: digests.digest_history,
        ids.DIGEST_DELETE: digests.delete_digest,
        ANY: actions.stale,
    }
    for action_id, listener in presses.items():
        app.action(action_id)(boundary(Click, listener))
    app.options(ANY)(boundary(Suggestion, options.suggest))
    app.view(ids.FILTERS)(boundary(Submission, views.filters))
    app.view(ANY)(boundary(Submission, views.stale))
