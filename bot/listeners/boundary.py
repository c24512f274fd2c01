"""The outermost boundary of every listener: acknowledge in time, let nothing be swallowed.

Bolt waits for a listener to return before it sends the ack (``process_before_response``), which
saves its 10 ms poll. So each listener runs as a task of ours, and Bolt's part returns as soon as
that task has acknowledged; the rest is drained at a stop (design, section 3).
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog

from bot.blocks.failures import crash_message, failure_message
from bot.blocks.message import Message, View
from bot.errors import BotError, SlackError, Stopping
from bot.listeners.payloads import AnyPayload, read_payload
from bot.slack import Slack
from bot.tasks import RunningTasks

log = structlog.get_logger(__name__)


class Ack(Protocol):
    """Bolt's ``ack``, as far as the listeners use it."""

    @property
    def seconds(self) -> float:
        """How long Slack has waited for it so far."""

    async def __call__(
        self,
        *,
        options: list[dict[str, Any]] | None = None,
        response_action: str | None = None,
        errors: Mapping[str, str] | None = None,
        view: View | None = None,
    ) -> Any:
        """Answer Slack's request, once."""


Listener = Callable[[Ack, AnyPayload], Awaitable[None]]
BoltListener = Callable[[Any, dict[str, Any]], Awaitable[None]]
Observe = Callable[[str, str, float], None]
"""Called with a listener's name, its outcome and its seconds."""


class Boundary:
    """Wraps listeners for Bolt."""

    def __init__(self, tasks: RunningTasks, slack: Slack, observe: Observe) -> None:
        self._tasks = tasks
        self._slack = slack
        self._observe = observe

    def __call__(self, kind: type[AnyPayload], listener: Listener[AnyPayload]) -> BoltListener:
        """Return ``listener`` as one that Bolt can call, its body read as ``kind``."""

        async def bolt_listener(ack: Any, body: dict[str, Any]) -> None:
            ack_once = _AckOnce(ack)

            async def guarded() -> None:
                try:
                    await self._run(kind, listener, ack_once, body)
                finally:
                    await ack_once()

            self._tasks.start(guarded())
            await ack_once.sent.wait()

        return bolt_listener

    async def _run(
        self,
        kind: type[AnyPayload],
        listener: Listener[AnyPayload],
        ack: Ack,
        body: dict[str, Any],
    ) -> None:
        name = getattr(listener, "__name__", kind.__name__)
        started = time.perf_counter()
        outcome = "ok"
        try:
            await listener(ack, read_payload(body, kind))
        except asyncio.CancelledError as stop:
            outcome = "cancelled"
            known = stop.__cause__
            why = known if isinstance(known, Stopping) else Stopping()
            await self._tell(ack, body, failure_message(why))
            raise
        except BotError as error:
            outcome = type(error).__name__
            log.warning("listener told a user", listener=name, error=outcome, what=str(error))
            await self._tell(ack, body, failure_message(error))
        except Exception:
            outcome = "crash"
            reference = secrets.token_hex(4)
            log.exception("listener failed", listener=name, reference=reference)
            await self._tell(ack, body, crash_message(reference))
        finally:
            self._observe(name, outcome, time.perf_counter() - started)

    async def _tell(self, ack: Ack, body: Mapping[str, Any], message: Message) -> None:
        """Answer where the person is looking; else, or for a view, by direct message."""
        await ack()
        try:
            await self._slack.respond(str(body["response_url"]), message)
        except (KeyError, SlackError):
            await self._tell_directly(body, message)

    async def _tell_directly(self, body: Mapping[str, Any], message: Message) -> None:
        user = _user_of(body)
        if user is None:
            log.error("nobody to tell")
            return
        try:
            await self._slack.post(user, message)
        except SlackError as error:
            log.error("could not tell the user", user=user, code=error.code, remedy=error.remedy)


class _AckOnce:
    """Acknowledges once, however often it is called."""

    def __init__(self, ack: Any) -> None:
        self._ack = ack
        self._began = time.monotonic()
        self.sent = asyncio.Event()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    async def __call__(self, **answer: Any) -> None:
        if not self.sent.is_set():
            await self._ack(**answer)
            self.sent.set()
            await asyncio.sleep(0)  # lets the ack leave before the work that follows


def _user_of(body: Mapping[str, Any]) -> str | None:
    """Return who sent a body, even one that lacks what its listener needs."""
    user = body.get("user")
    named = user.get("id") if isinstance(user, Mapping) else body.get("user_id")
    return named if isinstance(named, str) else None
