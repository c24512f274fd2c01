import json
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.oncall.escalating import WorkingHours
from bot.query import parse_query
from bot.settings import GivenSettings, Need, Settings, load_settings

EVERYTHING = (Need.SLACK, Need.EVENTS, Need.SCP)


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No environment, no .env, no secrets, no home of whoever runs the tests."""
    for name in (*Settings.model_fields, "secrets_dir"):
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1-aaaa",
        "SLACK_APP_TOKEN": "xapp-1-bbbb",
        "SCP_ACCESS_KEY": "access",
        "SCP_SECRET_KEY": "secret",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def problems(*needs: Need) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(*needs)
    return caught.value.problems


def test_everything_missing_is_named_at_once() -> None:
    named = [problem.split(" is missing")[0] for problem in problems(*EVERYTHING)]
    assert named == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SCP_ACCESS_KEY", "SCP_SECRET_KEY"]


def test_http_mode_needs_the_signing_secret_and_no_app_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BOT_MODE", "http")
    named = [problem.split(" is missing")[0] for problem in problems(Need.EVENTS)]
    assert named == ["SLACK_SIGNING_SECRET"]


def test_wrong_and_missing_are_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("DIGEST_TIME", "25:00")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xapp-of-another-kind")
    text = "\n".join(problems(*EVERYTHING))
    for name in ("PORT is wrong", "DIGEST_TIME is wrong", "SLACK_BOT_TOKEN is wrong"):
        assert name in text
    assert "SLACK_APP_TOKEN is missing" in text
    assert "SLACK_BOT_TOKEN is missing" not in text
    assert "xapp-of-another-kind" not in text


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("BOT_MODE", "websocket", "'socket' or 'http'"),
        ("PORT", "70000", "65535"),
        ("SLACK_API_URL", "slack.com/api", "web address"),
        ("SCP_ENDPOINT", "http://scp.example.com", "https"),
        ("SCP_ENDPOINT", "https://user:pass@scp.example.com", "without credentials"),
        ("SCP_ENDPOINT", "http://localhost.example.com", "https"),
        ("SCP_ENDPOINT", "http://[::1", "Invalid"),
        ("SCP_REGION", "kr-west1.evil.example", "host name"),
        ("SCP_ENVIRONMENT", "e/", "host name"),
        ("PORT", "http", "PORT is wrong: must be a whole number."),
        ("PORT", "3000.5", "PORT is wrong: must be a whole number."),
        ("SCP_CACHE_SECONDS", "often", "must be a number."),
        ("HOST", "http://0.0.0.0", "must be an IP address such as 127.0.0.1, or a host name."),
        ("HOST", "256.0.0.1", "IP address"),
        ("HOST", "0.0.0.0:3000", "IP address"),
        ("HOST", "a..b", "host name"),
        ("SCP_API_VERSION", "latest", "must be auto, 1.0, 1.1, 1.2 or 1.3."),
        ("SCP_API_VERSION", "1.4", "must be auto, 1.0, 1.1, 1.2 or 1.3."),
        ("SCP_LANGUAGE", "korean!", "must be en-US or ko-KR."),
        ("SCP_LANGUAGE", "ko", "must be en-US or ko-KR."),
        ("SCP_ACCOUNT_ID", "my account", "must be an account's id"),
        *(
            ("SCP_CACHE_SECONDS", number, "must be a number of seconds from 0 to 3600.")
            for number in ("-1", "3600.1", "nan", "inf", "-inf")
        ),
        *(
            ("WATCH_SECONDS", number, "must be a number of seconds from 1 to 86400.")
            for number in ("-1", "0", "0.9", "86401", "nan", "NaN", "inf", "-inf")
        ),
        ("SCP_ACCESS_KEY", "with blank", "space"),
        ("DIGEST_CHANNELS", "#general", "channel id"),
        ("DIGEST_ADMINS", "U1,S1", "entry 2 is not a user id"),
        ("APPROVERS", "U1, ada", "entry 2 is not the id of a user or a user group"),
        ("APPROVERS", "<@U1|ada>,<@S1>", "entry 2 is not the id"),
        ("APPROVERS", "<!subteam^U1>", "entry 1 is not the id"),
        ("APPROVERS", "<@U1|ada", "entry 1 is not the id"),
        ("READERS", "U1;U2", "entry 1 is not the id"),
        ("READERS", ",", "READERS is wrong: names nobody; leave it empty"),
        ("ONCALL", "@on-call", "user groups like S0123456789"),
        ("CHANNELS", "C1,general", "entry 2 is not a channel id"),
        ("WATCH_CHANNEL", "#general", "must be one channel's id; ids look like C0123456789"),
        ("WATCH_CHANNEL", "C1,C2", "must be one channel's id"),
        ("TWO_PERSON", "sometimes", "'first-owner', 'always' or 'never'"),
        *(
            ("UNDO_MINUTES", number, "must be a number of minutes from 0 to 1440.")
            for number in ("-1", "1441", "nan", "inf")
        ),
        ("UNDO_MINUTES", "15m", "must be a number."),
        ("ESCALATE_AFTER", "soon", "such as 24h."),
        ("ESCALATE_AFTER", "24", "such as 24h."),
        ("ESCALATE_AFTER", "off", "such as 24h."),
        ("ESCALATE_AFTER", "0h", "too short"),
        ("ESCALATE_AGAIN", "-1h", "For never write off."),
        ("ESCALATE_HOURS", "daytime", "such as mon-fri 09:00-18:00"),
        ("ESCALATE_HOURS", "mon-fry 09:00-18:00", "fri"),
        ("ESCALATE_HOURS", "mon-fri 09:00-18:00 Asia/Soul", "Asia/Seoul"),
        ("DIGEST_TIME", "9am", "09:00"),
        ("DIGEST_DAYS", "mon-fry", "fri"),
        ("DIGEST_TIMEZONE", "Asia/Soul", "Asia/Seoul"),
        ("DIGEST_TIMEZONE", "KST", 'Did you mean "Asia/Seoul"?'),
        ("DIGEST_TIMEZONE", "jst", 'Did you mean "Asia/Tokyo"?'),
        ("DIGEST_TIMEZONE", "MSD", "Write a name of the tz database, such as Asia/Seoul."),
        ("DIGEST_QUERY", "tpye:custom", "type:"),
        ("DIGEST_QUERY", "\uff48elp", 'to look for the word, quote it: "help".'),
        ("DIGEST_QUERY", " Help", 'to look for the word, quote it: "help".'),
        ("LOG_LEVEL", "loud", "info"),
    ],
)
def test_a_wrong_value_says_what_would_be_right(
    complete: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    complete.setenv(name, value)
    (problem,) = problems(*EVERYTHING)
    assert problem.startswith(f"{name} is wrong: ")
    assert hint.casefold() in problem.casefold()


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("bot.db", "must be sqlite:///file.db or sqlite:////absolute/file.db, or postgresql://"),
        ("mysql://bot:hunter2@db/bot", "must be sqlite:///file.db"),
        ("mysql+sqlite:///bot.db", "must be sqlite:///file.db"),
        ("sqlite:/bot.db", "must be sqlite:///file.db"),
        ("sqlite://bot.db", "must be sqlite:///file.db"),
        ("sqlite://", "must name a file"),
        ("sqlite:///", "must name a file"),
        ("sqlite:///?timeout=5", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite:///%3Amemory%3A", "must name a file"),
        ("sqlite:///bot.db?timeout=abc", "without options"),
        ("sqlite:///file:bot?mode=memory&uri=true", "without options"),
        ("postgresql://", "must name a host and a database"),
        ("postgresql://bot:hunter2@db", "must name a host and a database"),
        ("postgresql://bot:hunter2@db/", "must name a host and a database"),
        ("postgresql:///bot", "must name a host and a database"),
        ("postgresql://bot:hunter2@/bot?hots=db", "must name a host and a database"),
        ("postgresql://bot:hunter2@db:port/bot", "must have a port from 1 to 65535"),
        ("postgresql://bot:hunter2@db:/bot", "must have a port from 1 to 65535"),
        ("postgresql://bot:hunter2@db:0/bot", "must have a port from 1 to 65535"),
        ("postgresql://bot:hunter2@db:99999/bot", "must have a port from 1 to 65535"),
        ("postgresql://bot:hunter2@/bot?host=db&port=99999", "must have a port from 1 to 65535"),
        ("postgresql://bot:hunter2@db/bot?sslmode=bogus", "must have an sslmode that is one of"),
        ("postgresql://bot:p@hunter2@db/bot", "must have each @"),
        ("postgresql://bot:p@hunter2/x@db:5432/bot", "must have each @"),
        ("postgresql://bot:p@hunter2?x@db/bot", "must have each @"),
        ("postgresql://bot:hunter2@@db/bot", "must have each @"),
        ("postgresql://bot:@hunter2@[::1]/bot", "must have each @"),
        ("postgresql://me@there:hunter2@db/bot", "must have each @"),
        ("postgresql://db:5432/bot?password=p@hunter2/x", "must have each @"),
    ],
)
def test_an_address_that_names_no_lasting_database_is_wrong_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, address: str, hint: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    (problem,) = problems()
    assert problem.startswith(f"DATABASE_URL is wrong: {hint}") or hint == "without options"
    assert hint in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("address", "passwords"),
    [
        ("sqlite:///bot.db", []),
        ("sqlite:////var/lib/bot/bot.db", []),
        ("postgresql://bot@db/bot", []),
        ("postgres://bot:hunter2@db:5432/bot?sslmode=require", ["hunter2", "hunter2"]),
        ("postgresql://bot:a#b/c?d@[::1]:5432/bot", ["a#b/c?d", "a#b/c?d"]),
        ("postgresql://bot:a%40b@db/bot", ["a%40b", "a@b"]),
        ("postgresql:///bot?host=/run/postgresql", []),
        ("postgresql:///bot?host=one,two&port=5432,5433&sslmode=verify-full", []),
        ("sqlite+aiosqlite:////var/lib/bot/bot.db", []),
        ("postgresql+asyncpg://bot:hunter2@db/bot", ["hunter2", "hunter2"]),
        ("postgresql://bot@db/bot?sslmode=require&password=a%40b", ["a%40b", "a@b"]),
    ],
)
def test_an_address_that_names_a_lasting_database_is_taken_and_its_password_is_a_secret(
    monkeypatch: pytest.MonkeyPatch, address: str, passwords: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    settings = load_settings()
    assert settings.database_url.get_secret_value() == address
    assert settings.secrets() == passwords


def test_all_that_may_be_of_a_password_is_a_secret() -> None:
    """Also where ``DATABASE_URL`` would be refused for it."""
    given = GivenSettings(database_url="postgresql://bot:p@hun/ter?2@db:5432/bot")
    assert set(given.secrets()) == {"p@hun/ter?2"}


def test_values_given_in_process_may_keep_a_database_in_memory() -> None:
    assert GivenSettings(database_url="sqlite://").database_url.get_secret_value() == "sqlite://"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DIGEST_QUERY", "quantum:custom", "DIGEST_QUERY is wrong: I do not know the filter "),
        ("DIGEST_QUERY", "size:10GB", "DIGEST_QUERY is wrong: "),
        ("DIGEST_QUERY", "claimed:me", "DIGEST_QUERY is wrong: a digest is for everybody"),
        ("DIGEST_TIMEZONE", "Pacific/Marquesa", 'Did you mean "Pacific/Marquesas"?'),
    ],
)
def test_a_hint_is_a_sentence_with_its_own_capitals_and_one_mark_at_its_end(
    complete: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    complete.setenv(name, value)
    (problem,) = problems(*EVERYTHING)
    assert said in problem
    assert problem.endswith((".", "?"))
    assert not problem.endswith(("?.", ".."))


@pytest.mark.usefixtures("complete")
def test_defaults_are_those_of_the_readme() -> None:
    settings = load_settings(*EVERYTHING)
    assert (settings.bot_mode, settings.host, settings.port) == ("socket", "127.0.0.1", 3000)
    assert (settings.scp_region, settings.scp_environment) == ("kr-west1", "e")
    assert (settings.scp_language, settings.scp_api_version) == ("en-US", "auto")
    assert settings.scp_cache_seconds == 15
    assert settings.scp_max_body_bytes == 64 * 1024 * 1024
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.digest_time == (time(9),)
    assert settings.digest_days == frozenset(range(5))
    assert settings.digest_timezone == "Asia/Seoul"
    assert settings.digest_query == parse_query("")
    assert settings.digest_channels == ()
    assert settings.digest_admins == frozenset()
    assert settings.database_url.get_secret_value() == "sqlite:///pending-images.db"
    assert settings.watch_seconds == 300
    assert settings.approvers == settings.readers == frozenset()
    assert settings.channels == settings.oncall == ()
    assert settings.allowed_channels == frozenset()
    assert settings.two_person == "never"
    assert settings.undo_minutes == 15
    assert settings.watch_channel is None
    assert settings.escalate_after == settings.escalate_again == timedelta(hours=24)
    assert settings.escalate_hours is None


def test_values_are_parsed(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("DIGEST_CHANNELS", "C1, G2 ,C1,")
    complete.setenv("DIGEST_DAYS", "sat,sun")
    complete.setenv("DIGEST_QUERY", "type:custom -test")
    complete.setenv("SLACK_API_URL", "http://127.0.0.1:9/api")
    complete.setenv("SCP_ENDPOINT", "http://127.0.0.1:9/")
    settings = load_settings(*EVERYTHING)
    assert settings.digest_channels == ("C1", "G2")
    assert settings.digest_days == frozenset({5, 6})
    assert settings.digest_query == parse_query("type:custom -test")
    assert settings.slack_api_url == "http://127.0.0.1:9/api/"
    assert settings.scp_endpoint == "http://127.0.0.1:9"


@pytest.mark.parametrize("name", ["APPROVERS", "READERS", "ONCALL"])
def test_people_are_named_by_ids_or_by_mentions_of_users_and_groups(
    complete: pytest.MonkeyPatch, name: str
) -> None:
    complete.setenv(name, "U1,W2, S3 ,<@U4>,<@W5|ada>,<!subteam^S6>,<!subteam^S7|@on-call>,S3,")
    named = getattr(load_settings(*EVERYTHING), name.lower())
    assert sorted(named) == ["S3", "S6", "S7", "U1", "U4", "W2", "W5"]


def test_a_blank_list_of_people_is_not_set(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("READERS", "  ")
    assert load_settings(*EVERYTHING).readers == frozenset()


def test_a_token_among_people_is_not_repeated(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("APPROVERS", "U1,xoxb-1-secret")
    (problem,) = problems(*EVERYTHING)
    assert "entry 2" in problem
    assert "xoxb" not in problem


def test_on_call_is_mentioned_in_the_order_given(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("ONCALL", "U2,S1,U1")
    assert load_settings(*EVERYTHING).oncall == ("U2", "S1", "U1")


def test_where_the_bot_posts_by_itself_it_may_be_used(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("DIGEST_CHANNELS", "C1")
    complete.setenv("WATCH_CHANNEL", "C2")
    assert load_settings(*EVERYTHING).allowed_channels == frozenset()
    complete.setenv("CHANNELS", "C3,G4")
    settings = load_settings(*EVERYTHING)
    assert settings.channels == ("C3", "G4")
    assert settings.allowed_channels == {"C1", "C2", "C3", "G4"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("24h", timedelta(hours=24)),
        ("90m", timedelta(minutes=90)),
        ("30s", timedelta(seconds=30)),
        ("1.5d", timedelta(hours=36)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_on_call_is_called_after_lengths_of_time(
    complete: pytest.MonkeyPatch, text: str, meant: timedelta
) -> None:
    complete.setenv("ESCALATE_AFTER", text)
    complete.setenv("ESCALATE_AGAIN", text)
    settings = load_settings(*EVERYTHING)
    assert settings.escalate_after == settings.escalate_again == meant


@pytest.mark.parametrize("off", ["off", " OFF "])
def test_on_call_may_be_called_once_only(complete: pytest.MonkeyPatch, off: str) -> None:
    complete.setenv("ESCALATE_AGAIN", off)
    assert load_settings(*EVERYTHING).escalate_again is None


def test_working_hours_are_in_the_zone_of_the_digests_unless_they_name_one(
    complete: pytest.MonkeyPatch,
) -> None:
    def zone(hours: str) -> str:
        complete.setenv("ESCALATE_HOURS", hours)
        found = load_settings(*EVERYTHING).escalate_hours
        weekdays = frozenset(range(5))
        assert found is not None
        assert found == WorkingHours(weekdays, time(9), time(18), found.timezone)
        return found.timezone

    assert zone("mon-fri 09:00-18:00") == "Asia/Seoul"
    complete.setenv("DIGEST_TIMEZONE", "Europe/Berlin")
    assert zone("mon-fri 09:00-18:00") == "Europe/Berlin"
    assert zone("mon-fri 09:00-18:00 Asia/Tokyo") == "Asia/Tokyo"


def test_a_wrong_zone_of_the_digests_is_no_problem_of_working_hours(
    complete: pytest.MonkeyPatch,
) -> None:
    complete.setenv("DIGEST_TIMEZONE", "Asia/Soul")
    complete.setenv("ESCALATE_HOURS", "mon-fri 09:00-18:00")
    (problem,) = problems(*EVERYTHING)
    assert problem.startswith("DIGEST_TIMEZONE is wrong")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HOST", host) for host in ("10.0.0.1", "::", "::1", "localhost", "my_bot.a", "b2")),
        *(("SCP_API_VERSION", version) for version in ("auto", "1.0", "1.1", "1.2", "1.3")),
        *(("SCP_LANGUAGE", language) for language in ("en-US", "ko-KR")),
        ("DIGEST_QUERY", '"help"'),
        *(("TWO_PERSON", rule) for rule in ("first-owner", "always", "never")),
        ("WATCH_CHANNEL", "G0123456789"),
    ],
)
def test_every_value_that_the_readme_allows_is_taken(
    complete: pytest.MonkeyPatch, name: str, value: str
) -> None:
    complete.setenv(name, value)
    taken = getattr(load_settings(*EVERYTHING), name.lower())
    assert taken == (parse_query(value) if name == "DIGEST_QUERY" else value)


def test_an_empty_value_counts_as_not_set(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("SCP_ENDPOINT", "")
    complete.setenv("PORT", "")
    complete.setenv("SCP_SECRET_KEY", "  ")
    assert [p.split(" is")[0] for p in problems(*EVERYTHING)] == ["SCP_SECRET_KEY"]


def test_the_environment_wins_over_dotenv_secrets_and_scpconf(
    empty_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name_of(source: str) -> str:
        return load_settings().scp_region or source

    scpconf = empty_place / ".scpconf"
    scpconf.mkdir()
    (scpconf / "config.json").write_text('{"default-region": "of-scpconf"}')
    assert name_of("scpconf") == "of-scpconf"
    secrets = empty_place / "secrets"
    secrets.mkdir()
    (secrets / "SCP_REGION").write_text("of-a-secret\n")
    monkeypatch.setenv("SECRETS_DIR", str(secrets))
    assert name_of("secrets") == "of-a-secret"
    (empty_place / ".env").write_text("SCP_REGION=of-dotenv\n")
    assert name_of(".env") == "of-dotenv"
    monkeypatch.setenv("SCP_REGION", "of-environ")
    assert name_of("environment") == "of-environ"


def test_samsungs_own_files_are_enough_for_scp(empty_place: Path) -> None:
    scpconf = empty_place / ".scpconf"
    scpconf.mkdir()
    (scpconf / "credentials.json").write_text(
        json.dumps({"access-key": "a", "secret-key": "s", "auth-token": None})
    )
    (scpconf / "config.json").write_text(
        json.dumps(
            {
                "auth-url": "https://iam.example.com",
                "default-region": "kr-east1",
                "account-id": "abc",
                "endpoint-override": "https://scp.example.com",
            }
        )
    )
    settings = load_settings(Need.SCP)
    assert settings.secrets() == ["a", "s"]
    assert (settings.scp_region, settings.scp_account_id) == ("kr-east1", "abc")
    assert settings.scp_endpoint == "https://scp.example.com"


@pytest.mark.parametrize("content", ["not json", "[]", '{"access-key": ["a"]}', "\udcff"])
def test_a_broken_scpconf_file_is_named(empty_place: Path, content: str) -> None:
    scpconf = empty_place / ".scpconf"
    scpconf.mkdir()
    (scpconf / "credentials.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    text = "\n".join(problems(Need.SCP))
    assert "credentials.json" in text or "SCP_ACCESS_KEY is wrong" in text


def test_a_secrets_directory_that_is_not_there_is_named(
    complete: pytest.MonkeyPatch, empty_place: Path
) -> None:
    complete.setenv("SECRETS_DIR", str(empty_place / "nowhere"))
    (problem,) = problems(*EVERYTHING)
    assert problem.startswith("SECRETS_DIR is wrong")


def test_a_secret_file_that_is_not_text_is_named(
    complete: pytest.MonkeyPatch, empty_place: Path
) -> None:
    complete.setenv("SECRETS_DIR", str(empty_place))
    (empty_place / "SLACK_SIGNING_SECRET").write_bytes(b"\xff")
    (problem,) = problems(*EVERYTHING)
    assert problem == "A secret file is wrong: SLACK_SIGNING_SECRET is not UTF-8 text."


def test_a_dotenv_that_cannot_be_read_is_named(empty_place: Path) -> None:
    (empty_place / ".env").mkdir()
    (problem,) = problems()
    assert problem == ".env is wrong: it cannot be read (Is a directory)."


def test_http_is_for_this_machine(complete: pytest.MonkeyPatch) -> None:
    for address in ("http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"):
        complete.setenv("SCP_ENDPOINT", address)
        assert load_settings(*EVERYTHING).scp_endpoint == address


def test_a_dotenv_that_is_not_text_is_named(empty_place: Path) -> None:
    (empty_place / ".env").write_bytes(b"SCP_REGION=\xff\xfe")
    (problem,) = problems()
    assert ".env" in problem


@pytest.mark.usefixtures("complete")
def test_settings_never_print_a_secret() -> None:
    settings = load_settings(*EVERYTHING)
    shown = repr(settings) + str(settings) + str(settings.model_dump())
    assert not any(secret in shown for secret in ("xoxb-1-aaaa", "xapp-1-bbbb", "'secret'"))
