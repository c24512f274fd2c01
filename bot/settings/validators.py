"""What a setting's text must look like; each raises ``ValueError`` with what would be right."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr

from bot.errors import QueryError
from bot.query import parse_query


def host_label(text: str) -> str:
    """Accept one part of a host name."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError("must be one part of a host name, such as kr-west1 or e")
    return text


def language(text: str) -> str:
    """Accept a language tag (RFC 5646), as far as SCP may know it."""
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError("must be a language such as en-US or ko-KR")
    return text


def api_version(text: str) -> str:
    """Accept ``auto`` or a version of the API."""
    if not re.fullmatch(r"auto|[0-9]+\.[0-9]+", text):
        raise ValueError("must be auto or a version such as 1.3")
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
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def channel_ids(value: object) -> object:
    """Split channel ids at commas, each once."""
    if not isinstance(value, str):
        return value
    channels = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    for number, channel in enumerate(channels, 1):
        if not re.fullmatch(r"[CGD][A-Z0-9]+", channel):
            # Not quoted: whoever mixes up two settings may have put a token here.
            raise ValueError(
                f"entry {number} is not a channel id; ids look like C0123456789 and stand at the "
                "end of a channel's details in Slack"
            )
    return channels


def query(value: object) -> object:
    """Parse a query."""
    if not isinstance(value, str):
        return value
    try:
        return parse_query(value)
    except QueryError as error:
        raise ValueError(f"{error} {error.remedy}".strip()) from error


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
