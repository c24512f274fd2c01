"""httpx's failures in our words."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from bot.errors import (
    BadParameter,
    BodyUnreadable,
    ScpError,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from bot.scp.quoting import quote_text

_CHECK_NETWORK = "Check the network between the bot and SCP, and HTTPS_PROXY if one is needed."


class BodyTruncated(BodyUnreadable):
    """The connection broke within the body; unlike other unreadable bodies it is worth a retry."""

    def __init__(self) -> None:
        super().__init__("The connection to SCP broke off within the answer.", _CHECK_NETWORK)


def translated(error: httpx.HTTPError | httpx.InvalidURL, *, reading: bool = False) -> ScpError:
    """Return the ``ScpError`` for a failure of httpx, while reading the body or before it."""
    if isinstance(error, httpx.InvalidURL):
        return BadParameter("The filter is too long to be sent.", "Ask for a shorter one.")
    if isinstance(error, httpx.TimeoutException):
        return _timed_out(error)
    if reading:
        return BodyTruncated()
    if isinstance(error, httpx.ProxyError):
        return Unreachable("The proxy does not let us through to SCP.", "Check HTTPS_PROXY.")
    return _not_connected(error)


def _not_connected(error: httpx.HTTPError) -> ScpError:
    causes = list(_causes(error))
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    # An unexpected end of file is a broken connection, whoever broke it: worth a retry.
    if tls is not None and not isinstance(tls, ssl.SSLEOFError):
        return _tls_failed(tls)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(
            "SCP's host name cannot be resolved.",
            "Check SCP_REGION, SCP_ENVIRONMENT, SCP_ENDPOINT and the network's DNS.",
        )
    if isinstance(error, httpx.ConnectError):
        return Unreachable("No connection to SCP.", _CHECK_NETWORK)
    return Unreachable("The connection to SCP broke before an answer came.", _CHECK_NETWORK)


def _timed_out(error: httpx.TimeoutException) -> TimedOut:
    if isinstance(error, httpx.ConnectTimeout):
        return TimedOut("No connection to SCP in time.", _CHECK_NETWORK)
    if isinstance(error, httpx.PoolTimeout):
        return TimedOut("Too many requests to SCP are under way.", "Try again in a minute.")
    return TimedOut("SCP did not answer in time.", "Try again in a minute.")


def _tls_failed(error: ssl.SSLError) -> TlsFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = quote_text(error.verify_message).rstrip(".")
        return TlsFailed(
            f"SCP's TLS certificate is not trusted: {why}.",
            "If a proxy with its own certificate authority is on the way, name that authority's "
            "file in SSL_CERT_FILE; else check SCP_ENDPOINT and this machine's date.",
        )
    reason = quote_text(error.reason or "no reason given")
    return TlsFailed(
        f"The TLS handshake with SCP failed: {reason}.",
        "Check SCP_ENDPOINT and any proxy on the way: what answers there may not speak TLS.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what led to the error, the members of a group (one an address) included."""
    causes = [error]
    for cause in causes:  # grows as it goes
        yield cause
        further = [cause.__cause__, cause.__context__]
        if isinstance(cause, BaseExceptionGroup):
            further.extend(cause.exceptions)
        causes.extend(each for each in further if each is not None and each not in causes)
