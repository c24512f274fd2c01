"""What comes in from Slack: commands, actions, options and views."""

import re

from slack_bolt.app.async_app import AsyncApp

from bot.blocks import ids
from bot.listeners.actions import Actions
from bot.listeners.boundary import Boundary, Listener
from bot.listeners.commands import COMMAND, Commands
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
        ANY: actions.stale,
    }
    for action_id, listener in presses.items():
        app.action(action_id)(boundary(Click, listener))
    app.options(ANY)(boundary(Suggestion, options.suggest))
    app.view(ids.FILTERS)(boundary(Submission, views.filters))
    app.view(ANY)(boundary(Submission, views.stale))
