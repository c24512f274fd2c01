"""What the simulated SCP demands of a request, written from ``scp/facts.md`` alone.

Independent of the bot's own client on purpose: two readings of one document check each other.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from multidict import CIMultiDict, CIMultiDictProxy

Headers: TypeAlias = CIMultiDict[str] | CIMultiDictProxy[str]
VersionEntry: TypeAlias = Mapping[str, object]
"""One entry of the root document's ``versions``."""

AUTH_HEADERS = ("Scp-Accesskey", "Scp-Signature", "Scp-Timestamp", "Scp-ClientType")
OTHER_HEADERS = ("Accept-Language", "Scp-Api-Version")
FILTERS = ("scp_image_type", "scp_original_image_type")
LANGUAGES = ("en-US", "ko-KR")
CLIENT_TYPE = "Openapi"


@dataclass(frozen=True)
class Refusal:
    """Why a request is not answered, and by which of the documented answers."""

    answer: Literal["headers", "hmac", "version"]
    reason: str


@dataclass(frozen=True)
class Account:
    """Whom the server knows, and what its clock says (epoch milliseconds)."""

    access_key: str
    secret_key: str
    now_ms: int
    allowed_skew_ms: int


def signature(secret_key: str, method: str, url: str, timestamp: str, access_key: str) -> str:
    """Return ``base64(HMAC-SHA256(secret, METHOD + URL + timestamp + key + client type))``.

    ``url`` is the absolute URL with its query, exactly as on the wire (``scp/facts.md``).
    """
    text = method + url + timestamp + access_key + CLIENT_TYPE
    digest = hmac.digest(_octets(secret_key), _octets(text), hashlib.sha256)
    return base64.b64encode(digest).decode("ascii")


def refuse(account: Account, method: str, url: str, headers: Headers) -> Refusal | None:
    """Return why the gateway turns the request away, or None where it is signed as documented."""
    missing = [name for name in AUTH_HEADERS if not headers.get(name)]
    if missing:
        return Refusal("headers", f"missing {', '.join(missing)}")
    reason = _wrong_client(account, headers) or _wrong_time(account, headers["Scp-Timestamp"])
    if reason is None and not _signed(account, method, url, headers):
        reason = f"the signature is not that of {method} {url}"
    return Refusal("hmac", reason) if reason else None


def api_version(header: str | None, versions: Sequence[VersionEntry]) -> str | Refusal:
    """Return the version to answer in, such as ``1.3``, or why there is none.

    Without the header it is the newest CURRENT one; a PLANNED one is not callable.
    """
    if header is None:
        current = [_number(entry) for entry in versions if entry.get("status") == "CURRENT"]
        newest = max(current, key=_numeric, default=None)
        return newest or Refusal("version", "no version is CURRENT")
    asked = re.fullmatch(r"virtualserver ([0-9]+\.[0-9]+)", header)
    if asked is None:
        return Refusal("version", f"Scp-Api-Version is {header!r}, not 'virtualserver 1.x'")
    offered = [_number(entry) for entry in versions if entry.get("status") != "PLANNED"]
    if asked[1] not in offered:
        return Refusal("version", f"version {asked[1]} is not callable")
    return asked[1]


def filters(target: str) -> dict[str, str]:
    """Return the filters that a request target carries; of a repeated one the first."""
    pairs = [pair for pair in _query(target) if pair[0] in FILTERS]
    return dict(reversed(pairs))


def ignored_parameters(target: str) -> tuple[str, ...]:
    """Return the names of the query parameters that the service does not know."""
    return tuple(name for name, _ in _query(target) if name not in FILTERS)


def complaints(target: str, headers: Headers) -> list[str]:
    """Return what a signed request does that the documents do not, and the service lets pass."""
    found = [f"{name} is missing" for name in OTHER_HEADERS if name not in headers]
    if headers.get("Accept-Language", LANGUAGES[0]) not in LANGUAGES:
        found.append(f"Accept-Language is {headers['Accept-Language']!r}")
    if "Scp-AccountId" in headers:
        found.append("Scp-AccountId is sent")
    asked = [name for name, _ in _query(target)]
    names = (*AUTH_HEADERS, *OTHER_HEADERS)
    repeated = [name for name in names if len(headers.getall(name, [])) > 1]
    repeated += [name for name in FILTERS if asked.count(name) > 1]
    found += [f"{name} is sent more than once" for name in repeated]
    found += [f"{name} is sent empty" for name, value in filters(target).items() if not value]
    return found


def _wrong_client(account: Account, headers: Headers) -> str | None:
    if headers["Scp-ClientType"] != CLIENT_TYPE:
        return f"Scp-ClientType is {headers['Scp-ClientType']!r}"
    if not _same(headers["Scp-Accesskey"], account.access_key):
        return "unknown access key"
    return None


def _wrong_time(account: Account, timestamp: str) -> str | None:
    if not re.fullmatch(r"[0-9]{1,18}", timestamp):
        return f"Scp-Timestamp {timestamp!r} is not in whole milliseconds"
    skew = int(timestamp) - account.now_ms
    return f"Scp-Timestamp is {skew} ms off" if abs(skew) > account.allowed_skew_ms else None


def _signed(account: Account, method: str, url: str, headers: Headers) -> bool:
    expected = signature(
        account.secret_key, method, url, headers["Scp-Timestamp"], account.access_key
    )
    return _same(headers["Scp-Signature"], expected)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(_octets(left), _octets(right))


def _octets(text: str) -> bytes:
    # aiohttp turns undecodable bytes of a request into surrogates: this is the way back.
    return text.encode("utf-8", "surrogateescape")


def _query(target: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(target).query, keep_blank_values=True)


def _number(entry: VersionEntry) -> str:
    return str(entry.get("id", "")).removeprefix("v")


def _numeric(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]
