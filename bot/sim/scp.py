"""A strict simulated SCP service ``virtualserver``, for ``python -m bot demo`` and the tests.

It checks what the real one checks and more, and answers as ``scp/facts.md`` says. What the facts
do not know is an attribute that can be set, and said to be unknown where it stands.
"""

import asyncio
import functools
import inspect
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import StrEnum
from types import TracebackType
from typing import Self, TypeAlias
from urllib.parse import unquote

from aiohttp import web
from multidict import CIMultiDictProxy

from bot.sim import scp_checks as checks
from bot.sim import scp_errors as errors
from bot.sim.scp_errors import Failure
from bot.sim.scp_members import Lag, MemberCall, Members, answer_member

DEFAULT_ACCOUNT = "8989447062e04a818baf9e073fd04fa7"
VERSIONS: Sequence[tuple[str, str, str]] = (
    ("1.0", "2025-12-31", "SUPPORTED"),
    ("1.1", "2026-05-31", "SUPPORTED"),
    ("1.2", "2026-08-31", "SUPPORTED"),
    ("1.3", "", "CURRENT"),
)
"""Version, supported until, status. Dates and CURRENT are the facts'; SUPPORTED is inferred."""


class Route(StrEnum):
    """What a request is for."""

    ROOT = "root"
    LIST = "list"
    MEMBER = "member"
    UNKNOWN = "unknown"


API_ROUTES = (Route.LIST, Route.MEMBER)

BeforePut: TypeAlias = Callable[[str], Awaitable[None] | None]
"""What happens to an image, by its id, between a client's decision and its taking effect."""


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire, and what became of it."""

    method: str
    target: str
    """Path with query, exactly as received."""
    headers: CIMultiDictProxy[str]
    refused: str | None
    """Why the server's own checks refuse it; None: accepted. An armed failure changes nothing."""
    failure: Failure | None
    """The armed failure that was played instead of an answer."""
    ignored_parameters: tuple[str, ...]
    body: bytes = b""
    """Of a PUT."""


@dataclass
class _Armed:
    kind: Failure
    respond: errors.Responder
    times: int | None
    routes: Collection[Route]
    methods: Collection[str]
    after_effect: bool


def default_versions(base_url: str) -> list[dict[str, object]]:
    """Return ``versions`` of the root document: 1.0 to 1.3."""
    links = [{"href": f"{base_url}/v1", "rel": "self"}]
    return [
        {"id": f"v{number}", "links": links, "not_before": until, "status": status}
        for number, until, status in VERSIONS
    ]


@dataclass(kw_only=True, eq=False)
class ScpSim:
    """The server, on 127.0.0.1 while entered; every attribute may be set while it runs."""

    images: list[dict[str, object]] = field(default_factory=list)
    """What is shared with our account, as on the wire; the undecided ones are listed."""
    access_key: str = "simulated-access-key"
    secret_key: str = "simulated-secret-key"  # noqa: S105  made up, opens nothing
    account_id: str = DEFAULT_ACCOUNT
    """The account that the keys belong to."""
    clock: Callable[[], float] = time.time
    """Epoch seconds; the Date header follows it."""
    allowed_skew_seconds: float = 900
    """Unknown for this service; a sister service documents 15 minutes."""
    latency_seconds: float = 0
    """Before every answer. The real service takes about one second."""
    answering: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    """Set while it runs; cleared, every answer waits until it is set again."""
    unsupported_version_status: int = 400
    """Status of the ``errors[]`` for a version that is not callable. Unknown."""
    denied: set[str] = field(default_factory=set)
    """IAM actions that the keys are not allowed, such as ``SetImageMember`` of a read-only role."""
    undo_refused: int | None = None
    """Status that answers a PUT of ``pending`` for a decided member; glance allows it (None)."""
    request_id_header: str | None = None
    """Name of a header that gives each answer's request id; unknown, so there is none."""
    versions: list[dict[str, object]] | None = field(init=False, default=None)
    """The root document's list, set on entering; None: the root answers the portal's 404."""
    base_url: str = field(init=False, default="")
    requests: list[Seen] = field(init=False, default_factory=list)
    complaints: list[str] = field(init=False, default_factory=list)
    """What clients did that the documents do not, though it was answered."""
    members: Members = field(init=False, default_factory=Members)
    _armed: list[_Armed] = field(init=False, default_factory=list)
    _before_puts: list[tuple[str | None, BeforePut]] = field(init=False, default_factory=list)
    _stopping: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _runner: web.AppRunner = field(init=False)

    async def __aenter__(self) -> Self:
        """Start to listen."""
        app = web.Application()
        app[errors.STOPPING] = self._stopping
        app.router.add_route("*", "/{path:.*}", self._answer)
        app.on_response_prepare.append(self._date)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self.versions = default_versions(self.base_url)
        self.answering.set()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and end the answers that are still waited for."""
        self._stopping.set()
        self.answering.set()
        await self._runner.cleanup()

    def fail(
        self,
        kind: Failure | str,
        times: int | None = None,
        *,
        routes: Collection[Route] = API_ROUTES,
        methods: Collection[str] = ("GET", "PUT"),
        after_effect: bool = False,
        **params: object,
    ) -> None:
        """Play a failure for the next ``times`` requests on ``routes`` (None: until ``heal``).

        ``methods``: of these alone, such as PUT. Failures armed one after another are played one
        after another. ``after_effect``: a request takes effect before its answer fails, as with a
        PUT whose answer is lost. ``params`` are those that ``Failure`` names. Raises ValueError
        for an unknown kind, TypeError for a parameter that the kind does not have.
        """
        respond = errors.RESPONDERS[Failure(kind)]
        inspect.signature(respond).bind(None, **params)
        bound = functools.partial(respond, **params)
        self._armed.append(_Armed(Failure(kind), bound, times, routes, methods, after_effect))

    def heal(self) -> None:
        """Disarm all failures."""
        self._armed.clear()

    @property
    def list_lag(self) -> Lag:
        """How far the list stays behind each decision from now on; none by default."""
        return self.members.list_lag

    @list_lag.setter
    def list_lag(self, lag: Lag) -> None:
        self.members.list_lag = lag

    @property
    def member_lag(self) -> Lag:
        """How far reading a member stays behind each decision from now on; none by default."""
        return self.members.member_lag

    @member_lag.setter
    def member_lag(self, lag: Lag) -> None:
        self.members.member_lag = lag

    @property
    def puts(self) -> list[Seen]:
        """Every PUT that came, refused and failed ones too."""
        return [seen for seen in self.requests if seen.method == "PUT"]

    def before_put(self, happens: BeforePut, image_id: str | None = None) -> None:
        """Let something happen when the next PUT (of an image) has come, before its effect.

        It is given the image's id. What is awaited holds the PUT up.
        """
        self._before_puts.append((image_id, happens))

    def withdraw_before_put(self, image_id: str | None = None) -> None:
        """Let the owner withdraw the image of the next PUT just before it takes effect."""
        self.before_put(self.withdraw, image_id)

    def decide_before_put(self, status: str, image_id: str | None = None) -> None:
        """Let a colleague decide in the console just before the next PUT takes effect."""

        def decide(decided: str) -> None:
            self.members.decide(decided, status, self.clock())

        self.before_put(decide, image_id)

    def share(self, image: dict[str, object]) -> None:
        """Share an image with our account, for the first time or again: it is pending."""
        self.withdraw(str(image.get("id")))
        self.images.append(image)

    def withdraw(self, image_id: str) -> None:
        """Stop sharing an image, as its owner does by withdrawing or deleting it."""
        self.images[:] = [image for image in self.images if image.get("id") != image_id]
        self.members.forget(image_id)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        route = _route(request)
        request[errors.ACTION] = _action(request, route)
        refusal = self._judge(request, route)
        armed = self._next_failure(request.method, route)
        await self._record(request, refusal, armed)
        await asyncio.sleep(self.latency_seconds)
        await self.answering.wait()
        if armed is None:
            return await self._normally(request, route, refusal)
        if armed.after_effect:
            await self._normally(request, route, refusal)
        return await armed.respond(request)

    def _judge(self, request: web.Request, route: Route) -> checks.Refusal | None:
        if route is Route.ROOT and any(name in request.headers for name in checks.AUTH_HEADERS):
            self.complaints.append("the root is asked with a signature")
        if route not in API_ROUTES:
            return None
        self.complaints += checks.complaints(request.raw_path, request.headers)
        if request.method == "PUT" and request.content_type != "application/json":
            self.complaints.append(f"PUT with Content-Type {request.content_type}")
        account = checks.Account(
            self.access_key,
            self.secret_key,
            int(self.clock() * 1000),
            int(self.allowed_skew_seconds * 1000),
        )
        url = f"http://{request.headers.get('Host', '')}{request.raw_path}"
        version = self._version(request)
        refusal = checks.refuse(account, request.method, url, request.headers)
        return refusal or (version if isinstance(version, checks.Refusal) else None)

    def _version(self, request: web.Request) -> str | checks.Refusal:
        versions = default_versions(self.base_url) if self.versions is None else self.versions
        return checks.api_version(request.headers.get("Scp-Api-Version"), versions)

    def _next_failure(self, method: str, route: Route) -> _Armed | None:
        fitting = (one for one in self._armed if route in one.routes and method in one.methods)
        armed = next(fitting, None)
        if armed is not None and armed.times is not None:
            armed.times -= 1
            if armed.times <= 0:
                self._armed.remove(armed)
        return armed

    async def _record(
        self, request: web.Request, refusal: checks.Refusal | None, armed: _Armed | None
    ) -> None:
        seen = Seen(
            method=request.method,
            target=request.raw_path,
            headers=request.headers,
            refused=None if refusal is None else refusal.reason,
            failure=None if armed is None else armed.kind,
            ignored_parameters=checks.ignored_parameters(request.raw_path),
            body=await request.read() if request.method == "PUT" else b"",
        )
        self.requests.append(seen)

    async def _normally(
        self, request: web.Request, route: Route, refusal: checks.Refusal | None
    ) -> web.Response:
        if refusal is not None:
            return await self._refuse(request, refusal)
        if request[errors.ACTION].partition(":")[2] in self.denied and route in API_ROUTES:
            return await errors.iam_refused(request)
        match route:
            case Route.LIST:
                return self._list(request)
            case Route.MEMBER:
                return await self._member(request)
            case Route.ROOT if self.versions is not None:
                return errors.json_response({"versions": self.versions})
        return await errors.portal_html(request)

    async def _member(self, request: web.Request) -> web.Response:
        image_id, member_id = _member_path(request)
        if request.method == "PUT":
            await self._let_happen(image_id)
        now = self.clock()
        call = MemberCall(image_id, member_id, self.account_id, now, self.undo_refused)
        return await answer_member(request, call, self.images, self.members)

    async def _let_happen(self, image_id: str) -> None:
        fitting = (one for one in self._before_puts if one[0] in {None, image_id})
        armed = next(fitting, None)
        if armed is not None:
            self._before_puts.remove(armed)
            happening = armed[1](image_id)
            if happening is not None:
                await happening

    async def _refuse(self, request: web.Request, refusal: checks.Refusal) -> web.Response:
        if refusal.answer == "headers":
            return await errors.header_stripped(request)
        if refusal.answer == "hmac":
            return await errors.hmac_refused(request)
        status = self.unsupported_version_status
        return errors.errors_response(status, "BadRequest", "Bad Request", refusal.reason)

    def _list(self, request: web.Request) -> web.Response:
        wanted, now = checks.filters(request.raw_path).items(), self.clock()
        listed = [
            image
            for image in self.images
            if self.members.is_listed(image.get("id"), now)
            and all(image.get(name) == value for name, value in wanted)
        ]
        if self._version(request) in {"1.0", "1.1"}:
            listed = [{k: v for k, v in one.items() if k != "scp_gpu_driver"} for one in listed]
        return errors.json_response({"images": listed})

    async def _date(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = formatdate(self.clock(), usegmt=True)
        if self.request_id_header is not None:
            response.headers[self.request_id_header] = f"req-{uuid.uuid4()}"


def _route(request: web.Request) -> Route:
    path = request.raw_path.partition("?")[0]
    if request.method == "GET" and path == "/":
        return Route.ROOT
    if request.method == "GET" and path == "/v1/pending-images":
        return Route.LIST
    if request.method in {"GET", "PUT"} and re.fullmatch(r"/v1/images/[^/]+/members/[^/]+", path):
        return Route.MEMBER
    return Route.UNKNOWN


def _action(request: web.Request, route: Route) -> str:
    if route is not Route.MEMBER:
        return "virtualserver:ListPendingImages"
    return f"virtualserver:{'Set' if request.method == 'PUT' else 'Show'}ImageMember"


def _member_path(request: web.Request) -> tuple[str, str]:
    # Split first: a slash that is percent-encoded belongs to an id.
    _, _, _, image_id, _, member_id = request.raw_path.partition("?")[0].split("/")
    return unquote(image_id), unquote(member_id)
