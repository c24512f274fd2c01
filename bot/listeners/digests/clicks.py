"""The buttons under a channel's digests; what each means is in its value."""

from collections.abc import Awaitable, Callable

from bot.blocks.schedules.state import ScheduleState, read_schedule_value
from bot.listeners.boundary import Ack
from bot.listeners.digests.digests import Digests
from bot.listeners.digests.form import ScheduleForm
from bot.listeners.listings.actions import asked_by
from bot.listeners.payloads import Click
from bot.slack import Slack

Deed = Callable[[str, str, int], Awaitable[str]]
"""Does something with a digest, given user, channel and number; returns what was done."""


class DigestClicks:
    """Answers what people press."""

    def __init__(self, digests: Digests, form: ScheduleForm, slack: Slack) -> None:
        self._digests = digests
        self._form = form
        self._slack = slack

    async def show_digests(self, ack: Ack, click: Click) -> None:
        """Refresh, the pages, and Keep it: the digests as they are now, in place."""
        await ack()
        await self._show(click, read_schedule_value(click.action.chosen))

    async def add_digest(self, ack: Ack, click: Click) -> None:
        """Add: open the form of a new digest."""
        await ack()
        await self._form.open_add(click.trigger_id, asked_by(click), replace=True)

    async def edit_digest(self, ack: Ack, click: Click) -> None:
        """Edit: open the form of a digest."""
        await ack()
        asked, state = asked_by(click), read_schedule_value(click.action.chosen)
        await self._form.open_edit(click.trigger_id, asked, state.schedule, replace=True)

    async def pause_digest(self, ack: Ack, click: Click) -> None:
        """Pause."""
        await ack()
        await self._do(click, self._digests.pause)

    async def resume_digest(self, ack: Ack, click: Click) -> None:
        """Resume."""
        await ack()
        await self._do(click, self._digests.resume)

    async def send_digest(self, ack: Ack, click: Click) -> None:
        """Send now."""
        await ack()
        await self._do(click, self._digests.send)

    async def delete_digest(self, ack: Ack, click: Click) -> None:
        """Delete: Slack, or the question before, has asked whether."""
        await ack()
        await self._do(click, self._digests.delete)

    async def preview_digest(self, ack: Ack, click: Click) -> None:
        """Preview: beside the digests, to whoever clicked."""
        await ack()
        asked, state = asked_by(click), read_schedule_value(click.action.chosen)
        message = await self._digests.preview(asked.channel_id, state.schedule)
        await self._slack.respond(asked.response_url, message)

    async def digest_history(self, ack: Ack, click: Click) -> None:
        """History: beside the digests, to whoever clicked."""
        await ack()
        asked, state = asked_by(click), read_schedule_value(click.action.chosen)
        message = await self._digests.history(asked.channel_id, state.schedule_id)
        await self._slack.respond(asked.response_url, message)

    async def page_history(self, ack: Ack, click: Click) -> None:
        """Older and Newer: another page of a history, in its place."""
        await ack()
        asked, state = asked_by(click), read_schedule_value(click.action.chosen)
        message = await self._digests.history(asked.channel_id, state.schedule_id, state.page)
        await self._slack.respond(asked.response_url, message, replace_original=True)

    async def _do(self, click: Click, deed: Deed) -> None:
        asked, state = asked_by(click), read_schedule_value(click.action.chosen)
        said = await deed(asked.user_id, asked.channel_id, state.schedule)
        await self._show(click, state, said)

    async def _show(self, click: Click, state: ScheduleState, said: str = "") -> None:
        asked = asked_by(click)
        message = await self._digests.shown(asked.channel_id, state, said)
        await self._slack.respond(asked.response_url, message, replace_original=True)
