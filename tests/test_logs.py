import io
import json
import logging

import pytest
import structlog

from bot.logs import configure_logging

pytestmark = pytest.mark.usefixtures("restored_logging")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def fail(error: Exception) -> None:
    raise error


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_off_a_terminal_each_record_is_one_json_line_with_its_context() -> None:
    out = io.StringIO()
    configure_logging("info", stream=out)
    structlog.get_logger("bot.x").info("told", channel="C1")
    logging.getLogger("apscheduler").warning("a library's %s", "line")
    ours, theirs = lines(out)
    assert (ours["event"], ours["channel"], ours["level"]) == ("told", "C1", "info")
    assert (theirs["event"], theirs["logger"]) == ("a library's line", "apscheduler")
    assert str(ours["timestamp"]).endswith("Z")


def test_a_traceback_stays_inside_its_line() -> None:
    out = io.StringIO()
    configure_logging("info", stream=out)
    try:
        fail(RuntimeError("boom"))
    except RuntimeError:
        structlog.get_logger("bot.x").exception("failed")
    (line,) = lines(out)
    assert "RuntimeError: boom" in str(line["exception"])


def test_on_a_terminal_lines_are_for_people() -> None:
    out = Terminal()
    configure_logging("info", stream=out)
    structlog.get_logger("bot.x").info("told", channel="C1")
    assert "told" in out.getvalue()
    assert not out.getvalue().startswith("{")


@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_that_print_requests_stay_quiet(level: str) -> None:
    out = io.StringIO()
    configure_logging(level, stream=out)
    for name in ("slack_sdk.webhook.async_client", "httpx"):
        logging.getLogger(name).info("whole request")
    logging.getLogger("slack_bolt.AsyncApp").debug("whole body")
    assert out.getvalue() == ""


@pytest.mark.parametrize(
    "secret", ['quote"and\\backslash', "비밀키-한글", "plain-secret", "plain-secret-longer"]
)
@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_known_secret_never_appears_in_any_written_form(
    secret: str, stream: type[io.StringIO]
) -> None:
    out = stream()
    configure_logging("info", ["plain-secret", secret], stream=out)
    log = structlog.get_logger("bot.x")
    log.info(secret, key=secret, nested={"deep": [secret]})
    try:
        fail(ValueError(secret))
    except ValueError:
        log.exception("raised")
    text = out.getvalue()
    assert secret not in text
    assert json.dumps(secret)[1:-1] not in text
    assert "longer" not in text
    assert "[redacted]" in text


@pytest.mark.parametrize(
    "text",
    [
        "xoxb-123456789012-abcdefABCDEF",
        "xoxe.xoxb-1-MQ1234567890",
        "xapp-1-A0123-456-abcdef",
        "https://hooks.slack.com/commands/T1/2/abc",
        "https://hooks.slack.com/actions/T1/2/abc",
        "http://127.0.0.1:8080/response/abc",
        "https://files.slack.com/upload/v1/CwABAAAAXAoAAVnX-Zq",
        "https%3A%2F%2Ffiles.slack.com%2Fupload%2Fv1%2FCwABAAAAXAoAAVnX",
        "wss://wss-primary.slack.com/link/?ticket=abc",
    ],
)
def test_what_looks_like_a_secret_is_cut_even_if_unknown(text: str) -> None:
    out = io.StringIO()
    configure_logging("info", stream=out)
    logging.getLogger("x").warning("see %s there", text)
    assert text not in out.getvalue()
    assert "see [redacted] there" in out.getvalue()
