from datetime import time

import pytest

from bot.blocks.digests.digest import DigestContent
from bot.schedule import DeliveryState, Draft, Timetable
from tests.blocks.digest_examples import (
    FAILED,
    LAST,
    NOTICE,
    SKIPPED,
    UNSURE,
    checked,
    content_of,
)
from tests.blocks.limits import texts
from tests.blocks.schedule_examples import delivery, schedule

DUE = "Due 09:00 weekdays, Asia/Seoul"
LAST_DUE = f"<!date^{int(LAST.timestamp())}^{{date_short_pretty}} {{time}}|2026-11-20 09:00 UTC>"


def footer(content: DigestContent) -> list[str]:
    """The small print below the last divider: what each line says, and then how to change it."""
    blocks = checked(content).blocks
    last = max(place for place, block in enumerate(blocks) if block["type"] == "divider")
    lines = [list(texts(block)) for block in blocks[last + 1 :]]
    return [said for line in lines for said in (" ".join(line[:2]), *line[2:])]


def test_how_many_are_snoozed_and_left_out_is_told() -> None:
    assert footer(content_of(sleeping=1))[0] == (
        "1 snoozed image is left out here and counts in no number but the total of 23: "
        "`/pending-images snoozed:yes` lists all that rest."
    )
    assert footer(content_of(sleeping=2))[0].startswith(
        "2 snoozed images are left out here and count in no number but the total of 23: "
    )


def test_the_first_digest_names_its_maker() -> None:
    assert footer(content_of(changes=None)) == [
        f"Why you see this: digest #3 of this channel, made by <@U0MAKER01>. {DUE}",
        "Change, pause or delete it: `/pending-images digest`",
    ]


def test_later_digests_do_not_notify_the_maker_each_time() -> None:
    assert footer(content_of())[0] == f"Why you see this: digest #3 of this channel. {DUE}"


def test_a_digest_of_the_settings_is_changed_by_the_operators() -> None:
    assert footer(content_of(schedule=schedule(made_by=None))) == [
        f"Why you see this: digest #3, from the bot's settings. {DUE}",
        "`/pending-images digest` shows it; the bot's operators change it.",
    ]


def test_who_pressed_send_now_is_named() -> None:
    said = "Why you see this: digest #3 of this channel, asked for by <@U0ASKER> with Send now."
    assert footer(content_of(asked_by="U0ASKER"))[0] == f"{said} {DUE}"


def test_a_preview_says_that_nothing_was_posted() -> None:
    said = f"A preview: only you see it, and nothing was posted. {DUE}"
    assert footer(content_of(preview=True))[0] == said
    draft = Draft(channel="C1", timetable=schedule().timetable)
    assert footer(content_of(preview=True, schedule=draft, changes=None)) == [said]


def test_all_that_makes_a_digest_stay_away_is_told() -> None:
    timetable = Timetable(
        times=(time(9), time(17, 30)),
        days=frozenset((0, 2)),
        timezone="Asia/Seoul",
        holidays="KR",
    )
    kept = schedule(timetable=timetable, only_changes=True)
    assert footer(content_of(schedule=kept))[0].endswith(
        "Due 09:00, 17:30 mon, wed, Asia/Seoul, not on public holidays of South Korea, "
        "only when something has changed"
    )


@pytest.mark.parametrize(
    ("seconds", "reason", "said"),
    [
        (47 * 60 + 12, "restarted", [":warning: 47 minutes late: restarted"]),
        (60, "", [":warning: 1 minute late"]),
        (59, "restarted", []),
    ],
)
def test_a_late_digest_says_how_late_and_why(seconds: int, reason: str, said: list[str]) -> None:
    assert footer(content_of(late_seconds=seconds, late_reason=reason))[:-2] == said


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (
            SKIPPED,
            f"2 earlier digests were skipped, the last one due {LAST_DUE}: the bot was not running",
        ),
        (
            delivery(state=DeliveryState.SKIPPED, missed=1, due=LAST),
            f"An earlier digest, due {LAST_DUE}, was skipped.",
        ),
        (
            delivery(state=DeliveryState.SKIPPED, missed=1000, due=LAST),
            f"1,000 or more earlier digests were skipped, the last one due {LAST_DUE}.",
        ),
        (
            FAILED,
            f"The digest due {LAST_DUE} was not posted: The channel is archived. Restore it.",
        ),
        (UNSURE, f"The digest due {LAST_DUE} may not have arrived, and was not repeated."),
        (NOTICE, f"Instead of the digest due {LAST_DUE} there was only a notice."),
    ],
)
def test_what_went_wrong_since_the_last_digest_is_told(trouble: object, said: str) -> None:
    assert footer(content_of(troubles=[trouble]))[:-2] == [f":warning: {said}"]


def test_all_that_were_skipped_are_one_line() -> None:
    later = delivery(state=DeliveryState.SKIPPED, missed=1, outcome="Slack was away")
    (said,) = footer(content_of(troubles=[SKIPPED, later]))[:-2]
    assert said.startswith(":warning: 3 earlier digests were skipped, the last one due <!date^")
    assert said.endswith("Slack was away")


def test_many_troubles_are_counted() -> None:
    lines = footer(content_of(troubles=[SKIPPED, *[FAILED] * 5]))[:-2]
    assert len(lines) == 4
    assert lines[-1] == (
        ":warning: 3 more did not arrive: `/pending-images digest history` shows them."
    )


def test_an_api_version_near_its_end_is_told() -> None:
    warning = "API version 1.0 is not served from 2026-12-31 on."
    assert footer(content_of(version_warning=warning))[:-2] == [f":warning: {warning}"]
