"""What a setting's text must look like; each raises ``ValueError`` with what would be right."""

import ipaddress
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

from bot.errors import QueryError
from bot.images import API_VERSIONS
from bot.oncall.escalating import parse_duration, parse_working_hours
from bot.query import folded
from bot.schedule import parse_digest_query

DIGEST_TIMEZONE = "Asia/Seoul"
"""Where ``DIGEST_TIMEZONE`` is not set."""

_LABEL = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_LAST_LABEL = f"(?![0-9]+[.]?$){_LABEL}"  # of digits alone it is a mistyped IP address
_HOST_MAX = 253


def host_name(text: str) -> str:
    """Accept an IP address, or a host name by its form (RFC 1123, and underscores)."""
    if _ip_address(text) is not None:
        return text
    if len(text) > _HOST_MAX or not re.fullmatch(rf"({_LABEL}\.)*{_LAST_LABEL}", text):
        raise ValueError("must be an IP address such as 127.0.0.1, or a host name")
    return text


def host_label(text: str) -> str:
    """Accept one part of a host name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError("must be one part of a host name, such as kr-west1 or e")
    return text


def language(text: str) -> str:
    """Accept a language that SCP has (``scp/facts.md``)."""
    if text not in ("en-US", "ko-KR"):
        raise ValueError("must be en-US or ko-KR")
    return text


def api_version(text: str) -> str:
    """Accept ``auto`` or a version of the API that the bot knows."""
    if text not in ("auto", *API_VERSIONS):
        raise ValueError(f"must be auto, {', '.join(API_VERSIONS[:-1])} or {API_VERSIONS[-1]}")
    return text


def account_id(text: str) -> str:
    """Accept an account's id."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", text):
        raise ValueError(
            "must be an account's id as the console shows it: up to 64 letters, digits and hyphens"
        )
    return text


def endpoint(text: str) -> str:
    """Accept an https address, or http on loopback; without a slash at its end."""
    url = _web_address(text)
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        raise ValueError("must be https; http is for loopback addresses only")
    return text.rstrip("/")


def api_base(text: str) -> str:
    """Accept a web address; with a slash at its end."""
    _web_address(text)
    return text.rstrip("/") + "/"


def _web_address(text: str) -> SplitResult:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("must be a web address such as https://host")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError("must be an address alone, without credentials, query or fragment")
    return url


def _is_loopback(host: str) -> bool:
    address = _ip_address(host)
    return host == "localhost" if address is None else address.is_loopback


def _ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def channel_ids(value: object) -> object:
    """Split channel ids at commas, each once."""
    if not isinstance(value, str):
        return value
    channels = tuple(dict.fromkeys(_entries(value)))
    for number, channel in enumerate(channels, 1):
        if not _CHANNEL.fullmatch(channel):
            # Not quoted: whoever mixes up two settings may have put a token here.
            raise ValueError(f"entry {number} is not a channel id; {_CHANNEL_IDS}")
    return channels


def channel_id(text: str) -> str:
    """Accept the id of one channel."""
    if not _CHANNEL.fullmatch(text):
        raise ValueError(f"must be one channel's id; {_CHANNEL_IDS}")
    return text


def user_ids(value: object) -> object:
    """Split user ids at commas."""
    if not isinstance(value, str):
        return value
    users = _entries(value)
    for number, user in enumerate(users, 1):
        if not re.fullmatch(r"[UW][A-Z0-9]+", user):
            raise ValueError(
                f"entry {number} is not a user id; ids look like U0123456789 and are copied from "
                "a person's profile in Slack, under More"
            )
    return frozenset(users)


def people(value: object) -> object:
    """Split ids of users and user groups at commas, each once; mentions of them count too."""
    if not isinstance(value, str):
        return value
    entries = _entries(value)
    if value.strip() and not entries:
        # Nobody must not pass for not set, which is everybody where it is about reading.
        raise ValueError("names nobody; leave it empty, or name users and user groups by their ids")
    ids = [_MENTION.sub(r"\1", entry) for entry in entries]
    for number, each in enumerate(ids, 1):
        if not re.fullmatch(r"[UWS][A-Z0-9]+", each):
            raise ValueError(
                f"entry {number} is not the id of a user or a user group; ids of users look like "
                "U0123456789 (in a person's profile in Slack, under More), those of user groups "
                "like S0123456789 (in the menu of the group's page)"
            )
    return tuple(dict.fromkeys(ids))


_CHANNEL = re.compile(r"[CGD][A-Z0-9]+")
_CHANNEL_IDS = "ids look like C0123456789 and stand at the end of a channel's details in Slack"
_MENTION = re.compile(r"\A<(?:@(?=[UW])|!subteam\^(?=S))([A-Z0-9]+)(?:\|[^>]*)?>\Z")
"""A user or a user group as Slack writes them (``slack/facts.md``, "mrkdwn")."""


def _entries(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def query(value: object) -> object:
    """Parse a digest's query."""
    if not isinstance(value, str):
        return value
    if folded(value.strip()) == "help":
        raise ValueError(
            "must be a query, and help alone asks for the help text; "
            'to look for the word, quote it: "help"'
        )
    try:
        return parse_digest_query(value)
    except QueryError as error:
        raise ValueError(f"{error} {error.remedy}".strip()) from error


def amount(unit: str, least: int, most: int) -> AfterValidator:
    """Return a validator that accepts a number of units in a range, and so no ``nan``."""

    def check(number: float) -> float:
        if not least <= number <= most:
            raise ValueError(f"must be a number of {unit} from {least} to {most}")
        return number

    return AfterValidator(check)


def duration_or_off(text: str) -> timedelta | None:
    """Return the length of time that is meant, None for ``off``."""
    if folded(text.strip()) == "off":
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{error} For never write off.") from error


def working_hours(value: object, info: ValidationInfo) -> object:
    """Parse working hours, by default in the zone of the digests."""
    if not isinstance(value, str):
        return value
    # Where that zone is wrong, it is named as a problem of its own.
    return parse_working_hours(value, info.data.get("digest_timezone", DIGEST_TIMEZONE))


def parsed(parse: Callable[[str], Any]) -> BeforeValidator:
    """Return a validator that parses text with ``parse``, which raises ``ValueError``."""
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def not_starting_with(*prefixes: str) -> AfterValidator:
    """Return a validator that refuses a token of another kind."""

    def check(secret: SecretStr) -> SecretStr:
        if secret.get_secret_value().startswith(prefixes):
            raise ValueError(f"is a token of another kind (it starts with {' or '.join(prefixes)})")
        return secret

    return AfterValidator(check)


def _sendable(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("contains a space or a character that cannot be sent in a header")
    return secret


header_text = AfterValidator(_sendable)
