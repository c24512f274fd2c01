"""``python -m bot preview``: JSON that Slack takes, and a link that opens the same."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from bot.__main__ import PREVIEWS, main
from bot.sim.slack.limits import message_problems, view_problems
from bot.sim.slack.markup import active_markup

BUILDER = "https://app.slack.com/block-kit-builder/#"
VIEWS = {"details": "modal", "decision": "modal", "home": "home"}
MESSAGES = [what for what in PREVIEWS if what not in VIEWS]


def printed(capsys: pytest.CaptureFixture[str], what: str) -> tuple[dict[str, Any], str]:
    assert main(["preview", what]) == 0
    body, _, link = capsys.readouterr().out.rstrip("\n").rpartition("\n\n")
    return json.loads(body), link


@pytest.mark.parametrize("what", MESSAGES)
def test_slack_takes_a_previewed_message(capsys: pytest.CaptureFixture[str], what: str) -> None:
    body, _ = printed(capsys, what)
    assert set(body) == {"text", "blocks"}
    assert message_problems(body) == []


@pytest.mark.parametrize("what", VIEWS)
def test_slack_takes_a_previewed_view(capsys: pytest.CaptureFixture[str], what: str) -> None:
    body, _ = printed(capsys, what)
    assert body["type"] == VIEWS[what]
    assert view_problems(body) == []


@pytest.mark.parametrize("what", MESSAGES)
def test_the_link_of_a_message_opens_its_blocks(
    capsys: pytest.CaptureFixture[str], what: str
) -> None:
    body, link = printed(capsys, what)
    assert json.loads(unquote(link.removeprefix(BUILDER))) == {"blocks": body["blocks"]}


@pytest.mark.parametrize("what", VIEWS)
def test_the_link_of_a_view_opens_the_view(capsys: pytest.CaptureFixture[str], what: str) -> None:
    body, link = printed(capsys, what)
    assert json.loads(unquote(link.removeprefix(BUILDER))) == body


@pytest.mark.parametrize("what", PREVIEWS)
def test_a_link_has_no_character_that_a_terminal_would_end_it_at(
    capsys: pytest.CaptureFixture[str], what: str
) -> None:
    _, link = printed(capsys, what)
    start, fragment = link[: len(BUILDER)], link[len(BUILDER) :]
    assert start == BUILDER
    assert fragment.isascii()
    assert not set(fragment) & set(" \"'<>()[]{}|\\^`\n")


@pytest.mark.parametrize("what", PREVIEWS)
def test_a_preview_is_the_same_every_time(capsys: pytest.CaptureFixture[str], what: str) -> None:
    assert printed(capsys, what) == printed(capsys, what)


@pytest.mark.parametrize("what", ["listing", "digest"])
def test_a_hostile_image_is_shown_and_inert(capsys: pytest.CaptureFixture[str], what: str) -> None:
    body, _ = printed(capsys, what)
    shown = json.dumps(body["blocks"], ensure_ascii=False)
    assert "<!channel>" in shown
    assert "\u202e" not in shown
    live = active_markup(body["blocks"], body["text"])
    assert {found.kind for found in live} <= {"date", "bold", "emoji", "code", "user", "usergroup"}
    people = {found.source for found in live if found.kind in {"user", "usergroup"}}
    assert people <= {"U012ABCDEF", "<@U012ABCDEF>", "<!subteam^S012ABCDEF>"}
    assert not [found for found in live if "free" in found.source]


def test_the_listing_shows_a_filter_and_an_unreadable_image(
    capsys: pytest.CaptureFixture[str],
) -> None:
    body, _ = printed(capsys, "listing")
    assert body["blocks"][0]["text"]["text"] == "3 of 5 match"
    assert "1 image could not be read" in json.dumps(body)


def test_the_digest_shows_what_is_new_gone_and_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    body, _ = printed(capsys, "digest")
    shown = json.dumps(body["blocks"], ensure_ascii=False)
    assert "*1 new, 1 gone*" in shown
    assert "waiting 34 days" in shown
    assert "47 minutes late: restarted" in shown
    assert "Why you see this: digest #3 of this channel." in shown


def test_the_error_tells_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    body, _ = printed(capsys, "error")
    assert "HmacValidFail" in json.dumps(body)
    assert "What to do: " in json.dumps(body)


def test_another_word_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["preview", "nonsense"])
    assert stopped.value.code == 2
    assert "listing" in capsys.readouterr().err


def test_a_preview_needs_no_settings(tmp_path: Path) -> None:
    """As a program of its own, in an empty directory with an empty environment."""
    checkout = str(Path(__file__).parents[1])
    finished = subprocess.run(
        [sys.executable, "-m", "bot", "preview", "help"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PYTHONPATH": checkout, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert BUILDER in finished.stdout
