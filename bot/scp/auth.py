"""Signing: what Samsung Cloud Platform asks of a request (``scp/facts.md``, "Signature")."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Generator

import httpx
import msgspec

from bot.errors import SettingsError

CLIENT_TYPE = "Openapi"
SIGNATURE_HEADER = "Scp-Signature"


class Credentials(msgspec.Struct, frozen=True):
    """An access key and its secret, as SCP's console shows them.

    Raises ``SettingsError``, which quotes neither, where one of them cannot be sent or signed.
    """

    access_key: str
    secret_key: str

    def __post_init__(self) -> None:
        problems = []
        if not self.access_key or any(not "!" <= letter <= "~" for letter in self.access_key):
            problems.append("SCP_ACCESS_KEY: empty, or holds characters no HTTP header can carry.")
        if not self.secret_key or not _has_utf8(self.secret_key):
            problems.append("SCP_SECRET_KEY: empty, or not text.")
        if problems:
            raise SettingsError(problems)

    def __repr__(self) -> str:
        return "Credentials(access_key='***', secret_key='***')"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [("access_key", "***"), ("secret_key", "***")]


def signature(
    method: str, url: str, timestamp: str, access_key: str, secret_key: str, client_type: str
) -> str:
    """Return ``Scp-Signature``. ``url`` is absolute, with its query, exactly as on the wire."""
    message = f"{method}{url}{timestamp}{access_key}{client_type}"
    digest = hmac.digest(secret_key.encode(), message.encode(), hashlib.sha256)
    return base64.b64encode(digest).decode("ascii")


class ScpAuth(httpx.Auth):
    """Signs each request as it leaves, with a timestamp of that moment."""

    def __init__(self, credentials: Credentials, clock: Callable[[], float] = time.time) -> None:
        self.offset_seconds = 0.0
        """What to add to our clock to tell SCP's time."""
        self._credentials = credentials
        self._clock = clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the four headers that prove who asks."""
        keys = self._credentials
        timestamp = str(round((self._clock() + self.offset_seconds) * 1000))
        request.headers["Scp-Accesskey"] = keys.access_key
        request.headers[SIGNATURE_HEADER] = signature(
            request.method,
            str(request.url),
            timestamp,
            keys.access_key,
            keys.secret_key,
            CLIENT_TYPE,
        )
        request.headers["Scp-Timestamp"] = timestamp
        request.headers["Scp-ClientType"] = CLIENT_TYPE
        yield request


def _has_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
