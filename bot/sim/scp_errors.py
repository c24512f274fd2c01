"""Every answer of the simulated SCP that is not a success (error table of ``scp/facts.md``).

Where the facts give only a part of a body, the rest is made up and said so.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Literal, TypeAlias

from aiohttp import web

Responder: TypeAlias = Callable[..., Awaitable[web.StreamResponse]]
DetailForm: TypeAlias = Literal["string", "list", "printed_list", "korean"]

STOPPING = web.AppKey("stopping", asyncio.Event)
"""Set when the server stops, so that no answer is waited for any longer."""
ACTION = web.RequestKey("action", str)
"""The IAM action that the request needs."""


class Failure(StrEnum):
    """What the server can be told to do instead of answering; the mark is that of the facts."""

    HEADER_STRIPPED = "header_stripped"
    """404 of the gateway, as when a proxy strips the authentication headers (live)."""
    HMAC = "hmac"
    """401 ``HmacValidFail`` (live; the body around the word is inferred)."""
    NOT_ENTITLED = "not_entitled"
    """401 of the gateway: no service for the account in this region (live)."""
    IAM = "iam"
    """403 ``errors[]`` naming the action that IAM refuses (live)."""
    BAD_PARAMETER = "bad_parameter"
    """400 ``errors[]``; ``form``: string, list, printed_list or korean (live)."""
    NOT_FOUND = "not_found"
    """404 ``errors[]``, code NotFound (live)."""
    SERVER_500 = "server_500"
    """500 ``errors[]``, code ContactAdminForAssistance (live)."""
    UNAVAILABLE_502 = "unavailable_502"
    """502; ``retry_after`` (live; the body is inferred)."""
    UNAVAILABLE_503 = "unavailable_503"
    """503; ``retry_after`` (live; the body is inferred)."""
    UNAVAILABLE_504 = "unavailable_504"
    """504; ``retry_after`` (live; the body is inferred)."""
    RATE_LIMITED = "rate_limited"
    """429; ``retry_after``: value of the header, none by default (inferred: no sample exists)."""
    PORTAL_HTML = "portal_html"
    """404 with an HTML page of the portal (live)."""
    SLOW = "slow"
    """No answer for ``seconds`` or until the server stops, then a 504 (live: read timeouts)."""
    DROP = "drop"
    """The connection is closed without an answer (inferred)."""
    TRUNCATED = "truncated"
    """200 with a Content-Length larger than the body, then the connection closes (inferred)."""
    NOT_JSON = "not_json"
    """200, application/json, and a body that is none (inferred)."""
    WRONG_SHAPE = "wrong_shape"
    """200 with JSON of another shape; ``body``: any JSON value (inferred)."""
    OVERSIZED = "oversized"
    """200 streaming ``size`` bytes of valid JSON without a Content-Length (inferred)."""
    REDIRECT = "redirect"
    """302 to ``location`` (inferred)."""
    GARBAGE_GZIP = "garbage_gzip"
    """200 with Content-Encoding gzip and a body that is not (inferred)."""


PORTAL_PAGE = "<!DOCTYPE html><html><head><title>Samsung Cloud Platform</title></head></html>"
DETAILS: Mapping[DetailForm, object] = {
    "string": "scp_image_type is not valid.",
    "list": ["scp_image_type: Input should be a valid string", "too long"],
    "printed_list": "['scp_image_type: Input should be a valid string']",
    "korean": "잘못된 파라미터입니다.",
}
"""The forms of ``detail``; their wording is made up."""
ACCESS_LEVELS = {"ListPendingImages": "LIST", "ShowImageMember": "READ", "SetImageMember": "UPDATE"}


def json_response(body: object, status: int = 200) -> web.Response:
    """Return a JSON answer in UTF-8; a lone surrogate stays the escape it must have been."""
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return web.Response(body=text, status=status, content_type="application/json")


def errors_response(status: int, code: str, title: str, detail: object) -> web.Response:
    """Return the service's own error body, ``errors[]``."""
    return json_response({"errors": [_error(status, code, title, detail)]}, status)


async def header_stripped(request: web.Request) -> web.Response:
    """Return the gateway's 404."""
    body = {
        "timestamp": "2026-02-23T00:00:00.000+00:00",
        "path": request.path,
        "status": 404,
        "error": "Not Found",
        "requestId": "5d1c7d6a-1042",
    }
    return json_response(body, 404)


async def hmac_refused(_: web.Request) -> web.Response:
    """Return the 401 of a wrong signature, key or time."""
    return _rejected("HmacValidFail: the signature of the request is not valid.")


async def not_found(_: web.Request) -> web.Response:
    """Return the service's 404."""
    return errors_response(404, "NotFound", "Not Found", "The resource does not exist.")


async def iam_refused(request: web.Request) -> web.Response:
    """Return IAM's 403, which names the action."""
    action = request.get(ACTION, "virtualserver:ListPendingImages")
    error = _error(403, "Forbidden", "Forbidden", "The request is refused by IAM.")
    error["response"] = {
        "access_level": ACCESS_LEVELS[action.partition(":")[2]],
        "action_name": action,
        "caused_auths": [],
        "message": f"You are not authorized to perform {action}.",
    }
    return json_response({"errors": [error]}, 403)


async def portal_html(_: web.Request) -> web.Response:
    """Return the portal's 404 page."""
    return web.Response(text=PORTAL_PAGE, status=404, content_type="text/html")


def _error(status: int, code: str, title: str, detail: object) -> dict[str, object]:
    return {
        "code": code,
        "detail": detail,
        "title": title,
        "status": status,
        "request_id": "req-6f2c8f2e-5c0e-4b58-9a51-2f1f8f6c7a10",
        "global_request_id": "req-0c1d7a52-4b7e-4f0e-8f43-3a0b1d9c2e11",
    }


def _rejected(message: str) -> web.Response:
    name = "Request was rejected by gateway"
    return json_response({"status": "UNAUTHORIZED", "name": name, "message": message}, 401)


async def _not_entitled(_: web.Request) -> web.Response:
    return _rejected("The account is not entitled to the service.")


async def _bad_parameter(_: web.Request, form: DetailForm = "string") -> web.Response:
    return errors_response(400, "BadRequest", "Bad Request", DETAILS[form])


async def _server_500(_: web.Request) -> web.Response:
    detail = "Contact the administrator for assistance."
    return errors_response(500, "ContactAdminForAssistance", "Internal Server Error", detail)


def _later(status: int) -> Responder:
    async def answer(_: web.Request, retry_after: str | None = None) -> web.Response:
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return web.Response(text="try again later", status=status, headers=headers)

    return answer


async def _slow(request: web.Request, seconds: float = 3600) -> web.Response:
    try:
        await asyncio.wait_for(request.app[STOPPING].wait(), seconds)
    except TimeoutError:
        return web.Response(status=504)
    return web.Response(status=503)


async def _drop(request: web.Request) -> web.Response:
    request.protocol.force_close()
    return web.Response()


async def _truncated(request: web.Request) -> web.StreamResponse:
    part = b'{"images":[{"id":'
    response = web.StreamResponse()
    response.content_type = "application/json"
    response.content_length = len(part) + 100
    await response.prepare(request)
    await response.write(part)
    request.protocol.force_close()
    return response


async def _not_json(_: web.Request) -> web.Response:
    return web.Response(text='{"images": [', content_type="application/json")


async def _wrong_shape(_: web.Request, body: object = None) -> web.Response:
    return json_response({"images": {"total": 0}} if body is None else body)


async def _oversized(request: web.Request, size: int = 65 * 2**20) -> web.StreamResponse:
    head, tail = b'{"images":[', b"]}"
    response = web.StreamResponse()
    response.content_type = "application/json"
    await response.prepare(request)
    # A client that has had enough hangs up: that is what this failure is for.
    with contextlib.suppress(ConnectionError):
        await response.write(head)
        left = size - len(head) - len(tail)
        while left > 0:
            await response.write(b" " * min(left, 2**16))
            left -= 2**16
        await response.write(tail)
    return response


async def _redirect(_: web.Request, location: str = "/v1/elsewhere") -> web.Response:
    return web.Response(status=302, headers={"Location": location})


async def _garbage_gzip(_: web.Request) -> web.Response:
    headers = {"Content-Encoding": "gzip"}
    return web.Response(body=b"not gzip", headers=headers, content_type="application/json")


RESPONDERS: Mapping[Failure, Responder] = {
    Failure.HEADER_STRIPPED: header_stripped,
    Failure.HMAC: hmac_refused,
    Failure.NOT_ENTITLED: _not_entitled,
    Failure.IAM: iam_refused,
    Failure.BAD_PARAMETER: _bad_parameter,
    Failure.NOT_FOUND: not_found,
    Failure.SERVER_500: _server_500,
    Failure.UNAVAILABLE_502: _later(502),
    Failure.UNAVAILABLE_503: _later(503),
    Failure.UNAVAILABLE_504: _later(504),
    Failure.RATE_LIMITED: _later(429),
    Failure.PORTAL_HTML: portal_html,
    Failure.SLOW: _slow,
    Failure.DROP: _drop,
    Failure.TRUNCATED: _truncated,
    Failure.NOT_JSON: _not_json,
    Failure.WRONG_SHAPE: _wrong_shape,
    Failure.OVERSIZED: _oversized,
    Failure.REDIRECT: _redirect,
    Failure.GARBAGE_GZIP: _garbage_gzip,
}
