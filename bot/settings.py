"""The settings, read once: environment, then ``.env``, then secret files, then ``~/.scpconf``.

The names are the bot's interface (README, "Settings"). Where something is missing or wrong,
``load_settings`` names everything at once and shows no secret.
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    InstanceOf,
    SecretStr,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.errors import QueryError, SettingsError
from bot.query import Query, parse_query
from bot.schedule import parse_days, parse_time, parse_timezone

DEFAULT_SECRETS_DIR = "/run/secrets"
"""Where container engines put secrets; ``SECRETS_DIR`` names another directory."""

MAX_BODY_BYTES = 64 * 2**20


class Need(StrEnum):
    """What a command of ``python -m bot`` cannot work without."""

    SCP = "scp"
    SLACK = "slack"
    """The Web API: a bot token."""
    EVENTS = "events"
    """Commands and clicks: the app token, or in HTTP mode the signing secret."""


def _one_label(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", text):
        raise ValueError("must be one part of a host name, such as kr-west1 or e")
    return text


def _endpoint(text: str) -> str:
    url = _web_address(text)
    if url.scheme == "http" and not _is_loopback(url.hostname or ""):
        raise ValueError("must be https; http is for loopback addresses only")
    return text.rstrip("/")


def _slack_api_url(text: str) -> str:
    _web_address(text)
    return text.rstrip("/") + "/"


def _web_address(text: str) -> Any:
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


def _channels(value: object) -> object:
    if not isinstance(value, str):
        return value
    channels = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
    for channel in channels:
        if not re.fullmatch(r"[CGD][A-Z0-9]+", channel):
            raise ValueError(
                f"{channel!r} is not a channel id; ids look like C0123456789 and stand at the end "
                "of a channel's details in Slack"
            )
    return channels


def _query(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_query(value)
    except QueryError as error:
        raise ValueError(f"{error} {error.remedy}".strip()) from error


def _parsed(parse: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


def _not_starting_with(*prefixes: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if secret.get_secret_value().startswith(prefixes):
            raise ValueError(f"is a token of another kind (it starts with {' or '.join(prefixes)})")
        return secret

    return AfterValidator(check)


def _header_text(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("contains a space or a character that cannot be sent in a header")
    return secret


Header = AfterValidator(_header_text)


class Settings(BaseSettings):
    """Every setting, typed; secrets are ``SecretStr`` and never print themselves."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    bot_mode: Literal["socket", "http"] = "socket"
    slack_bot_token: Annotated[SecretStr, Header, _not_starting_with("xapp-", "xoxp-")] | None = (
        None
    )
    slack_app_token: Annotated[SecretStr, Header, _not_starting_with("xoxb-", "xoxp-")] | None = (
        None
    )
    slack_signing_secret: SecretStr | None = None
    slack_api_url: Annotated[str, AfterValidator(_slack_api_url)] = "https://slack.com/api/"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 3000

    scp_access_key: Annotated[SecretStr, Header] | None = None
    scp_secret_key: SecretStr | None = None
    scp_region: Annotated[str, AfterValidator(_one_label)] = "kr-west1"
    scp_environment: Annotated[str, AfterValidator(_one_label)] = "e"
    scp_language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en-US"
    scp_endpoint: Annotated[str, AfterValidator(_endpoint)] | None = None
    scp_api_version: Annotated[str, Field(pattern=r"^(auto|[0-9]+\.[0-9]+)$")] = "auto"
    scp_account_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] | None = None
    scp_cache_seconds: Annotated[float, Field(ge=0, le=3600)] = 15.0
    scp_max_body_bytes: Annotated[int, Field(ge=1024)] = MAX_BODY_BYTES

    digest_channels: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_channels)] = ()
    digest_time: Annotated[InstanceOf[time], _parsed(parse_time)] = time(9, 0)
    digest_days: Annotated[frozenset[int], NoDecode, _parsed(parse_days)] = frozenset(range(5))
    digest_timezone: Annotated[str, _parsed(parse_timezone)] = "Asia/Seoul"
    digest_query: Annotated[InstanceOf[Query], NoDecode, BeforeValidator(_query)] = Query()

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: the first that has a setting wins."""
        return (
            init_settings,
            env_settings,
            dotenv_settings,
            file_secret_settings,
            _ScpConfFiles(settings_cls),
        )

    def secrets(self) -> list[str]:
        """Return every secret in clear, for the log's redaction alone."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [v.get_secret_value() for v in values if isinstance(v, SecretStr)]


class GivenSettings(Settings):
    """Settings of the values given and the defaults alone, wherever the process runs."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  pydantic-settings passes it
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave the environment, ``.env``, secret files and ``~/.scpconf`` aside."""
        return (init_settings,)


class _ScpConfFiles(PydanticBaseSettingsSource):
    """The files of Samsung's own tools, ``~/.scpconf/*.json`` (``scp/facts.md``)."""

    KEYS: Mapping[str, Mapping[str, str]] = {
        "credentials.json": {"access-key": "scp_access_key", "secret-key": "scp_secret_key"},
        "config.json": {
            "default-region": "scp_region",
            "account-id": "scp_account_id",
            "endpoint-override": "scp_endpoint",
        },
    }

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Not used: ``__call__`` reads all files at once."""
        raise NotImplementedError(f"{field_name} {field}")

    def __call__(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for file_name, keys in self.KEYS.items():
            content = _read_json_object(Path("~/.scpconf").expanduser() / file_name)
            found |= {name: content[key] for key, name in keys.items() if content.get(key)}
        return found


def _read_json_object(path: Path) -> dict[str, str]:
    try:
        return msgspec.convert(
            {k: v for k, v in msgspec.json.decode(path.read_bytes()).items() if v is not None},
            dict[str, Any],
        )
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError([f"{path.name} cannot be read: {error.strerror}."]) from error
    except (msgspec.DecodeError, AttributeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path.name} in ~/.scpconf is not a JSON object."]) from error


def load_settings(*needs: Need) -> Settings:
    """Read the settings from where the process runs.

    Raises ``SettingsError``, with every problem named, where one is wrong or where something
    that ``needs`` ask for is missing.
    """
    problems: list[str] = []
    wrong: dict[str, Any] = {}
    secrets_dir = Path(os.environ.get("SECRETS_DIR") or DEFAULT_SECRETS_DIR)
    if os.environ.get("SECRETS_DIR") and not secrets_dir.is_dir():
        problems.append(f"SECRETS_DIR is wrong: {secrets_dir} is not a directory.")
    try:
        settings = _read(secrets_dir, {})
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            name = str(detail["loc"][0])
            wrong[name] = Settings.model_fields[name].default
            problems.append(f"{name.upper()} is wrong: {_sentence(detail['msg'])}")
        # What is wrong stands aside so that what is missing can be named in the same breath.
        settings = _read(secrets_dir, wrong)
    problems += [
        f"{name.upper()} is missing: {hint}"
        for name, hint in _required(settings.bot_mode, needs).items()
        if not getattr(settings, name) and name not in wrong
    ]
    if problems:
        raise SettingsError(problems)
    return settings


def _read(secrets_dir: Path, overrides: Mapping[str, Any]) -> Settings:
    try:
        return Settings(
            _env_file=".env",
            _env_file_encoding="utf-8",
            _secrets_dir=secrets_dir if secrets_dir.is_dir() else None,
            **overrides,
        )
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f".env or a secret file cannot be read: {error}."]) from error


def _required(bot_mode: str, needs: tuple[Need, ...]) -> dict[str, str]:
    required: dict[str, str] = {}
    if Need.SLACK in needs:
        required["slack_bot_token"] = (
            "the bot token (xoxb-…) of your Slack app, under OAuth & Permissions."
        )
    if Need.EVENTS in needs and bot_mode == "socket":
        required["slack_app_token"] = (
            "an app-level token (xapp-…) with connections:write, under Basic Information. "
            "For HTTP instead of Socket Mode set BOT_MODE=http."
        )
    if Need.EVENTS in needs and bot_mode == "http":
        required["slack_signing_secret"] = (
            "the signing secret of your Slack app, under Basic Information."
        )
    if Need.SCP in needs:
        required["scp_access_key"] = (
            "an access key of Samsung Cloud Platform, from the console's access key management."
        )
        required["scp_secret_key"] = "the secret key that belongs to SCP_ACCESS_KEY."
    return required


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ").rstrip(".")
    return f"{text[:1].lower()}{text[1:]}."
