"""Every way in which Slack can fail us, as a ``SlackError`` with a code and a remedy.

The codes are Slack's own words, and a few of ours where Slack did not get a word in.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from bot.errors import SlackError
from bot.slack.connection import HeldUp

UNREACHABLE = "unreachable"
"""Our code beside Slack's own: no connection was made, so nothing was accepted."""

FAILING = "internal_error"
"""Slack's own code for a failure of its own."""

RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})
"""Slack's own codes for too many calls; nothing was accepted."""

TLS_FAILED = "tls_failed"
"""Our code: no secure connection, most often over a certificate."""

PROXY_REFUSED = "proxy_refused"
"""Our code: the proxy on the way let nothing through."""

NOT_SLACK = "not_slack"
"""Our code: something answered that was not Slack, or left out what Slack answers."""

HELD_UP = "held_up"
"""Our code: the request could leave only when it was not to be sent any more."""

UNCERTAIN = "no_answer"
"""Our code: the request may have arrived, but no answer came back."""

BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS})
PASSING_STATUS = frozenset(range(500, 600))

PASSING = frozenset(
    {UNREACHABLE, PROXY_REFUSED, NOT_SLACK, UNCERTAIN, FAILING}
    | {"fatal_error", "service_unavailable"}
    | RATE_LIMITED
    | {f"http_{status}" for status in PASSING_STATUS}
)
"""Failures that may pass by themselves."""

NOT_ACCEPTED = RATE_LIMITED | {UNREACHABLE, TLS_FAILED, PROXY_REFUSED, HELD_UP}
"""Failures that certainly left no message behind. Slack's ``internal_error`` and a missing answer
may have left one: a second try could post twice."""

TOO_OLD = frozenset({"expired_url", "used_url", "http_404", "http_410"})
"""A response_url past its 30 minutes or five uses (``slack/facts.md``)."""

_TRIGGER_GONE = "Slack waits 3 seconds for a window to open: press the button again."

REMEDIES: Mapping[str, str] = {
    "not_in_channel": "Invite the bot with /invite, then try again.",
    "channel_not_found": "Invite the bot to the channel with /invite, or correct the channel's id.",
    "is_archived": "The channel is archived: unarchive it or choose another.",
    "restricted_action": "The workspace's settings forbid it: ask a workspace owner.",
    "invalid_auth": "The bot's token is not valid: reinstall the app and set SLACK_BOT_TOKEN.",
    "not_authed": "The bot's token is missing: set SLACK_BOT_TOKEN.",
    "account_inactive": "The app was removed or its user deactivated: reinstall the app.",
    "token_revoked": "The bot's token was revoked: reinstall the app and set SLACK_BOT_TOKEN.",
    "missing_scope": "The app lacks a scope: apply manifest.yaml and reinstall the app.",
    **dict.fromkeys(("expired_trigger_id", "trigger_expired"), _TRIGGER_GONE),
    **dict.fromkeys(RATE_LIMITED, "Slack asks for fewer messages: wait a minute, then try again."),
    "expired_url": "The message is older than 30 minutes: run /pending-images again.",
    "used_url": "The message was used too often: run /pending-images again.",
    FAILING: "Slack has trouble of its own: try again in a minute, and see status.slack.com.",
    UNREACHABLE: "Slack cannot be reached: check the network, the proxy and status.slack.com.",
    TLS_FAILED: "Check this machine's certificates (SSL_CERT_FILE) and clock, and any proxy that "
    "opens connections on the way.",
    PROXY_REFUSED: "The proxy on the way let nothing through: check HTTPS_PROXY, its user and "
    "password, and NO_PROXY.",
    NOT_SLACK: "Something other than Slack answered: check SLACK_API_URL and any proxy on the way.",
    UNCERTAIN: "Slack did not answer; the message may have arrived all the same: look before "
    "you repeat.",
}

SOCKET_REMEDY = (
    "Set SLACK_APP_TOKEN to an app-level token with connections:write (Slack app, Basic "
    "Information), and turn Socket Mode on."
)

TOO_FAST = "Slack asks the bot to slow down, so that no window could open."
TOO_FAST_REMEDY = "Wait a few seconds, then press the button or type the command again."

_DID_NOT = {
    HELD_UP: "was not asked in time, for the bot was held up",
    UNREACHABLE: "cannot be reached",
    TLS_FAILED: "cannot be reached securely",
    PROXY_REFUSED: "cannot be reached through the proxy",
    NOT_SLACK: "did not answer, but something else in its place",
    UNCERTAIN: "did not answer in time, or the connection broke",
}


def slack_error(doing: str, code: str, retry_after: float | None = None) -> SlackError:
    """Return the error of a call: what it was ``doing``, and the code it failed with."""
    remedy = REMEDIES.get(code, REMEDIES[FAILING] if code in PASSING else "")
    if code in _DID_NOT:
        return SlackError(f"Slack {_DID_NOT[code]}, asked to {doing}.", remedy, code=code)
    what = f"Slack did not {doing}: {code}."
    return SlackError(what, remedy, code=code, retry_after=retry_after)


def code_of_failure(error: Exception) -> str:
    """Return our code for a call that brought no answer of Slack's."""
    if isinstance(error, HeldUp):
        return HELD_UP
    if isinstance(error, aiohttp.ClientSSLError):
        return TLS_FAILED
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return PROXY_REFUSED
    if isinstance(error, aiohttp.ClientConnectorError):
        return UNREACHABLE
    return UNCERTAIN


def code_of_refusal(response: Any) -> str:
    """Return Slack's word for the failure, or one of ours for an answer that is not Slack's.

    For a proxy's text in Slack's place the SDK's error holds text, or the bare HTTP response.
    """
    data = getattr(response, "data", None)
    if isinstance(data, dict) and data.get("error"):
        return str(data["error"])
    status = response.status_code if hasattr(response, "status_code") else response.status
    return NOT_SLACK if status == HTTPStatus.OK else f"http_{status}"


def retry_after_of(response: Any) -> float | None:
    """Return the seconds that Slack asks to wait, None where it does not say."""
    headers = getattr(response, "headers", None) or {}
    waits = [value for name, value in headers.items() if name.lower() == "retry-after"]
    return float(waits[0]) if waits and waits[0].isdecimal() else None


def code_of_answer(answer: str) -> str:
    """Return Slack's word for the failure, from ``{"ok":false,"error":…}`` or plain text."""
    try:
        error = msgspec.json.decode(answer, type=_Failure).error
    except msgspec.DecodeError:
        error = answer.strip()
    return error if re.fullmatch(r"[a-z_]{1,50}", error) else ""


class _Failure(msgspec.Struct):
    error: str = ""
