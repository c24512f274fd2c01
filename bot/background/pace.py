"""Slack's rate limit of the whole workspace, told from that of one channel."""

from collections.abc import Callable

from bot.background.elapsed import elapsed

AT_MOST = 10.0
"""Seconds of a pause, lest channels that have long waits of their own keep all others waiting."""


class Pace:
    """Pauses all posts of this process where two channels in a row were told to wait.

    One channel alone may be over its own limit of a message a second, which is no reason for
    others to wait; a second one in a row means the limit of the workspace, which Slack does not
    tell apart (``slack/facts.md``, "Rate limits"). A post that Slack takes ends the pause.
    ``clock`` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = elapsed) -> None:
        self._clock = clock
        self._limited: tuple[str, float] | None = None
        self._until = 0.0

    def limited(self, channel: str, seconds: float) -> None:
        """Note that Slack asked a post to the channel to wait."""
        until = self._clock() + seconds
        if self._limited and self._limited[0] != channel and self._limited[1] > self._clock():
            self._until = min(until, self._limited[1], self._clock() + AT_MOST)
        self._limited = (channel, until)

    def posted(self) -> None:
        """Note that Slack took a post: the workspace was not over its limit."""
        self._limited = None
        self._until = 0.0

    def left(self) -> float:
        """Return for how many seconds no post may be started; 0 where they may."""
        return max(0.0, self._until - self._clock())
