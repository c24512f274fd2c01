"""What a person reads when messages and views are drawn (``slack/facts.md``, ``limits.json``)."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from bot.sim.terminal import draw_dialog, draw_message, draw_thread
from bot.sim.terminal_controls import controls, numbers_of
from bot.sim.terminal_layout import Flow
from tests.sim.terminal_samples import (
    CHANNELS,
    NOW,
    PEOPLE,
    SEOUL,
    Json,
    actions,
    body_of,
    button,
    bytes_of,
    coloured,
    field,
    message,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    text_of,
    view,
)

RED, BLUE = option("Red", "r"), option("Blue", "b")


def rich_text(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def rich_section(*elements: Json, kind: str = "rich_text_section") -> Json:
    return {"type": kind, "elements": list(elements)}


def words(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, "style": style}


def rich_list(*items: str, **fields: object) -> Json:
    return {
        "type": "rich_text_list",
        "elements": [rich_section(words(item)) for item in items],
        **fields,
    }


class TestFiles:
    def test_files_stand_below_the_text_by_name_and_title(self) -> None:
        files = [{"name": "a.csv", "title": "All of it"}, {"name": "b.csv"}]
        assert body_of(message(text="Two files", files=files)) == [
            "Two files",
            "[file: a.csv] All of it",
            "[file: b.csv]",
        ]


class TestThread:
    def test_replies_stand_indented_below_their_message(self) -> None:
        replies = [message(section("first")), message(section("second"))]
        drawn = text_of(draw_thread(message(section("It is new")), replies)).splitlines()
        places = [drawn.index(line) for line in ("    It is new", "    2 replies")]
        assert places == sorted(places)
        assert [line for line in drawn if "first" in line] == ["    ▌     first"]
        assert all(line.startswith("    ▌") for line in drawn[places[1] + 1 :])

    def test_one_reply_is_one(self) -> None:
        drawn = text_of(draw_thread(message(section("It is new")), [message(section("first"))]))
        assert "    1 reply\n" in drawn

    def test_without_replies_it_is_the_message(self) -> None:
        alone = message(section("It is new"))
        assert text_of(draw_thread(alone, [])) == text_of(alone)


class TestMessage:
    def test_author_badge_and_time_in_the_readers_zone_stand_above(self) -> None:
        shown = text_of(message(section("hi"), ts="1795480000.000100"))
        assert shown.splitlines() == [" P  p  APP   9:26 AM", "    hi"]

    def test_message_without_timestamp_was_sent_now(self) -> None:
        assert "9:30 AM" in text_of(message(section("hi")))

    def test_ephemeral_says_who_sees_it(self) -> None:
        drawing = draw_message(
            {"text": "hi"},
            people=PEOPLE,
            channels=CHANNELS,
            zone=SEOUL,
            now=NOW,
            ephemeral=True,
        )
        first, second, _ = text_of(drawing).splitlines()
        assert first == "    Only visible to you"
        assert second.startswith(" P  pending-images  APP  ")

    def test_text_is_shown_only_without_blocks(self) -> None:
        assert body_of(message(text="*hello*")) == ["hello"]
        assert body_of(message(section("block"), text="hello")) == ["block"]

    def test_blocks_are_set_apart_but_for_those_that_belong_to_the_one_before(self) -> None:
        context = {"type": "context", "elements": [mrkdwn("c")]}
        divider = {"type": "divider"}
        shown = body_of(message(section("1"), context, section("2"), divider, section("3")), 20)
        assert shown == ["1", "c", "", "2", "─" * 16, "3"]


class TestBlocks:
    def test_header_is_bold_and_literal(self) -> None:
        header = {"type": "header", "text": plain("*23* pending :package:")}
        assert body_of(message(header)) == ["*23* pending 📦"]
        assert "\x1b[1m*23* pending" in coloured(message(header))

    def test_fields_stand_in_two_columns(self) -> None:
        fields = [mrkdwn("*Owner*\nteam"), mrkdwn("*상태*\n대기"), plain("*x*")]
        shown = body_of(message({"type": "section", "fields": fields}))
        assert [line.split() for line in shown] == [["Owner", "상태"], ["team", "대기"], ["*x*"]]
        assert shown[0].index("상태") == shown[1].index("대기")

    def test_accessory_stands_at_the_right(self) -> None:
        (shown,) = body_of(message(section("한국어", accessory=button("Details"))))
        assert shown.startswith("한국어 ")
        assert cell_len(shown) == 76
        assert shown.endswith(" [ Details ]")

    def test_image_as_accessory_is_named(self) -> None:
        (shown,) = body_of(message(section("x", accessory={"type": "image", "alt_text": "cat"})))
        assert shown.endswith(" [image: cat]")

    def test_choices_as_accessory_stand_below(self) -> None:
        boxes = {"type": "checkboxes", "options": [RED, BLUE], "initial_options": [BLUE]}
        assert body_of(message(section("Colours", accessory=boxes))) == [
            "Colours",
            "☐ Red",
            "☑ Blue",
        ]

    def test_context_is_one_dim_line_with_images_named(self) -> None:
        context = {
            "type": "context",
            "elements": [mrkdwn("*a*"), {"type": "image", "alt_text": "logo"}, plain("b")],
        }
        assert body_of(message(context)) == ["a  [image: logo]  b"]

    def test_image_shows_its_title_and_what_it_depicts(self) -> None:
        image = {"type": "image", "image_url": "https://x", "alt_text": "a cat"}
        assert body_of(message(image)) == ["[image: a cat]"]
        titled = image | {"title": plain("Cat"), "alt_text": ""}
        assert body_of(message(titled)) == ["Cat", "[image: no description]"]

    def test_table_aligns_as_its_columns_say(self) -> None:
        cell = {"type": "rich_text", "elements": [rich_section(words("10"))]}
        table = {
            "type": "table",
            "column_settings": [None, {"align": "right"}],
            "rows": [
                [{"type": "raw_text", "text": name} for name in ("Name", "Size", "OS")],
                [{"type": "raw_text", "text": "web"}, cell, {"type": "raw_text", "text": "x"}],
            ],
        }
        shown = body_of(message(table))
        assert shown[1] == "│ Name │ Size │ OS │"
        assert shown[3] == "│ web  │   10 │ x  │"

    @pytest.mark.parametrize("block", [{"type": "video"}, {"type": "\x1bnew"}, {}])
    def test_unknown_block_is_named(self, block: Json) -> None:
        shown = str(block.get("type")).replace("\x1b", "␛")
        assert body_of(message(block)) == [f"[unsupported: {shown}]"]


class TestElements:
    @pytest.mark.parametrize(
        ("element", "shown"),
        [
            (button("Go"), "[ Go ]"),
            (button("two\nlines"), "[ two lines ]"),
            (button("x" * 40), f"[ {'x' * 29}… ]"),
            ({"type": "overflow", "options": [RED]}, "[ ⋯ ]"),
            ({"type": "static_select", "placeholder": plain("Type")}, "[ Type ▾ ]"),
            ({"type": "external_select"}, "[ Choose an option ▾ ]"),
            ({"type": "static_select", "initial_option": RED}, "[ Red ▾ ]"),
            ({"type": "multi_static_select", "initial_options": [RED, BLUE]}, "[ Red, Blue ▾ ]"),
            ({"type": "channels_select", "initial_channel": "C1"}, "[ #cloud-ops ▾ ]"),
            ({"type": "multi_users_select", "initial_users": ["U1", "U9"]}, "[ mina, U9 ▾ ]"),
            ({"type": "datepicker"}, "[ Select a date ]"),
            ({"type": "datepicker", "initial_date": "2026-11-24"}, "[ 2026-11-24 ]"),
            ({"type": "timepicker", "initial_time": "09:00"}, "[ 09:00 ]"),
            ({"type": "workflow_button"}, "[unsupported: workflow_button]"),
        ],
    )
    def test_element_looks_like_what_it_is(self, element: Json, shown: str) -> None:
        assert body_of(message(actions(element))) == [shown]

    def test_buttons_wrap_whole(self) -> None:
        shown = body_of(message(actions(*map(button, ("one", "two", "long label")))), 26)
        assert shown == ["[ one ] [ two ]", "[ long label ]"]

    def test_primary_and_danger_have_colours_of_their_own(self) -> None:
        labels = [
            coloured(message(actions(button("Go", **style)))).splitlines()[1].strip()
            for style in ({}, {"style": "primary"}, {"style": "danger"})
        ]
        assert len(set(labels)) == 3

    def test_radio_buttons_in_actions_stand_below_the_others(self) -> None:
        radio = {"type": "radio_buttons", "options": [RED, BLUE], "initial_option": RED}
        assert body_of(message(actions(radio, button("Go")))) == ["[ Go ]", "● Red", "○ Blue"]

    def test_state_beats_what_an_element_started_with(self) -> None:
        menu = {"type": "static_select", "action_id": "a", "initial_option": RED}
        state = {"values": {"actions": {"a": {"type": "static_select", "selected_option": BLUE}}}}
        assert body_of(message(actions(menu), state=state)) == ["[ Blue ▾ ]"]

    def test_flow_of_nothing_takes_no_width(self) -> None:
        assert text_of(Flow([Text("a"), Text("b")])) == "a b"
        assert body_of(message(actions())) == []


class TestRichText:
    def test_inline_elements_are_drawn_each_in_its_way(self) -> None:
        inline = rich_section(
            words("a *literal* <!here> "),
            {"type": "user", "user_id": "U1"},
            {"type": "channel", "channel_id": "C1"},
            {"type": "emoji", "name": "tada"},
            {"type": "link", "url": "https://x", "text": " label "},
            {"type": "link", "url": "https://y"},
            {"type": "usergroup", "usergroup_id": "S1"},
            {"type": "usergroup", "usergroup_id": "S2"},
            {"type": "broadcast", "range": "here"},
            {"type": "color", "value": "#fff"},
            {"type": "date", "timestamp": 1795480000, "format": "{time}", "fallback": "x"},
            {"type": "date", "timestamp": 1e99, "format": "{time}", "fallback": " then"},
            {"type": "hologram"},
        )
        assert "".join(body_of(message(rich_text(inline)), 300)) == (
            "a *literal* <!here> @mina#cloud-ops🎉 label https://y»@on-call«»@S2«»@here«#fff"
            "9:26 AM then[unsupported: hologram]"
        )

    def test_styles_are_drawn(self) -> None:
        styles = [words(name, **{name: True}) for name in ("bold", "italic", "strike", "code")]
        shown = coloured(message(rich_text(rich_section(*styles))))
        assert all(f"\x1b[{code}m" in shown for code in ("1", "3", "9"))
        assert re.search(r"\x1b\[[\d;]*48;[\d;]*mcode", shown)

    def test_lists_indent_and_number(self) -> None:
        block = rich_text(
            rich_section(words("Intro\n")),
            rich_list("one", "two " * 9, style="bullet"),
            rich_list("three", style="bullet", indent=1, border=1),
            rich_list("x", "y", style="ordered", offset=4),
            rich_list("x", style="ordered", indent=1, offset=26),
            rich_list("x", style="ordered", indent=2, offset=8),
        )
        assert body_of(message(block), 30) == [
            "Intro",
            " • one",
            " • two two two two two two",
            "   two two two",
            "▌     ◦ three",
            " 5. x",
            " 6. y",
            "    aa. x",
            "       ix. x",
        ]

    def test_preformatted_is_boxed_and_quote_has_a_bar(self) -> None:
        block = rich_text(
            rich_section(words("{\n  1\n}"), kind="rich_text_preformatted"),
            rich_section(words("long " * 6), kind="rich_text_quote"),
            {"type": "rich_text_hologram"},
        )
        assert body_of(message(block), 24) == [
            "╭─────╮",
            "│ {   │",
            "│   1 │",
            "│ }   │",
            "╰─────╯",
            "▌ long long long",
            "▌ long long long",
            "[unsupported:",
            "rich_text_hologram]",
        ]


class TestView:
    def test_modal_is_a_frame_with_title_fields_and_buttons(self) -> None:
        name = field(
            {"type": "plain_text_input", "placeholder": plain("web")},
            "Name",
            optional=True,
            hint=plain("Part of it"),
        )
        shown = text_of(view(modal(name, submit=plain("Apply"))), 40)
        assert shown.splitlines() == [
            "╭─ More filters ───────────────────────╮",
            "│                                      │",
            "│  Name (optional)                     │",
            "│  ╭────────────────────────────────╮  │",
            "│  │ web                            │  │",
            "│  ╰────────────────────────────────╯  │",
            "│  Part of it                          │",
            "│                                      │",
            "│                [ Cancel ] [ Apply ]  │",
            "│                                      │",
            "╰──────────────────────────────────────╯",
        ]

    def test_modal_without_submit_can_only_be_closed(self) -> None:
        shown = text_of(view(modal(section("x"))))
        assert "[ Close ]" in shown
        assert "[ Done ]" in text_of(view(modal(section("x"), close=plain("Done"))))

    def test_multiline_field_is_tall_and_shows_its_value(self) -> None:
        tall = field({"type": "plain_text_input", "multiline": True, "initial_value": "v\x1bw"})
        lines = text_of(view(modal(tall))).splitlines()
        assert sum("│  │" in line for line in lines) == 3
        assert "v␛w" in lines[4]

    def test_choices_stand_below_each_other_with_what_they_mean(self) -> None:
        described = RED | {"description": plain("as warm as can be, and a little warmer")}
        radio = field({"type": "radio_buttons", "options": [described, BLUE]})
        shown = text_of(view(modal(radio)), 40).splitlines()
        assert [line.strip("│ ") for line in shown[3:7]] == [
            "○ Red",
            "as warm as can be, and a little",
            "warmer",
            "○ Blue",
        ]
        assert shown[5].startswith("│    warmer")

    @pytest.mark.parametrize(
        ("element", "shown"),
        [
            ({"type": "static_select", "options": [RED]}, "Choose an option"),
            ({"type": "users_select"}, "Choose a person"),
            ({"type": "conversations_select", "initial_conversation": "C1"}, "#cloud-ops"),
            ({"type": "multi_users_select", "initial_users": ["U1", "U9"]}, "mina, U9"),
            ({"type": "external_select", "initial_option": BLUE}, "Blue"),
        ],
    )
    def test_a_menu_of_a_form_is_a_wide_box(self, element: Json, shown: str) -> None:
        lines = text_of(view(modal(field(element))), 40).splitlines()
        assert lines[3] == "│  ╭────────────────────────────────╮  │"
        assert lines[4] == f"│  │ {shown:<28} ▾ │  │"

    def test_a_time_names_its_zone(self) -> None:
        picker = {"type": "timepicker", "initial_time": "09:00", "timezone": "Asia/Seoul"}
        assert "│ 09:00 (Asia/Seoul) " in text_of(view(modal(field(picker))))

    @pytest.mark.parametrize(
        ("dispatching", "config", "told"),
        [
            (True, {}, True),
            (True, {"trigger_actions_on": ["on_character_entered"]}, False),
            (True, {"trigger_actions_on": ["on_enter_pressed"]}, True),
            (False, {}, False),
        ],
    )
    def test_a_field_that_waits_for_enter_says_so(
        self, dispatching: bool, config: Json, told: bool
    ) -> None:
        text = {"type": "plain_text_input", "dispatch_action_config": config}
        shown = text_of(view(modal(field(text, dispatch_action=dispatching))))
        assert ("Press Enter to submit" in shown) == told

    def test_a_dialog_asks_and_offers_both_ways_out(self) -> None:
        confirm = {
            "title": plain("Delete it?"),
            "text": mrkdwn("Digest *3* of <#C1> ends."),
            "confirm": plain("Delete"),
            "deny": plain("Keep"),
            "style": "danger",
        }
        dialog = draw_dialog(confirm, people=PEOPLE, channels=CHANNELS, zone=SEOUL, now=NOW)
        assert text_of(dialog).splitlines() == [
            "╭─ Delete it? ─────────────────────────────────────────────╮",
            "│                                                          │",
            "│  Digest 3 of #cloud-ops ends.                            │",
            "│                                                          │",
            "│                                     [ Keep ] [ Delete ]  │",
            "│                                                          │",
            "╰──────────────────────────────────────────────────────────╯",
        ]
        calm = {name: held for name, held in confirm.items() if name != "style"}
        other = draw_dialog(calm, people=PEOPLE, channels=CHANNELS, zone=SEOUL, now=NOW)
        assert coloured(dialog) != coloured(other)

    def test_error_stands_under_its_field(self) -> None:
        number = field({"type": "number_input"})
        shown = text_of(view(modal(number), errors={"field": "Not a number"})).splitlines()
        assert shown[6].strip("│ ") == "Not a number"

    def test_home_has_no_buttons(self) -> None:
        shown = text_of(view({"type": "home", "blocks": [section("x")]}))
        assert shown.startswith("╭─ Home ─")
        assert "[" not in shown


class TestControls:
    def test_controls_are_numbered_in_reading_order(self) -> None:
        menu = {
            "type": "static_select",
            "action_id": "pick",
            "placeholder": plain("Colour"),
            "option_groups": [{"label": plain("All"), "options": [RED, BLUE]}],
            "initial_option": BLUE,
        }
        overflow = {"type": "overflow", "action_id": "more", "options": [RED, BLUE]}
        blocks = [
            section("no control"),
            section("x", block_id="row", accessory=button("Details", value="id-1")),
            {"type": "section", "text": mrkdwn("x"), "accessory": {"type": "image"}},
            actions(menu, button("Site", url="https://x"), overflow),
        ]
        found = controls({"blocks": blocks}, first=5)
        assert [(c.number, c.place, c.kind, c.label) for c in found] == [
            (5, (1, 0), "button", "Details"),
            (6, (3, 0), "select", "Colour"),
            (7, (3, 1), "button", "Site"),
            (8, (3, 2), "overflow", "More actions"),
        ]
        assert (found[0].block_id, found[0].action_id) == ("row", "press-Details")
        assert found[0].value == "id-1"
        assert (found[1].options, found[1].chosen) == ([RED, BLUE], ["b"])
        assert found[2].url == "https://x"

    def test_view_controls_end_with_its_buttons_from_left_to_right(self) -> None:
        text = field({"type": "plain_text_input", "initial_value": "web"}, "Name")
        found = controls(modal(text, submit=plain("Apply")))
        assert [(c.kind, c.label, c.value) for c in found] == [
            ("input", "Name", "web"),
            ("close", "Cancel", None),
            ("submit", "Apply", None),
        ]

    def test_modal_without_submit_has_only_its_close_button(self) -> None:
        assert [(c.kind, c.label) for c in controls(modal())] == [("close", "Close")]

    def test_home_has_only_the_controls_of_its_blocks(self) -> None:
        found = controls({"type": "home", "blocks": [actions(button("Go"), {"type": "new"})]})
        assert [c.label for c in found] == ["Go"]

    def test_nameless_control_is_called_by_its_type(self) -> None:
        (found,) = controls({"blocks": [actions({"type": "multi_external_select"})]})
        assert (found.kind, found.label) == ("multi_select", "multi_external_select")

    def test_people_and_channels_are_picked_by_name_and_dialogs_are_known(self) -> None:
        confirm = {"title": plain("Sure?")}
        elements = [
            {"type": "conversations_select"},
            {"type": "multi_users_select"},
            button("Delete", confirm=confirm),
        ]
        found = controls({"blocks": [actions(*elements)]})
        assert [c.kind for c in found] == ["pick", "multi_pick", "button"]
        assert [c.confirm for c in found] == [None, None, confirm]

    def test_numbers_stand_before_their_controls(self) -> None:
        blocks = [section("x", accessory=button("Details")), actions(button("a"), button("b"))]
        numbers = numbers_of(controls({"blocks": blocks}, first=9))
        shown = body_of(message(*blocks, numbers=numbers))
        assert shown[0].endswith(" 9·[ Details ]")
        assert shown[1] == "10·[ a ] 11·[ b ]"

    def test_numbers_stand_before_the_labels_of_fields_and_choices(self) -> None:
        boxes = {"type": "checkboxes", "options": [RED]}
        given = modal(
            field({"type": "plain_text_input"}, "Name"),
            section("x", accessory=boxes),
            submit=plain("Apply"),
        )
        shown = text_of(view(given, numbers=numbers_of(controls(given))))
        assert "│  1·Name " in shown
        assert "│  2· " in shown
        assert "3·[ Cancel ] 4·[ Apply ]" in shown


ANY_TEXT = st.text(st.characters(exclude_categories=()), min_size=1, max_size=30) | st.sampled_from(
    [
        "\x1b[2J",
        "\x9b31m",
        "a\x07b",
        "\u202egnp",
        "[red]x[/]",
        "<!date^9^{ago}|x>",
        "*a _b_*",
        "``````",
    ]
)
TEXTS = st.builds(plain, ANY_TEXT) | st.builds(mrkdwn, ANY_TEXT, verbatim=st.booleans())
PLAIN = st.builds(plain, ANY_TEXT, emoji=st.booleans())
OPTIONS = st.lists(st.builds(lambda t, v: {"text": t, "value": v}, PLAIN, ANY_TEXT), min_size=1)
BUTTONS = st.fixed_dictionaries({"type": st.just("button"), "text": PLAIN, "action_id": ANY_TEXT})
MENUS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["static_select", "multi_static_select", "overflow", "checkboxes", "radio_buttons"]
        ),
        "options": OPTIONS,
    },
    optional={"placeholder": PLAIN, "initial_options": OPTIONS},
)
ELEMENTS = BUTTONS | MENUS
FIELDS = st.fixed_dictionaries(
    {"type": st.just("plain_text_input")},
    optional={"initial_value": ANY_TEXT, "placeholder": PLAIN, "multiline": st.booleans()},
)
INLINE = st.one_of(
    st.builds(words, ANY_TEXT, bold=st.booleans(), code=st.booleans()),
    st.builds(lambda url: {"type": "link", "url": url}, ANY_TEXT),
    st.builds(lambda ident: {"type": "user", "user_id": ident}, ANY_TEXT),
    st.builds(lambda ident: {"type": "usergroup", "usergroup_id": ident}, ANY_TEXT),
    st.builds(lambda name: {"type": "emoji", "name": name}, ANY_TEXT),
    st.builds(
        lambda when, form: {"type": "date", "timestamp": when, "format": form, "fallback": form},
        st.integers(),
        ANY_TEXT,
    ),
)
RICH = st.one_of(
    st.builds(
        lambda kind, inline: {"type": kind, "elements": inline},
        st.sampled_from(["rich_text_section", "rich_text_quote", "rich_text_preformatted"]),
        st.lists(INLINE, max_size=4),
    ),
    st.builds(
        rich_list, ANY_TEXT, style=st.sampled_from(["bullet", "ordered"]), indent=st.integers(0, 8)
    ),
)
BLOCKS = st.one_of(
    st.fixed_dictionaries({"type": st.just("header"), "text": PLAIN}),
    st.fixed_dictionaries(
        {"type": st.just("section"), "text": TEXTS},
        optional={"fields": st.lists(TEXTS, max_size=5), "accessory": ELEMENTS},
    ),
    st.fixed_dictionaries({"type": st.just("context"), "elements": st.lists(TEXTS, max_size=3)}),
    st.fixed_dictionaries({"type": st.just("actions"), "elements": st.lists(ELEMENTS, max_size=5)}),
    st.just({"type": "divider"}),
    st.builds(lambda alt: {"type": "image", "alt_text": alt}, ANY_TEXT),
    st.builds(lambda elements: rich_text(*elements), st.lists(RICH, max_size=4)),
    st.fixed_dictionaries(
        {"type": st.just("input"), "label": PLAIN, "element": FIELDS | MENUS},
        optional={"hint": PLAIN},
    ),
    st.builds(lambda kind: {"type": kind}, ANY_TEXT),
)
TREES = st.lists(BLOCKS, max_size=5)
JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\n"


def only_printable(text: str) -> bool:
    return all(character.isprintable() or character in JOINERS for character in text)


class TestAnything:
    @settings(max_examples=60)
    @given(TREES)
    def test_no_data_reaches_the_terminal_as_control(self, blocks: list[Json]) -> None:
        given_view = modal(*blocks, submit=plain("Go"))
        drawings = [
            message(*blocks, numbers=numbers_of(controls({"blocks": blocks}))),
            view(given_view, numbers=numbers_of(controls(given_view))),
        ]
        for drawing in drawings:
            shown = text_of(drawing)
            assert only_printable(shown)
            assert all(cell_len(line) <= 80 for line in shown.splitlines())
            assert only_printable(re.sub(r"\x1b\[[\d;]*m", "", coloured(drawing)))

    @settings(max_examples=30)
    @given(TREES, st.sampled_from(["ascii", "cp949", "latin-1"]))
    def test_any_encoding_can_carry_a_drawing(self, blocks: list[Json], encoding: str) -> None:
        assert bytes_of(message(*blocks), encoding)

    def test_ascii_terminal_gets_stand_ins_of_the_same_width(self) -> None:
        menu = {"type": "static_select", "placeholder": plain("이름")}
        shown = bytes_of(message(actions(menu), {"type": "divider"}), "ascii").decode()
        assert shown.splitlines()[1].strip() == "[ ???? v ]"
        assert shown.splitlines()[2].strip() == "-" * 76
