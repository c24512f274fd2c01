"""The simulated Slack as one object: start it, let people act, look at what they see."""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from bot.sim.slack.acks import take_challenge_ack
from bot.sim.slack.answers import ResponseUrls
from bot.sim.slack.delivery import Ack, HttpCarrier, Retry
from bot.sim.slack.gate import Gate, Rates
from bot.sim.slack.numbers import MESSAGE_TEXT_TOTAL
from bot.sim.slack.office import Office
from bot.sim.slack.results import Result, result_of
from bot.sim.slack.sockets import Sockets
from bot.sim.slack.state import (
    BOT_USER_ID,
    TEAM_ID,
    VERIFICATION_TOKEN,
    Json,
    Person,
)
from bot.sim.slack.uploads import Uploads
from bot.sim.slack.users import Actor
from bot.sim.slack.weather import Weather
from bot.sim.slack.web_api import Call, WebApi
from bot.sim.slack.workspace import Found, Workspace
from bot.sim.slack.world import World

DEFAULT_SCOPES = (
    *("commands", "chat:write", "channels:read", "groups:read"),
    *("channels:history", "groups:history", "users:read", "usergroups:read"),
    *("files:write", "im:write"),
)
"""Those of the manifest; take any away to see what the app makes of it."""
_MAX_BODY_BYTES = 4 * 2**20


class SlackSim(Office, Weather):
    """A strict Slack on 127.0.0.1; use it as an asynchronous context manager.

    ``clock`` (seconds) decides when triggers, response_urls and rate limits run out; signatures
    are always of the real time, because it is the app that checks them.
    """

    def __init__(
        self,
        *,
        scopes: Iterable[str] = DEFAULT_SCOPES,
        clock: Callable[[], float] = time.time,
        message_rate: float | None = None,
        message_burst: int = 3,
        method_rates: Mapping[str, float] | None = None,
        count_options: bool = True,
        text_total: int = MESSAGE_TEXT_TOTAL,
    ) -> None:
        self.bot_token = f"xoxb-sim-{secrets.token_hex(8)}"
        self.app_token = f"xapp-1-sim-{secrets.token_hex(8)}"
        self.signing_secret = secrets.token_hex(16)
        self.team_id = TEAM_ID
        self.bot_user_id = BOT_USER_ID
        self.clock = clock
        self.mode: Literal["http", "socket"] = "http"
        """How interactions reach the app."""
        self.workspace = Workspace(self._now)
        self._world = World(
            self.workspace,
            self._now,
            list(scopes),
            self.bot_token,
            self.app_token,
            count_options,
            text_total,
        )
        self._gate = Gate(self._now)
        self._gate.rates = Rates(message_rate, message_burst, method_rates=dict(method_rates or {}))
        self._web_api = WebApi(self._world, self._gate)
        self.patience_seconds = 20.0
        """How long ``wait_for`` waits."""
        self._http = HttpCarrier(self.signing_secret)
        self.sockets = Sockets(self._world)
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen on a free port."""
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        answers = ResponseUrls(self._world, self._gate, self.calls)
        app.router.add_route("*", "/api/{method}", self._web_api.answer)
        app.router.add_post("/response/{secret}", answers.answer)
        uploads = Uploads(self._world, self._gate, self.calls)
        app.router.add_post("/upload/v1/{secret}", uploads.answer)
        app.router.add_get("/link/", self.sockets.answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self._world.base_url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection and stop listening."""
        self._gate.closing.set()
        await self._http.aclose()
        await self.sockets.aclose()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """The base of the Web API; ends with /api/."""
        return f"{self._world.base_url}/api/"

    @property
    def scopes(self) -> list[str]:
        """The scopes of the bot token; change them at will."""
        return self._world.scopes

    @property
    def calls(self) -> list[Call]:
        """Every Web API call and response_url post so far, refused ones too.

        Those of long ago have no arguments any more.
        """
        return self._web_api.calls

    @property
    def complaints(self) -> list[str]:
        """What the real Slack lets pass and an app should not do, and every missed ack."""
        return self.workspace.complaints

    @property
    def events_url(self) -> str:
        """Where the app listens in HTTP mode, such as http://127.0.0.1:3000/slack/events."""
        return next(iter(self._http.events_urls), "")

    @events_url.setter
    def events_url(self, url: str) -> None:
        self._http.events_urls = [url]

    @property
    def events_urls(self) -> list[str]:
        """Where the app's replicas listen: a payload goes to any one, those in turn that are up."""
        return self._http.events_urls

    @events_urls.setter
    def events_urls(self, urls: Iterable[str]) -> None:
        self._http.events_urls = list(urls)

    @property
    def ack_seconds(self) -> float:
        """How long an app may take to acknowledge; 3 as in the real Slack."""
        return self._http.ack_seconds

    @ack_seconds.setter
    def ack_seconds(self, seconds: float) -> None:
        self._http.ack_seconds = self.sockets.ack_seconds = seconds

    def user(
        self,
        user_id: str = "U0SIM0001",
        name: str = "ada",
        tz: str | None = "Asia/Seoul",
        *,
        admin: bool | None = None,
        owner: bool | None = None,
    ) -> Actor:
        """Return a person of the workspace, who is made if new; None leaves a role as it is."""
        person = self.workspace.people.setdefault(user_id, Person(user_id, name, tz))
        person.is_admin = person.is_admin if admin is None else admin
        person.is_owner = person.is_owner if owner is None else owner
        return Actor(self._world, person, self)

    async def wait_for(
        self,
        predicate: Callable[[], Found],
        timeout: float | None = None,  # noqa: ASYNC109 - one deadline over many waits
    ) -> Found:
        """Return what the predicate returns once that is true.

        Raise TimeoutError after ``timeout``, or ``patience_seconds``.
        """
        return await self.workspace.wait_for(predicate, timeout or self.patience_seconds)

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Ack:
        """Send a payload to the app by the present mode."""
        carrier = self.sockets if self.mode == "socket" else self._http
        return await carrier.deliver(kind, payload, retry)

    async def redeliver(
        self, event: Result, number: int = 1, reason: str = "http_timeout"
    ) -> Result:
        """Send an event again although it was acknowledged, as when Slack lost the answer."""
        ack = await self.deliver("events_api", event.payload, Retry(number, reason))
        return result_of(event.payload, ack)

    async def verify_url(self) -> None:
        """Ask the request URL for its challenge, as when it is entered; always over HTTP.

        Raises NotAcknowledged where the answer is not the challenge.
        """
        challenge = secrets.token_urlsafe(24)
        asked = {
            "token": VERIFICATION_TOKEN,
            "challenge": challenge,
            "type": "url_verification",
        }
        ack = await self._http.deliver("events_api", asked)
        take_challenge_ack(ack.body, challenge)

    def stranger(
        self, user_id: str = "U0SIM0900", name: str = "eve", team_id: str = "T0OTHER"
    ) -> Actor:
        """Return somebody of another workspace, as with Slack Connect.

        They press buttons of messages in channels that are shared with them. Slack does not let
        them type the app's commands; here they may, to see that the app refuses them itself.
        """
        person = self.workspace.people.setdefault(user_id, Person(user_id, name, "Asia/Seoul"))
        person.team_id = team_id
        return Actor(self._world, person, self)

    def _now(self) -> float:
        return self.clock()
