"""The edge to Slack, when what answers is not quite Slack."""

import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.blocks.message import Message
from bot.errors import SlackError
from bot.slack import (
    HELD_UP,
    NOT_ACCEPTED,
    NOT_SLACK,
    PASSING,
    TLS_FAILED,
    TOO_OLD,
    UNREACHABLE,
    Slack,
    proxy_for,
    slack_session,
    web_client,
)

MESSAGE = Message("hello", [])

Answers = list[web.Response]


class FarEnd:
    """Gives its answers in turn, whatever is asked; keeps the bodies."""

    def __init__(self) -> None:
        self.answers: Answers = []
        self.bodies: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.text())
        return self.answers.pop(0)


@pytest.fixture
async def far_end() -> AsyncIterator[FarEnd]:
    far_end = FarEnd()
    application = web.Application()
    application.router.add_route("*", "/{any:.*}", far_end.answer)
    async with TestServer(application) as server:
        far_end.url = str(server.make_url("/"))
        yield far_end


@pytest.fixture
async def slack(far_end: FarEnd) -> AsyncIterator[Slack]:
    async with slack_session() as session:
        yield Slack(web_client("xoxb-1", far_end.url, session), session)


async def refusal(far_end: FarEnd, slack: Slack, *answers: web.Response) -> SlackError:
    far_end.answers = list(answers)
    with pytest.raises(SlackError) as caught:
        await slack.post("C1", MESSAGE)
    return caught.value


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/json"])
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_proxys_failure_in_slacks_place_is_told_by_its_status_and_may_pass(
    far_end: FarEnd, slack: Slack, kind: str, status: int
) -> None:
    answer = web.Response(status=status, text="bad gateway", content_type=kind)
    error = await refusal(far_end, slack, answer)
    assert error.code in PASSING
    assert len(far_end.bodies) == 1


@pytest.mark.parametrize("text", ["welcome to our proxy", "[]", '"ok"'])
@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
async def test_a_success_that_is_no_answer_of_slacks_is_told_as_such(
    far_end: FarEnd, slack: Slack, kind: str, text: str
) -> None:
    error = await refusal(far_end, slack, web.Response(text=text, content_type=kind))
    assert error.code == NOT_SLACK
    assert "SLACK_API_URL" in error.remedy


@pytest.mark.parametrize(
    "ask",
    [
        lambda slack: slack.post("C1", MESSAGE),
        lambda slack: slack.open_view("1.2", {}),
        lambda slack: slack.channel("C1"),
        lambda slack: slack.socket_address("xapp-1"),
        lambda slack: slack.identity(),
        lambda slack: slack.group_members("S1"),
        lambda slack: slack.open_dm("U1"),
        lambda slack: slack.upload("D1", "a.csv", b"a", title="A", comment=""),
    ],
    ids=["post", "view", "channel", "socket", "identity", "group", "direct", "file"],
)
async def test_an_answer_without_what_was_asked_for_is_not_slacks(
    far_end: FarEnd, slack: Slack, ask: Callable[[Slack], Awaitable[object]]
) -> None:
    far_end.answers = [web.json_response({"ok": True})]
    with pytest.raises(SlackError) as caught:
        await ask(slack)
    assert caught.value.code == NOT_SLACK


async def test_a_certificate_that_nobody_vouches_for_is_told_and_does_not_pass() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = TestServer(web.Application(), scheme="https")
    await server.start_server(ssl=context)
    async with slack_session() as session:
        slack = Slack(web_client("xoxb-1", str(server.make_url("/")), session), session)
        with pytest.raises(SlackError) as caught:
            await slack.identity()
    await server.close()
    assert caught.value.code == TLS_FAILED
    assert caught.value.code not in PASSING
    assert "SSL_CERT_FILE" in caught.value.remedy


async def test_a_proxy_that_lets_nothing_through_is_told_and_nothing_was_accepted(
    far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", far_end.url)
    far_end.answers = [web.Response(status=407)]
    async with slack_session() as session:
        slack = Slack(web_client("xoxb-1", "https://slack.invalid/api/", session), session)
        with pytest.raises(SlackError) as caught:
            await slack.post("C1", MESSAGE)
    assert caught.value.code in NOT_ACCEPTED
    assert "HTTPS_PROXY" in caught.value.remedy


async def test_a_file_goes_by_the_proxy_and_no_error_quotes_where(
    far_end: FarEnd, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", far_end.url)
    place = {"ok": True, "file_id": "F1", "upload_url": "https://files.invalid/upload/v1/secret"}
    far_end.answers = [web.json_response(place), web.Response(status=407)]
    with pytest.raises(SlackError) as caught:
        await slack.upload("D1", "a.csv", b"a", title="A", comment="")
    assert caught.value.code in NOT_ACCEPTED
    assert "HTTPS_PROXY" in caught.value.remedy
    assert "secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("url", ["ftp://files.invalid/secret", "secret", "http://[secret"])
async def test_a_place_for_a_file_that_is_no_address_is_told_without_it(
    far_end: FarEnd, slack: Slack, url: str
) -> None:
    far_end.answers = [web.json_response({"ok": True, "file_id": "F1", "upload_url": url})]
    with pytest.raises(SlackError) as caught:
        await slack.upload("D1", "a.csv", b"a", title="A", comment="")
    assert "secret" not in "".join(traceback.format_exception(caught.value))


async def test_a_file_that_is_sent_elsewhere_is_not_sent_on(far_end: FarEnd, slack: Slack) -> None:
    place = {"ok": True, "file_id": "F1", "upload_url": far_end.url + "upload"}
    elsewhere = web.Response(status=302, headers={"Location": far_end.url + "elsewhere"})
    far_end.answers = [web.json_response(place), elsewhere]
    with pytest.raises(SlackError) as caught:
        await slack.upload("D1", "a.csv", b"a", title="A", comment="")
    assert caught.value.code == "http_302"
    assert len(far_end.bodies) == 2


async def test_a_question_without_an_answer_leaves_nothing_uncertain(far_end: FarEnd) -> None:
    far_end.answers = [web.Response(status=200, headers={"Content-Length": "9"})]  # and no body
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as session:
        slack = Slack(web_client("xoxb-1", far_end.url, session), session)
        with pytest.raises(SlackError) as caught:
            await slack.identity()
    assert caught.value.code in PASSING
    assert "message" not in caught.value.remedy


async def test_a_post_is_repeated_only_where_slack_asks_to_wait(
    far_end: FarEnd, slack: Slack
) -> None:
    limited = web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "0"}
    )
    far_end.answers = [limited, web.json_response({"ok": True, "ts": "1.2"})]
    assert await slack.post("C1", MESSAGE) == "1.2"


async def test_a_slack_that_cannot_be_reached_accepted_nothing() -> None:
    async with slack_session() as session:
        slack = Slack(web_client("xoxb-1", "http://127.0.0.1:9/", session), session)
        with pytest.raises(SlackError) as posted:
            await slack.post("C1", MESSAGE)
        with pytest.raises(SlackError) as answered:
            await slack.respond("http://127.0.0.1:9/response/x", MESSAGE)
    assert posted.value.code == answered.value.code == UNREACHABLE


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, '{"ok":false,"error":"expired_url"}', "expired_url"),
        (404, "used_url", "used_url"),
        (404, "<html>no such page</html>", "http_404"),
        (410, "", "http_410"),
    ],
)
async def test_an_answer_that_comes_too_late_is_told_apart(
    far_end: FarEnd, slack: Slack, status: int, body: str, code: str
) -> None:
    far_end.answers = [web.Response(status=status, text=body)]
    with pytest.raises(SlackError) as caught:
        await slack.respond(far_end.url + "response/secret", MESSAGE)
    assert caught.value.code == code
    assert code in TOO_OLD
    assert "secret" not in f"{caught.value} {caught.value.remedy}"


@pytest.mark.parametrize(
    "busy",
    [
        lambda: web.Response(status=429, headers={"Retry-After": "0"}),
        lambda: web.Response(status=503, headers={"Retry-After": "0"}),
    ],
)
async def test_an_answer_waits_while_slack_is_busy(
    far_end: FarEnd, slack: Slack, busy: Callable[[], web.Response]
) -> None:
    far_end.answers = [busy(), web.Response(text="ok")]
    await slack.respond(far_end.url, MESSAGE, replace_original=True)
    assert len(far_end.bodies) == 2


async def test_a_public_answer_is_not_repeated_where_it_may_have_arrived(
    far_end: FarEnd, slack: Slack
) -> None:
    far_end.answers = [web.Response(status=503)]
    with pytest.raises(SlackError) as caught:
        await slack.respond(far_end.url, MESSAGE, in_channel=True)
    assert caught.value.code == "http_503"
    assert caught.value.remedy


async def test_a_connection_that_breaks_leaves_it_uncertain(far_end: FarEnd, slack: Slack) -> None:
    far_end.answers = []  # the far end fails
    with pytest.raises(SlackError) as caught:
        await slack.respond(far_end.url, MESSAGE, in_channel=True)
    assert caught.value.code == "http_500"


async def test_what_is_not_to_be_sent_any_more_never_leaves(far_end: FarEnd, slack: Slack) -> None:
    with pytest.raises(SlackError) as caught:
        await slack.post_once("C1", MESSAGE, unless=lambda: True)
    assert caught.value.code == HELD_UP
    assert caught.value.code in NOT_ACCEPTED
    far_end.answers = [web.json_response({"ok": True, "ts": "1.0"}) for _ in range(2)]
    assert await slack.post_once("C1", MESSAGE, unless=lambda: False) == "1.0"
    assert await slack.post("C1", MESSAGE) == "1.0"
    assert len(far_end.bodies) == 2


async def test_whether_to_send_is_asked_when_the_connection_is_there(
    far_end: FarEnd, slack: Slack
) -> None:
    """To make one may take longer than what is to be sent is worth."""
    far_end.answers = [web.json_response({"ok": True, "ts": "1.0"})]
    connections: list[int] = []

    def unless() -> bool:
        connector = slack.client.session.connector if slack.client.session else None
        connections.append(len(connector._acquired) if connector else 0)  # noqa: SLF001  nothing public tells
        return False

    await slack.post_once("C1", MESSAGE, unless=unless)
    assert connections == [1]


def test_no_proxy_leads_to_a_host_that_no_proxy_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "https_proxy": "http://proxy.example:1",
        "no_proxy": "near.example",
    }.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.upper(), value)
    assert proxy_for("https://far.example/api/") == "http://proxy.example:1"
    assert proxy_for("https://near.example/api/") is None
