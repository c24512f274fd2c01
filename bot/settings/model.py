"""The settings as a typed value. Their names are the bot's interface (README, "Settings")."""

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.oncall.escalating import WorkingHours, parse_duration
from bot.query import Query
from bot.schedule import parse_days, parse_times, parse_timezone
from bot.settings.databases import database_address, passwords
from bot.settings.scpconf import ScpConfFiles
from bot.settings.validators import (
    DIGEST_TIMEZONE,
    account_id,
    amount,
    api_base,
    api_version,
    channel_id,
    channel_ids,
    duration_or_off,
    endpoint,
    header_text,
    host_label,
    host_name,
    language,
    not_starting_with,
    parsed,
    people,
    query,
    user_ids,
    working_hours,
)

BotToken = Annotated[SecretStr, header_text, not_starting_with("xapp-", "xoxp-")]
AppToken = Annotated[SecretStr, header_text, not_starting_with("xoxb-", "xoxp-")]

MAX_BODY_BYTES = 64 * 2**20


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
    slack_bot_token: BotToken | None = None
    slack_app_token: AppToken | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: Annotated[str, AfterValidator(api_base)] = "https://slack.com/api/"
    host: Annotated[str, AfterValidator(host_name)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 3000

    scp_access_key: Annotated[SecretStr, header_text] | None = None
    scp_secret_key: SecretStr | None = None
    scp_region: Annotated[str, AfterValidator(host_label)] = "kr-west1"
    scp_environment: Annotated[str, AfterValidator(host_label)] = "e"
    scp_language: Annotated[str, AfterValidator(language)] = "en-US"
    scp_endpoint: Annotated[str, AfterValidator(endpoint)] | None = None
    scp_api_version: Annotated[str, AfterValidator(api_version)] = "auto"
    scp_account_id: Annotated[str, AfterValidator(account_id)] | None = None
    scp_cache_seconds: Annotated[float, amount("seconds", 0, 3600)] = 15.0
    scp_max_body_bytes: Annotated[int, Field(ge=1024)] = MAX_BODY_BYTES

    digest_channels: Annotated[tuple[str, ...], NoDecode, BeforeValidator(channel_ids)] = ()
    digest_time: Annotated[tuple[time, ...], NoDecode, parsed(parse_times)] = (time(9, 0),)
    digest_days: Annotated[frozenset[int], NoDecode, parsed(parse_days)] = frozenset(range(5))
    digest_timezone: Annotated[str, parsed(parse_timezone)] = DIGEST_TIMEZONE
    digest_query: Annotated[InstanceOf[Query], NoDecode, BeforeValidator(query)] = Query()

    digest_admins: Annotated[frozenset[str], NoDecode, BeforeValidator(user_ids)] = frozenset()

    database_url: Annotated[SecretStr, AfterValidator(database_address)] = SecretStr(
        "sqlite:///pending-images.db"
    )
    approvers: Annotated[frozenset[str], NoDecode, BeforeValidator(people)] = frozenset()
    readers: Annotated[frozenset[str], NoDecode, BeforeValidator(people)] = frozenset()
    channels: Annotated[tuple[str, ...], NoDecode, BeforeValidator(channel_ids)] = ()
    two_person: Literal["first-owner", "always", "never"] = "never"
    undo_minutes: Annotated[float, amount("minutes", 0, 1440)] = 15.0
    watch_channel: Annotated[str, AfterValidator(channel_id)] | None = None
    escalate_after: Annotated[timedelta, parsed(parse_duration)] = timedelta(hours=24)
    escalate_again: Annotated[timedelta | None, parsed(duration_or_off)] = timedelta(hours=24)
    escalate_hours: Annotated[
        InstanceOf[WorkingHours] | None, NoDecode, BeforeValidator(working_hours)
    ] = None
    oncall: Annotated[tuple[str, ...], NoDecode, BeforeValidator(people)] = ()

    watch_seconds: Annotated[float, amount("seconds", 1, 86_400)] = 300.0

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def allowed_channels(self) -> frozenset[str]:
        """Where the bot may be used: where it posts by itself, too. Empty: anywhere."""
        own = [self.watch_channel] if self.watch_channel else []
        return frozenset([*self.channels, *self.digest_channels, *own] if self.channels else ())

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
            ScpConfFiles(settings_cls),
        )

    def secrets(self) -> list[str]:
        """Return every secret in clear, for the log's redaction alone."""
        names = (name for name in type(self).model_fields if name != "database_url")
        values = (getattr(self, name) for name in names)
        whole = [v.get_secret_value() for v in values if isinstance(v, SecretStr)]
        # Of the database's address the password alone is secret, and a driver may quote it alone.
        return [*whole, *passwords(self.database_url.get_secret_value())]


class GivenSettings(Settings):
    """Settings of the values given and the defaults alone, wherever the process runs.

    Whoever gives them may have a database in memory, ``sqlite://``.
    """

    database_url: SecretStr = SecretStr("sqlite:///pending-images.db")

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
