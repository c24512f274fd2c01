"""What mrkdwn, plain text and dates become (``slack/facts.md``, mrkdwn)."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.sim.terminal_dates import format_date
from tests.sim.terminal_samples import (
    NOW,
    SEOUL,
    body_of,
    bytes_of,
    coloured,
    message,
    mrkdwn,
    plain,
    section,
)

MOMENT = datetime(2014, 2, 18, 6, 39, 45, tzinfo=UTC)
SGR = re.compile(r"\x1b\[([\d;]*)m([^\x1b]*)")


def shown(text: str, *, verbatim: bool = False) -> str:
    block = {"type": "section", "text": mrkdwn(text, verbatim=verbatim)}
    return "\n".join(body_of(message(block)))


def styles(text: str) -> dict[str, str]:
    """Return the styled pieces of a section and the codes of their styles."""
    lines = coloured(message(section(text))).split("\n", 1)[1]
    return {piece: codes for codes, piece in SGR.findall(lines) if codes not in {"", "0"}}


class TestEmphasis:
    @pytest.mark.parametrize(
        ("text", "piece", "code"),
        [
            ("*a b*", "a b", "1"),
            ("_a_", "a", "3"),
            ("~a~", "a", "9"),
            ("(*a*)", "a", "1"),
            ("*a <https://x/*|b>*", "a ", "1"),
            ("*_a_*", "a", "1;3"),
            ("_*a*_", "a", "1;3"),
        ],
    )
    def test_marks_style_what_they_enclose(self, text: str, piece: str, code: str) -> None:
        assert styles(text)[piece] == code

    @pytest.mark.parametrize(
        "text", ["a*b*", "*a*b", "* a*", "*a *", "a_b_c", "*a\nb*", "**", "*", "2*3*4", "*가*나"]
    )
    def test_marks_inside_words_or_lines_apart_are_literal(self, text: str) -> None:
        assert shown(text) == text
        assert styles(text) == {}

    def test_code_is_literal_but_for_tokens(self) -> None:
        assert shown("`*a* :mag: @here &lt;`") == "*a* :mag: @here <"
        assert shown("`<!here>`") == "»@here«"

    def test_preformatted_stands_in_a_box(self) -> None:
        assert shown("a\n```\n*b*\n  c```\nd").splitlines() == [
            "a",
            "╭─────╮",
            "│ *b* │",
            "│   c │",
            "╰─────╯",
            "d",
        ]

    def test_preformatted_alone_has_no_lines_around_it(self) -> None:
        assert shown("```a```") == "╭───╮\n│ a │\n╰───╯"

    def test_empty_text_is_an_empty_line(self) -> None:
        assert body_of(message(section(""), section("b"))) == ["", "", "b"]

    def test_label_keeps_quotes_and_preformatted_text_in_one_piece(self) -> None:
        context = {"type": "context", "elements": [mrkdwn("a ```*b*``` c\n&gt; d")]}
        assert body_of(message(context)) == ["a *b* c", "▌ d"]


class TestQuotes:
    @pytest.mark.parametrize("mark", ["> ", ">", "&gt; ", "&gt;"])
    def test_quoted_lines_stand_behind_a_bar(self, mark: str) -> None:
        assert shown(f"a\n{mark}b\n{mark}c\nd") == "a\n▌ b\n▌ c\nd"

    def test_three_marks_quote_all_that_follows(self) -> None:
        assert shown("a\n>>>b\n\n*c*") == "a\n▌ b\n▌\n▌ c"

    def test_quote_inside_a_line_is_literal(self) -> None:
        assert shown("a &gt; b") == "a > b"


class TestTokens:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("<@U1>", "@mina"),
            ("<@U9>", "@U9"),
            ("<@U9|joe>", "@joe"),
            ("<#C1>", "#cloud-ops"),
            ("<#C9|named>", "#named"),
            ("<!here>", "»@here«"),
            ("<!channel|channel>", "»@channel«"),
            ("<!everyone>", "»@everyone«"),
            ("<!subteam^S1>", "»@on-call«"),
            ("<!subteam^S2>", "»@S2«"),
            ("<!subteam^S2|@ops>", "»@ops«"),
            ("<https://x.y/?a=1&amp;b=2>", "https://x.y/?a=1&b=2"),
            ("<https://x.y|a &amp; b>", "a & b"),
            ("<mailto:a@b.c>", "a@b.c"),
            ("<!date^1392705585^{date_num} {time}|then>", "2014-02-18 3:39 PM"),
            ("<!date^1392705585^{time}^https://x.y/|then>", "3:39 PM"),
            ("<!date^soon^{time}|then &amp; there>", "then & there"),
            ("&lt;!here&gt; &amp;lt;", "<!here> &lt;"),
            ("a < b", "a < b"),
        ],
    )
    def test_tokens_are_drawn_and_escapes_are_literal(self, text: str, expected: str) -> None:
        assert shown(text) == expected
        assert shown(text, verbatim=True) == expected

    def test_whatever_notifies_many_glares(self) -> None:
        for text in ("<!here>", "<!subteam^S1>", "@channel"):
            (code,) = styles(text).values()
            assert code == "1;30;103"

    def test_links_and_mentions_have_styles_of_their_own(self) -> None:
        assert styles("<https://x.y|a>") == {"a": "4;34"}
        assert styles("<!date^1392705585^{time}^https://x.y/|then>") == {"3:39 PM": "4;34"}
        assert styles("<@U1>") == {"@mina": "1;36"}


class TestAutomaticLinks:
    def test_text_is_parsed_unless_verbatim(self) -> None:
        text = "ask @here or @everyone, @heretic a@here.c"
        assert shown(text) == "ask »@here« or »@everyone«, @heretic a@here.c"
        assert shown(text, verbatim=True) == text

    def test_urls_end_before_punctuation(self) -> None:
        assert styles("see (https://x.y/a_b_c?d=1&amp;e), ok") == {
            "https://x.y/a_b_c?d=1&e": "4;34"
        }

    def test_known_channels_become_links(self) -> None:
        assert styles("#cloud-ops #nowhere a#cloud-ops") == {"#cloud-ops": "1;36"}


class TestPlainText:
    def test_plain_text_is_literal(self) -> None:
        text = "*a* <!here> &amp; @here https://x [bold]b[/bold]"
        assert body_of(message({"type": "section", "text": plain(text)})) == [text]

    @pytest.mark.parametrize(("emoji", "expected"), [(True, "🔍 :nope:"), (False, ":mag: :nope:")])
    def test_emoji_are_drawn_where_allowed(self, emoji: bool, expected: str) -> None:
        block = {"type": "section", "text": plain(":mag: :nope:", emoji=emoji)}
        assert body_of(message(block)) == [expected]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("\x1b[31mred\x1b]0;title\x07", "␛[31mred␛]0;title␇"),
            ("\x9b31m\x7f", "�31m␡"),
            ("a\u202egnp.exe\u2066", "a�gnp.exe�"),
            ("a\r\nb\rc", "a\nb␍c"),
            ("a\tb\u200bc\xa0d", "a    bc d"),
            ("\ud800 \u2028 \ue000", "� � �"),
            ("👨\u200d👩", "👨\u200d👩"),
        ],
    )
    def test_control_characters_become_visible(self, text: str, expected: str) -> None:
        for made in (plain(text), mrkdwn(text)):
            assert "\n".join(body_of(message({"type": "section", "text": made}))) == expected

    def test_rich_markup_in_data_is_literal(self) -> None:
        text = "[red]a[/red] [link=https://x]b[/link] [/]"
        assert shown(text, verbatim=True) == text

    def test_names_cannot_smuggle_control_characters_either(self) -> None:
        assert shown("<@U\x1b9> <#C9|a\x07>") == "@U␛9 #a␇"

    def test_latin_terminal_keeps_what_it_has(self) -> None:
        assert "»@here« caf\xe9 ??".encode("latin-1") in bytes_of(
            message(section("@here café 한")), "latin-1"
        )


class TestDates:
    @pytest.mark.parametrize(
        ("token", "expected"),
        [
            ("date_num", "2014-02-18"),
            ("date_slash", "18/02/2014"),
            ("date", "February 18th, 2014"),
            ("date_short", "Feb 18, 2014"),
            ("date_long", "Tuesday, February 18th, 2014"),
            ("date_long_full", "February 18, 2014"),
            ("date_pretty", "February 18th, 2014"),
            ("date_short_pretty", "Feb 18, 2014"),
            ("date_long_pretty", "Tuesday, February 18th, 2014"),
            ("day_divider_pretty", "Tuesday, February 18th, 2014"),
            ("time", "6:39 AM"),
            ("time_secs", "6:39:45 AM"),
            ("ago", "12 years ago"),
            ("week", "{week}"),
        ],
    )
    def test_tokens(self, token: str, expected: str) -> None:
        assert format_date(MOMENT.timestamp(), f"{{{token}}}", UTC, NOW) == expected

    @pytest.mark.parametrize(
        ("days", "expected"),
        [(-2, "Nov 22, 2026"), (-1, "yesterday"), (0, "today"), (1, "tomorrow")],
    )
    def test_near_days_have_names_with_a_capital_at_the_start_alone(
        self, days: int, expected: str
    ) -> None:
        unix = (NOW + timedelta(days=days)).timestamp()
        capital = expected[0].upper() + expected[1:]
        template = "{date_short_pretty}, {date_short_pretty}"
        assert format_date(unix, template, UTC, NOW) == f"{capital}, {expected}"

    def test_days_change_at_the_readers_midnight(self) -> None:
        late = NOW.replace(hour=14, minute=59)
        assert format_date(late.timestamp(), "{date_pretty}", SEOUL, NOW) == "Today"
        assert format_date(late.timestamp() + 60, "{date_pretty}", SEOUL, NOW) == "Tomorrow"

    def test_near_dates_leave_out_the_year(self) -> None:
        unix = (NOW - timedelta(days=30)).timestamp()
        assert format_date(unix, "{date}", UTC, NOW) == "October 25th"
        assert format_date(unix, "{day_divider_pretty}", UTC, NOW) == "Sunday, October 25th"

    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [
            (0, "0 seconds ago"),
            (1, "1 second ago"),
            (180, "3 minutes ago"),
            (7199, "1 hour ago"),
            (2 * 86_400, "2 days ago"),
            (70 * 86_400, "2 months ago"),
            (-60, "In 1 minute"),
        ],
    )
    def test_ago_names_the_largest_whole_unit(self, seconds: int, expected: str) -> None:
        assert format_date(NOW.timestamp() - seconds, "{ago}", UTC, NOW) == expected

    @pytest.mark.parametrize(
        ("day", "suffix"), [(1, "st"), (2, "nd"), (3, "rd"), (4, "th"), (11, "th"), (23, "rd")]
    )
    def test_ordinals(self, day: int, suffix: str) -> None:
        unix = MOMENT.replace(day=day).timestamp()
        assert format_date(unix, "{date}", UTC, NOW) == f"February {day}{suffix}, 2014"

    @pytest.mark.parametrize(("hour", "expected"), [(0, "12:05 AM"), (12, "12:05 PM")])
    def test_noon_and_midnight_are_twelve(self, hour: int, expected: str) -> None:
        unix = MOMENT.replace(hour=hour, minute=5).timestamp()
        assert format_date(unix, "at {time}", UTC, NOW) == f"at {expected}"

    @pytest.mark.parametrize("unix", ["", "soon", "nan", "1e99", "-1e15"])
    def test_impossible_moments_have_no_form(self, unix: str) -> None:
        assert format_date(unix, "{time}", UTC, NOW) is None
