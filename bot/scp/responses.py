"""One answer of SCP: its body, or the error it stands for (``scp/facts.md``, "Errors"). Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus

import msgspec

from bot.errors import (
    AuthHeadersMissing,
    BadParameter,
    Forbidden,
    NotEntitled,
    NotFound,
    NotTheApi,
    RateLimited,
    ScpError,
    ServerFailed,
    SignatureRefused,
    Unauthorized,
    Unavailable,
    UnexpectedStatus,
)
from bot.scp.problem import MAX_ID, Problem, read_problem
from bot.scp.quoting import quote_text

LIST_ACTION = "virtualserver:ListPendingImages"
MEMBER_ACTION = "virtualserver:ShowImageMember"
SET_ACTION = "virtualserver:SetImageMember"
REQUEST_ID_HEADERS = ("x-request-id", "x-openstack-request-id", "x-compute-request-id")
"""As gateways and OpenStack's services name it; what SCP calls it is not documented."""
MAX_SKEW_SECONDS = 60.0
"""A clock further off than this is named when a signature is refused, and corrected."""
WRONG_ADDRESS = "Check SCP_REGION, SCP_ENVIRONMENT, SCP_ENDPOINT and any proxy on the way."
_NO_MEMBER = (
    "The image may have been withdrawn or deleted; if it is there, check SCP_ACCOUNT_ID, which "
    "has to be the account of the access key."
)
_TRY_LATER = "Try again in a minute."
_ASK_SUPPORT = "Try again later; if it stays so, open a request with SCP's support."
_LONGEST_WAIT = 86_400
"""Seconds of ``Retry-After`` beyond which nobody waits; a server may say any number."""


class Reply(msgspec.Struct, frozen=True):
    """What came back over HTTP. The names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    arrived_at: float
    """Our clock, uncorrected, in seconds of the epoch."""
    secrets: Sequence[str] = ()
    """What must not be quoted even if the server repeats it: the keys and the signature."""


def body_of(reply: Reply, action: str = LIST_ACTION) -> bytes:
    """Return the body of a 200 that may be JSON, or raise the ``ScpError`` it stands for.

    ``action`` is the IAM action that the request needs.
    """
    if reply.status == HTTPStatus.OK and not _is_page(reply):
        return reply.body
    error = _refusal(reply, action)
    error.request_id = error.request_id or request_id(reply)
    raise error


def request_id(reply: Reply) -> str | None:
    """Return SCP's id of the request by the headers, fit to be quoted; None without one."""
    told = (reply.headers.get(name, "") for name in REQUEST_ID_HEADERS)
    return quote_text(next(filter(None, told), ""), reply.secrets)[:MAX_ID] or None


def server_skew(reply: Reply) -> float | None:
    """Return the server's clock minus ours in seconds, by the ``Date`` header, or None."""
    moment = _http_date(reply.headers.get("date", ""))
    return None if moment is None else moment - reply.arrived_at


def retry_after(reply: Reply) -> float | None:
    """Return how many seconds ``Retry-After`` asks to wait, or None (RFC 9110, 10.2.3)."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    moment = _http_date(text)
    if moment is None:
        return None
    now = reply.arrived_at + (server_skew(reply) or 0.0)
    return max(0.0, moment - now)


def _refusal(reply: Reply, action: str) -> ScpError:
    by_status: dict[int, Callable[[Reply, Problem], ScpError]] = {
        400: partial(_bad_parameter, needed=action),
        401: _unauthorized,
        403: partial(_forbidden, needed=action),
        404: partial(_not_found, needed=action),
        429: _rate_limited,
        500: _server_failed,
        502: _unavailable,
        503: _unavailable,
        504: _unavailable,
    }
    problem = read_problem(reply.body, reply.secrets)
    if 300 <= reply.status < 400:  # noqa: PLR2004  the class of redirects
        return _redirected(reply)
    if reply.status < 429 and _is_page(reply) and b"HmacValidFail" not in reply.body:  # noqa: PLR2004  beyond it, the status says more than the page
        return _a_page(reply)
    return by_status.get(reply.status, _unexpected)(reply, problem)


def _is_page(reply: Reply) -> bool:
    declared = "html" in reply.headers.get("content-type", "").lower()
    return declared or reply.body[:100].lstrip().startswith(b"<")


def _a_page(reply: Reply) -> ScpError:
    return NotTheApi(
        f"A web page answered instead of the API (status {reply.status}).", WRONG_ADDRESS
    )


def _redirected(reply: Reply) -> ScpError:
    location = quote_text(reply.headers.get("location", "an unnamed place"), reply.secrets)
    return NotTheApi(
        f"The address redirects (status {reply.status}) to {location}. "
        "A signed request is not sent on.",
        WRONG_ADDRESS,
    )


def _bad_parameter(_reply: Reply, problem: Problem, needed: str) -> ScpError:
    first = (
        "If you filtered by an image type or original image type, correct it"
        if needed == LIST_ACTION
        else "Check SCP_ACCOUNT_ID"
    )
    return BadParameter(
        _sentence("SCP refused a parameter", problem),
        f"{first}; else the version of the API may be at an end (SCP_API_VERSION).",
        request_id=problem.request_id,
    )


def _unauthorized(reply: Reply, problem: Problem) -> ScpError:
    if b"HmacValidFail" in reply.body:
        return _signature_refused(reply, problem)
    if problem.by_gateway:
        return NotEntitled(
            _sentence("SCP's gateway rejected the request", problem),
            "The account is not entitled to the service virtualserver in this region: "
            "check SCP_REGION and SCP_ENVIRONMENT, or have the service opened to the account.",
            request_id=problem.request_id,
        )
    return Unauthorized(
        _sentence("SCP does not accept these credentials", problem),
        "Check SCP_ACCESS_KEY and SCP_SECRET_KEY: the key may be disabled or expired, "
        "or not be allowed from this address.",
        request_id=problem.request_id,
    )


def _signature_refused(reply: Reply, problem: Problem) -> ScpError:
    skew = server_skew(reply)
    what = "SCP refused the signature (HmacValidFail)"
    remedy = "Check SCP_ACCESS_KEY and SCP_SECRET_KEY."
    if skew is not None and abs(skew) > MAX_SKEW_SECONDS:
        direction = "behind" if skew > 0 else "ahead of"
        what += f", and this machine's clock is {abs(skew):.0f} s {direction} SCP's"
        remedy = f"Set this machine's clock. If it stays so: {remedy}"
    elif skew is None:
        remedy += " Check this machine's clock too: SCP's answer does not tell the time."
    else:
        remedy += " The clock is right."
    return SignatureRefused(what + ".", remedy, request_id=problem.request_id, skew_seconds=skew)


def _forbidden(_reply: Reply, problem: Problem, needed: str) -> ScpError:
    action = problem.action or needed
    return Forbidden(
        _sentence(f"SCP's IAM does not allow {action}", problem),
        f"Grant the action {action} to the user whose access key the bot uses.",
        request_id=problem.request_id,
        action=action,
    )


def _not_found(_reply: Reply, problem: Problem, needed: str) -> ScpError:
    if problem.has_errors:
        what = _sentence("SCP knows no such thing", problem)
        remedy = WRONG_ADDRESS if needed == LIST_ACTION else _NO_MEMBER
        return NotFound(what, remedy, request_id=problem.request_id)
    if problem.is_object:
        return AuthHeadersMissing(
            "SCP's gateway saw no authentication headers (404 without errors).",
            "A proxy between the bot and SCP probably strips the Scp-* headers: let it pass them, "
            "or list the host in NO_PROXY.",
            request_id=problem.request_id,
        )
    return NotTheApi(_sentence("Something other than the API answered 404", problem), WRONG_ADDRESS)


def _rate_limited(reply: Reply, problem: Problem) -> ScpError:
    wait = retry_after(reply)
    remedy = _TRY_LATER if wait is None else _try_after(wait)
    what = _sentence("SCP asks for fewer requests (429)", problem)
    return RateLimited(what, remedy, request_id=problem.request_id)


def _try_after(wait: float) -> str:
    """Return when to try again, in whole seconds, rounded up."""
    if wait > _LONGEST_WAIT:
        return _ASK_SUPPORT
    seconds = math.ceil(wait)
    if seconds == 0:
        return "Try again now."
    return f"Try again in {seconds} second{'' if seconds == 1 else 's'}."


def _server_failed(_reply: Reply, problem: Problem) -> ScpError:
    what = _sentence("SCP failed inside (500)", problem)
    return ServerFailed(what, _ASK_SUPPORT, request_id=problem.request_id)


def _unavailable(reply: Reply, problem: Problem) -> ScpError:
    what = f"SCP is unavailable for now ({reply.status})"
    if not _is_page(reply):
        what = _sentence(what, problem)
    return Unavailable(what.rstrip(".") + ".", _TRY_LATER, request_id=problem.request_id)


def _unexpected(reply: Reply, problem: Problem) -> ScpError:
    what = f"SCP answered with the unexpected status {reply.status}"
    return UnexpectedStatus(_sentence(what, problem), _ASK_SUPPORT, request_id=problem.request_id)


def _sentence(what: str, problem: Problem) -> str:
    said = f"{what}: {problem.said}" if problem.said else what
    if problem.request_id:
        said = f"{said.rstrip('.')} (request {problem.request_id})"
    return said if said.endswith((".", "…", ")")) else said + "."


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # A zone of -0000 is read as none, which timestamp() would take as local time.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
