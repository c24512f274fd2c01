"""``python -m bot demo``, as a newcomer meets it: in a pipe, on a terminal, and going wrong."""

import io
import logging
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from rich.console import Console

from bot.demo import run_demo
from bot.demo.clock import DemoClock, opening
from bot.demo.dialogue import Dialogue
from bot.demo.screen import Screen, hush_log, open_console, send_log_to
from bot.demo.stage import Stage, open_stage
from bot.demo.story import tell
from bot.demo.telling import DemoFailed, check_texts
from bot.sim.scp import Seen

pytestmark = pytest.mark.usefixtures("restored_logging")

ROOT = Path(__file__).parents[1]
DEMO = [sys.executable, "-m", "bot", "demo"]
PATIENCE = 30
"""Seconds of silence after which a demo is taken to hang."""
HEADERS = (
    "23 pending images",
    "12 of 23 match",
    "Page 2 of 2",
    "Image details",
    "Words in the name or id",
    "Query: type:custom size:>10GB",
    "The query cannot be understood",
    "HmacValidFail",
    "Shared by @ada",
    "New digest",
    "Digest #1 is set up",
    "not on public holidays of South Korea",
    "A preview: only you see it",
    "This is the first digest here",
    "Digest 1 is somebody else's",
    "1 new, 2 gone",
    "10 still waiting",
    "History of this channel's digests",
    "1 new image waits for a decision",
    "Claimed by @ben",
    "Snooze image",
    "Accept image",
    "Accepted by @ada",
    "Undone by @ada",
    "Only approvers may do that",
    "Beware of 3 things",
    "This image was rejected by @ada",
    "not through the bot",
    "Nobody has claimed this image",
    "Shift handoff",
    "and may not",
    "What I may do",
    "Neither simulator",
)


@pytest.fixture
def hostile_home(tmp_path: Path) -> Path:
    """A home, working directory and secrets that would each break the bot if it looked."""
    (tmp_path / ".scpconf").mkdir()
    (tmp_path / ".scpconf" / "config.json").write_text("no JSON")
    (tmp_path / ".env").write_text("SCP_LANGUAGE=no language\nDIGEST_DAYS=never\n")
    (tmp_path / "port").write_text("no port")
    return tmp_path


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "90", **changes}


def test_in_a_pipe_it_tells_the_story_without_colours_and_ends_with_0(hostile_home: Path) -> None:
    proxy = "http://127.0.0.1:9"
    env = environment(
        HOME=str(hostile_home),
        SECRETS_DIR=str(hostile_home),
        SCP_ENDPOINT="ftp://nowhere",
        SCP_API_VERSION="9.9",
        SLACK_BOT_TOKEN="xoxp-somebody",
        SLACK_CLIENT_ID="1.2",
        SLACK_CLIENT_SECRET="a-secret",
        HTTP_PROXY=proxy,
        http_proxy=proxy,
        SSL_CERT_FILE="/nowhere",
    )
    ran = run(env=env, cwd=hostile_home)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == b""
    shown = ran.stdout.decode()
    places = [shown.index(header) for header in HEADERS]
    assert places[0] < places[1] < places[-1]
    assert "\x1b" not in shown
    assert "<!channel>" in shown
    assert "the bot's log" not in shown
    assert "your turn" not in shown
    assert not re.search(r"not drawn here … \)\s+\[ Claim \]", shown), "a card's rest is left over"


def test_an_ascii_output_gets_question_marks_and_no_crash() -> None:
    ran = run(env=environment(PYTHONIOENCODING="ascii", COLUMNS="20"))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.isascii()
    assert max(map(len, ran.stdout.splitlines())) == 80


def run(env: dict[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603  our own program
        DEMO,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=env,
        cwd=cwd,
        timeout=60,
        check=False,
    )


class Terminal:
    """The demo on a pseudo-terminal."""

    def __init__(self, **changes: str) -> None:
        self._ours, theirs = pty.openpty()
        env = environment(TERM="xterm-256color", **changes)
        self.demo = subprocess.Popen(  # noqa: S603  our own program
            DEMO,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def read_until(self, text: str) -> str:
        """Return what was shown up to ``text``, which must come."""
        while text not in self.shown:
            ready, _, _ = select.select([self._ours], [], [], PATIENCE)
            assert ready, f"{text!r} did not come in time: {self.shown[-2000:]!r}"
            try:
                piece = os.read(self._ours, 65536)
            except OSError:  # the demo has ended
                piece = b""
            assert piece, f"{text!r} never came in {self.shown[-2000:]!r}"
            self.shown += piece.decode(errors="replace")
        before, _, self.shown = self.shown.partition(text)
        return before

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait(self) -> int:
        self.read_until("Good-bye.")
        status = self.demo.wait(20)
        os.close(self._ours)
        return status


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []
    # A job in the background of a script is born deaf to Ctrl-C, and so would be its children.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)

    def open_terminal(**changes: str) -> Terminal:
        opened.append(Terminal(**changes))
        return opened[-1]

    yield open_terminal
    signal.signal(signal.SIGINT, heard)
    for one in opened:
        one.demo.kill()
        one.demo.wait()


def test_on_a_terminal_it_stays_open_for_commands_and_buttons(
    terminal: Callable[..., Terminal],
) -> None:
    shown = terminal()
    assert "\x1b[" in shown.read_until("Now it is your turn")
    shown.read_until("ada> ")
    shown.type("/pending-images os:rhel\n")
    shown.read_until("5 of 21 match")
    shown.read_until("ada> ")
    shown.type("1 custom\n")
    shown.read_until("2 of 21 match")
    shown.read_until("ada> ")
    shown.type("\x04")
    assert shown.wait() == 0


def test_ctrl_c_leaves_with_0_and_no_color_is_honoured(terminal: Callable[..., Terminal]) -> None:
    shown = terminal(NO_COLOR="1")
    story = shown.read_until("ada> ")
    assert "\x1b[38" not in story
    assert "\x1b[1;36m" not in story
    shown.demo.send_signal(signal.SIGINT)
    shown.type("\n")  # wakes a line editor that the signal met before it began to wait
    assert shown.wait() == 0


@asynccontextmanager
async def broken_stage() -> AsyncIterator[Stage]:
    async with open_stage() as stage:
        stage.scp.fail("iam")
        yield stage


@asynccontextmanager
async def complaining_stage() -> AsyncIterator[Stage]:
    async with open_stage() as stage:
        stage.slack.workspace.complain("blocks without text")
        yield stage


def test_a_step_that_goes_wrong_makes_it_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(broken_stage) == 1
    error = capsys.readouterr().err
    assert "In step 1, where Ada types /pending-images" in error
    assert '"23 pending images" is missing' in error


def test_what_a_simulator_objects_to_makes_it_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(complaining_stage) == 1
    assert "The simulators object: blocks without text" in capsys.readouterr().err


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt, None])
def test_on_a_terminal_it_reads_until_the_person_leaves(
    end: type[BaseException] | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    lines = iter(["", "help", "quit" if end is None else ""])

    def read(_: str) -> str:
        line = next(lines, None)
        if line is None and end is not None:
            raise end
        return line or ""

    assert run_demo(read=read) == 0
    assert "Good-bye." in capsys.readouterr().out


async def test_a_message_in_a_windows_place_fails_the_story() -> None:
    async with open_stage() as stage:
        stage.slack.fail("views.open", error="fatal_error")
        with pytest.raises(DemoFailed, match=r"In step 4.*No window opened, but a message came"):
            await tell(stage, screen(stage))


async def test_a_list_of_another_length_fails_the_story() -> None:
    async with open_stage() as stage:
        stage.scp.images.pop()
        with pytest.raises(DemoFailed, match=r"In step 1.*22 pending images"):
            await tell(stage, screen(stage))


async def test_a_decision_that_samsung_cloud_refuses_fails_the_story() -> None:
    async with open_stage() as stage:
        stage.scp.denied.add("SetImageMember")
        with pytest.raises(DemoFailed, match=r'In step 21.*"\*Accepted\* by <@U0ADA>" is missing'):
            await tell(stage, screen(stage))


async def test_an_undo_that_samsung_cloud_refuses_fails_the_story() -> None:
    async with open_stage() as stage:
        stage.scp.undo_refused = 403
        with pytest.raises(DemoFailed, match=r'In step 22.*"\*Undone\*" is missing'):
            await tell(stage, screen(stage))


async def test_what_should_not_be_told_to_samsung_cloud_and_is_fails_the_story() -> None:
    async with open_stage() as stage:
        stage.scp.requests.append(put())
        with pytest.raises(DemoFailed, match=r"In step 19.*Samsung Cloud was told 1 times"):
            await tell(stage, screen(stage))


def put() -> Seen:
    return Seen("PUT", "/v1/images/1/members/2", CIMultiDictProxy(CIMultiDict()), None, None, ())


async def test_a_card_that_is_never_repainted_fails_the_story() -> None:
    async with open_stage() as stage:
        stage.slack.fail("chat.update", error="cant_update_message", times=99)
        with pytest.raises(DemoFailed, match=r"In step 19.*Not all cards show"):
            await tell(stage, screen(stage))


async def test_a_name_that_becomes_a_mention_fails_the_story() -> None:
    async with open_stage() as stage:
        carelessly = {"type": "section", "text": {"type": "mrkdwn", "text": "<!channel>"}}
        window = stage.slack.plant("C0CLOUDOPS", "23 pending images", [carelessly])
        with pytest.raises(DemoFailed, match="A name would notify everybody"):
            check_texts(window, "23 pending images")


def test_the_story_begins_on_an_afternoon_before_a_working_day() -> None:
    moment = datetime(2026, 9, 1, tzinfo=UTC)
    while moment.year == 2026:
        begins = opening(moment).astimezone(ZoneInfo("Asia/Seoul"))
        assert moment <= begins < moment + timedelta(days=10), "Chuseok is long"
        assert begins.hour == 16
        assert begins.weekday() < 4
        moment += timedelta(hours=5)


def test_the_demos_clock_never_goes_back() -> None:
    clock = DemoClock()
    clock.set(clock.now() + timedelta(days=1))
    before = clock.now()
    clock.set(before - timedelta(hours=1))
    assert clock.now() >= before


def screen(stage: Stage, out: io.StringIO | None = None) -> Screen:
    console = Console(file=out or io.StringIO(), width=100, force_terminal=False)
    return Screen(console, stage.slack.workspace)


class Talk:
    """A person at the dialogue: says a line, returns what is shown for it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._out = io.StringIO()
        self.dialogue = Dialogue(stage, screen(stage, self._out))

    async def __call__(self, line: str) -> str:
        start = len(self._out.getvalue())
        assert await self.dialogue.take(line)
        return self._out.getvalue()[start:]


def number(shown: str, label: str) -> str:
    """Return the number of the first thing that is called so."""
    found = re.search(rf"(\d+)·(?:\[ )?{re.escape(label)}", shown)
    assert found, shown
    return found[1]


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    async with open_stage() as stage:
        yield Talk(stage)


async def test_a_slash_and_a_query_is_the_command(talk: Talk) -> None:
    assert "23 pending images" in await talk("/pending-images")
    assert "4 of 23 match" in await talk("/pending-images os:rhel")
    assert "4 of 23 match" in await talk("/os:rhel")
    assert "What a query can say" in await talk("/help")


async def test_a_menu_asks_for_its_option_and_takes_number_or_text(talk: Talk) -> None:
    await talk("/")
    asked = await talk("1")
    assert "Any image type" in asked
    assert "custom (12)" in asked
    assert talk.dialogue.prompt == "Any image type: "
    assert "12 of 23 match" in await talk("2")
    assert talk.dialogue.prompt == "ada> "
    assert "5 of 23 match" in await talk("1 gpu_custom")


@pytest.mark.parametrize("number", ["99", "0"])
async def test_a_number_without_an_option_is_refused(talk: Talk, number: str) -> None:
    await talk("/")
    assert f"There is no option {number}" in await talk(f"1 {number}")


@pytest.mark.parametrize("text", ["nothing", "k8s"])
async def test_an_option_that_is_not_offered_or_not_the_only_one_is_refused(
    talk: Talk, text: str
) -> None:
    await talk("/")
    assert "of the options of" in await talk(f"1 {text}")


async def test_a_window_is_filled_in_and_submitted(talk: Talk) -> None:
    await talk("/")
    assert "Words in the name or id" in await talk("6")
    assert "close the window first" in await talk("back")
    assert "Several, with commas between" in await talk("2")
    assert "│ active" in await talk("active")
    assert "wrong" in await talk("6 wrong")
    assert "─ More filters" in (refused := await talk("8"))
    assert "wrong" in refused
    await talk("6")
    assert talk.dialogue.prompt == "Size: "
    assert ">100GB" in await talk(">100GB")
    assert "Query: status:active size:>100GB" in await talk("8")


async def test_a_window_closes_on_the_message_below(talk: Talk) -> None:
    shown = await talk("/")
    assert "Image details" in await talk(number(shown, "Details"))
    await talk("as ben")
    shown = await talk("as ada")
    assert "Image details" in shown
    assert "23 pending images" in await talk(number(shown, "Close"))


async def test_a_failure_is_armed_and_healed(talk: Talk) -> None:
    assert "hmac" in await talk("break")
    await talk("/")
    assert "Samsung Cloud fails: iam" in await talk("break iam")
    assert "ListPendingImages" in await talk("7")
    assert "answers again" in await talk("heal")
    assert "23 pending images" in await talk("1")


async def test_what_takes_long_is_told(talk: Talk) -> None:
    talk.stage.scp.latency_seconds = 0.8
    answer = await talk("/")
    assert "the bot is at work" in answer
    assert "23 pending images" in answer


async def test_the_digest_is_opened_by_a_colleague(talk: Talk) -> None:
    assert "Digest #1 is set up" in await talk("/digest add 09:00 daily")
    assert "23 pending images wait" in await talk("digest")
    shown = await talk("as ben")
    assert talk.dialogue.prompt == "ben> "
    assert "Only visible to you" in await talk(number(shown, "Open the whole list"))
    assert "23 pending images wait" in await talk("back")
    assert "there is no message before" in await talk("back")


async def test_a_shared_image_is_claimed_on_its_card_and_nobody_is_called(talk: Talk) -> None:
    shown = await talk("share")
    assert "in #image-watch:" in shown
    assert "1 new image waits" in shown
    assert "Claimed by @ada" in await talk(number(shown, "Claim"))
    assert "Nothing has come since" in await talk("wait 25h")


async def test_on_call_is_called_in_the_thread_of_what_nobody_has_claimed(talk: Talk) -> None:
    await talk("share")
    shown = await talk("wait 25h")
    assert shown.index("1 new image waits") < shown.index("1 reply") < shown.index("»@on-call«")
    assert "there is no message before" in await talk("back"), "a reply is drawn with its message"


@pytest.mark.parametrize("span", ["", "long", "-1h"])
async def test_a_wait_of_no_length_is_refused(talk: Talk, span: str) -> None:
    assert "is not a length of time" in await talk(f"wait {span}")


async def test_the_home_is_opened_acted_in_and_left(talk: Talk) -> None:
    await talk("/")
    shown = await talk("home")
    assert "You have claimed no image" in shown
    shown = await talk(number(shown, "Claim"))
    assert "Claimed by @ada" in shown
    shown = await talk(number(shown, "Accept"))
    assert "Accept image" in shown
    assert "close the window first" in await talk("back")
    assert "My claims" in await talk(number(shown, "Cancel")), "the Home is below"
    assert "23 pending images" in await talk("back")


async def test_the_record_comes_as_a_file_that_nobody_else_sees(talk: Talk) -> None:
    shown = await talk("/audit export")
    assert "in a direct message:" in shown
    assert re.search(r"\[file: pending-images-audit-.*\.csv\] Record of on-call's triage", shown)
    assert "There is nothing to see yet" in await talk("as ben")


async def test_several_are_rejected_together(talk: Talk) -> None:
    shown = await talk("/os:rhel")
    shown = await talk(number(shown, "Select several"))
    assert "○ Accept" in shown
    assert "● Reject" in await talk(f"{number(shown, 'What to do')} reject")
    shown = await talk(f"{number(shown, 'Images')} 1,3")
    assert "rhel-8.8 ad-joined" in shown
    shown = await talk(number(shown, "Next"))
    assert "Reject 2 images" in shown
    shown = await talk(f"{number(shown, 'Reason')} nobody needs them")
    shown = await talk(number(shown, "Reject all"))
    assert "2 of 2 images decided" in shown
    shown = await talk(number(shown, "Close"))
    assert shown.count("Rejected by @ada") == 2, "the list was drawn anew"


async def test_an_image_is_snoozed_until_a_date(talk: Talk) -> None:
    shown = await talk(number(await talk("/"), "Snooze"))
    assert "● Until a date" in await talk(f"{number(shown, 'Until when')} 4")
    refused = await talk(f"{number(shown, 'Date')} tomorrow")
    assert "no date: 'tomorrow'" in refused
    day = (talk.stage.now() + timedelta(days=3)).date().isoformat()
    assert day in await talk(f"{number(shown, 'Date')} {day}")
    assert "a reason" in await talk(f"{number(shown, 'Reason')} a reason")
    shown = await talk(number(shown, "Snooze"))
    assert "Snoozed until" in shown
    assert "a reason" in shown


async def test_without_a_digest_it_is_told_how_to_set_one_up(talk: Talk) -> None:
    assert "/digest add" in await talk("digest")


async def test_a_digest_that_stays_silent_is_told(talk: Talk) -> None:
    await talk("/digest add 09:00 daily only-changes")
    assert "23 pending images wait" in await talk("digest")
    assert "nothing came" in await talk("digest")
    talk.stage.scp.withdraw(str(talk.stage.scp.images[0]["id"]))
    assert "0 new, 1 gone" in await talk("digest")


async def test_the_form_of_a_digest_is_filled_in(talk: Talk) -> None:
    await talk("/digest add")
    assert "Europe/Berlin" in await talk("4 berlin")
    assert "of the options of" in await talk("4 america")
    shown = await talk("6 os:rhel")
    assert "4 of 23 pending images match now" in shown
    assert "Digest #1 is set up" in await talk(number(shown, "Save"))


async def test_what_cannot_be_is_said(talk: Talk) -> None:
    assert "nothing has the number 3" in await talk("3")
    assert "there are ada and ben" in await talk("as eve")
    assert '"dance" is not known here' in await talk("dance")
    assert "leave" in await talk("help")
    assert "There is nothing to see yet" in await talk("as ben")
    assert not await talk.dialogue.take("quit")


async def test_an_app_that_does_not_acknowledge_is_told_as_slack_does(talk: Talk) -> None:
    talk.stage.slack.events_url = "http://127.0.0.1:9/"
    assert "Slack shows an error: dispatch_failed" in await talk("/")


def test_the_bots_log_is_dimmed_and_warnings_are_hushed_on_request() -> None:
    out = io.StringIO()
    send_log_to(Console(file=out, width=100, force_terminal=True))
    log = logging.getLogger("bot.test")
    log.warning("a warning")
    hush_log(trouble_expected=True)
    log.warning("an expected warning")
    log.error("an error")
    shown = out.getvalue()
    assert "the bot's log │" in shown
    assert "\x1b[2m" in shown
    assert "a warning" in shown
    assert "an error" in shown
    assert "expected" not in shown


def test_a_replaced_standard_output_is_printed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    open_console().print("한글")
    assert out.getvalue() == "한글\n"
