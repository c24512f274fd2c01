"""What Slack and the line to it do to an app: limits, failures, losses, slowness."""

import random
from collections.abc import Collection

from bot.sim.slack.gate import BadLine, Delay, Drop, Failure, Gate
from bot.sim.slack.sockets import Sockets


class Weather:
    """Slack on its bad days, as a test asks for them."""

    sockets: Sockets
    _gate: Gate

    def fail(
        self,
        method: str,
        *,
        error: str | None = None,
        status: int | None = None,
        retry_after: int | None = None,
        times: int = 1,
        drop: Drop | None = None,
        accepted: bool = False,
    ) -> None:
        """Let the next calls of a method (``response_url``, ``*``) fail, or lose the connection.

        With ``retry_after`` (seconds) it is a 429 ``ratelimited``, else an HTTP 200 (500 of a
        response_url) with ``internal_error``, unless told otherwise. ``accepted``: the call takes
        effect all the same, as Slack says of ``internal_error`` that it may.
        """
        word = error or ("internal_error" if retry_after is None else "ratelimited")
        self._gate.fail(Failure(method, word, status, retry_after, drop, accepted, times))

    def unreliable(
        self,
        *,
        drop_after: float = 0.0,
        drop_before: float = 0.0,
        error_after: float = 0.0,
        seed: int = 0,
        methods: Collection[str] = ("*",),
    ) -> None:
        """From now on lose connections by chance, each from 0 to 1; all 0 ends it.

        ``drop_after``: the call is accepted, its answer lost. ``drop_before``: the call is lost.
        ``error_after``: the call is accepted and answered with HTTP 500 ``internal_error``.
        """
        dice = random.Random(seed)  # noqa: S311 - dice that fall alike each time, no secret
        self._gate.bad_line = BadLine(drop_before, drop_after, error_after, methods, dice)

    def delay(self, method: str, seconds: float, *, accepting: float = 0.0) -> None:
        """Let a method (``*``: all) answer so late from now on; 0 ends it.

        A call is accepted at once, or after ``accepting`` seconds, and answered ``seconds`` later.
        """
        self._gate.delays[method] = Delay(accepting, seconds)

    def limit_messages(
        self,
        per_channel: float | None,
        *,
        burst: int = 3,
        per_workspace: float | None = None,
        workspace_burst: int = 100,
    ) -> None:
        """Answer 429 to more posts a second than this, in one channel and in all; None: no limit.

        Slack: one a second in a channel, short bursts allowed, and several hundred a minute in
        a workspace.
        """
        rates = self._gate.rates
        rates.message_rate, rates.message_burst = per_channel, burst
        rates.workspace_rate, rates.workspace_burst = per_workspace, workspace_burst

    def limit_method(self, method: str, per_second: float | None, *, burst: int = 1) -> None:
        """Answer 429 to more calls of a method a second than this; None: no limit.

        Slack's tier 3, that of chat.update and conversations.replies: 50 a minute and more.
        """
        rates = self._gate.rates
        rates.method_rates.pop(method, None)
        rates.method_bursts[method] = burst
        if per_second is not None:
            rates.method_rates[method] = per_second

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every Socket Mode connection to go: ``warning``, ``refresh_requested`` and so on."""
        await self.sockets.disconnect(reason)
