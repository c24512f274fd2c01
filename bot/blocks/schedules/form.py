"""The form of a digest: its inputs, filled with a draft."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time

from bot.blocks.ids import SCHEDULE_COUNTRY, SCHEDULE_QUERY, SCHEDULE_ZONE
from bot.blocks.inputs import input_block, text_element
from bot.blocks.limits import OPTION_TEXT_MAX, PLACEHOLDER_MAX
from bot.blocks.message import Block, View, divider, mrkdwn, option, plain, section
from bot.blocks.schedule_words import USER_ID, span_words
from bot.blocks.schedules.menus import country_option, group_options, zone_option
from bot.blocks.schedules.modal import FormMetadata, form_modal
from bot.query import MAX_QUERY_LENGTH, Query, format_query
from bot.schedule import HOUR, MAX_MENTIONS, Draft, Timetable, span_text, times_text

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_GRACES = (HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR)
_TYPED_MAX = 200
_ONLY_CHANGES = "Stay silent where nothing has changed"
_UNSURE = {
    "never_lost": ("Never lost: post it", "It is posted again, so that it may be there twice."),
    "never_twice": (
        "Never twice: leave it",
        "It is not posted again, so that it may be missing once.",
    ),
}
"""What may be wanted if_unsure: its name, and what it means."""
_BY_TEXT = (
    "type them by id, which Slack shows in a group's profile: mention:S0123456789 after "
    "/pending-images digest add or edit"
)


def new_draft(channel_id: str, timezone: str, query: Query) -> Draft:
    """Return what the form of a new digest starts with."""
    timetable = Timetable((time(9),), frozenset(range(5)), timezone)
    return Draft(channel=channel_id, timetable=timetable, query=query)


def form_view(
    metadata: FormMetadata,
    draft: Draft,
    groups: Mapping[str, str] | None,
    check: Block,
    now: datetime,
) -> View:
    """Return the form, filled with a draft.

    ``groups`` are the names of the workspace's user groups by id, None where the bot may not
    know them; ``check`` is the line under the query (``query_check``).
    """
    users = [mention for mention in draft.mentions if USER_ID.fullmatch(mention)]
    chosen = [mention for mention in draft.mentions if mention not in users]
    blocks = [
        _channel_input(draft.channel),
        *_when_inputs(draft.timetable, now),
        _query_input(draft.query),
        check,
        _only_changes_input(draft.only_changes),
        divider(),
        _people_input(users),
        *_groups_input(chosen, groups),
        _mention_after_input(draft.mention_after),
        divider(),
        _grace_input(draft.grace),
        _unsure_input(draft.if_unsure),
    ]
    return form_modal(metadata, blocks)


def _channel_input(channel_id: str) -> Block:
    include = ["public", "private", "mpim"]
    if channel_id.startswith("D"):  # a menu may start with what it offers only
        include.append("im")
    element: Block = {
        "type": "conversations_select",
        "action_id": "schedule.channel",
        "placeholder": plain("Choose a channel", PLACEHOLDER_MAX),
        "initial_conversation": channel_id,
        "filter": {"include": include},
    }
    hint = "The bot must be a member there: invite it with /invite."
    return input_block("channel", "Channel", element, hint, optional=False)


def _when_inputs(timetable: Timetable, now: datetime) -> list[Block]:
    times = text_element("schedule.times", times_text(timetable.times), "09:00, 17:30", _TYPED_MAX)
    days = [option(name, str(number)) for number, name in enumerate(_DAYS)]
    chosen_days: Block = {
        "type": "checkboxes",
        "action_id": "schedule.days",
        "options": days,
        "initial_options": [days[number] for number in sorted(timetable.days)],
    }
    zones = _searched(
        SCHEDULE_ZONE, "Type a city, a region or an offset", zone_option(timetable.timezone, now), 1
    )
    lands = _searched(SCHEDULE_COUNTRY, "Type a country", country_option(timetable.holidays), 0)
    several = "Several with commas, in whole minutes, by the clocks of the time zone below."
    return [
        input_block("times", "Time or times of day", times, several, optional=False),
        input_block("days", "Days", chosen_days, optional=False),
        input_block("timezone", "Time zone", zones, optional=False),
        input_block("holidays", "Leave out the public holidays of", lands),
    ]


def _searched(action_id: str, placeholder: str, initial: Block, least: int) -> Block:
    return {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, PLACEHOLDER_MAX),
        "initial_option": initial,
        "min_query_length": least,
    }


def _query_input(query: Query) -> Block:
    element = text_element(
        SCHEDULE_QUERY, format_query(query), "type:custom waiting:>3d", MAX_QUERY_LENGTH
    )
    element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
    hint = "Which images it tells of, as typed after /pending-images. Empty: all of them."
    return input_block("query", "Query", element, hint) | {"dispatch_action": True}


def _only_changes_input(only_changes: bool) -> Block:
    why = "Once a week it says all the same that it is still watching."
    silent = option(_ONLY_CHANGES, "only_changes") | {"description": plain(why, OPTION_TEXT_MAX)}
    element: Block = {
        "type": "checkboxes",
        "action_id": "schedule.only_changes",
        "options": [silent],
    }
    if only_changes:
        element["initial_options"] = [silent]
    return input_block("only_changes", "Only when something changed", element)


def _people_input(users: Sequence[str]) -> Block:
    element: Block = {
        "type": "multi_users_select",
        "action_id": "schedule.mentions",
        "placeholder": plain("Nobody", PLACEHOLDER_MAX),
        "max_selected_items": MAX_MENTIONS,
    }
    if users:
        element["initial_users"] = list(users)
    return input_block("mentions", "People to mention", element)


def _groups_input(chosen: Sequence[str], groups: Mapping[str, str] | None) -> list[Block]:
    """Return the menu of user groups, or a line that says why there is none."""
    options, rest = group_options(chosen, groups or {})
    hint = f"{rest:,} more cannot be offered here; {_BY_TEXT}." if rest else ""
    if groups is None:
        hint = (
            "The workspace's user groups are not known: the app lacks usergroups:read, or Slack "
            f"did not answer; {_BY_TEXT}."
        )
    if not options:
        return [section(mrkdwn(hint), block_id="groups_hint")] if hint else []
    element: Block = {
        "type": "multi_static_select",
        "action_id": "schedule.groups",
        "placeholder": plain("None", PLACEHOLDER_MAX),
        "max_selected_items": MAX_MENTIONS,
        "options": options,
    }
    if chosen:
        element["initial_options"] = options[: len(chosen)]
    return [input_block("groups", "User groups to mention", element, hint)]


def _mention_after_input(seconds: int) -> Block:
    value = span_text(seconds) if seconds else ""
    element = text_element("schedule.mention_after", value, "3d", _TYPED_MAX)
    hint = (
        "Such as 12h, 3d or 1w since the bot first saw an image: they are mentioned only where one "
        "has waited so long. Empty: with every digest."
    )
    return input_block("mention_after", "Mention them from which waiting time on", element, hint)


def _grace_input(grace: int) -> Block:
    options = {
        seconds: option(f"Up to {span_words(seconds)} late", span_text(seconds))
        for seconds in sorted({*_GRACES, grace})
    }
    element: Block = {
        "type": "static_select",
        "action_id": "schedule.grace",
        "options": list(options.values()),
        "initial_option": options[grace],
    }
    hint = "After a downtime the last digest missed is still posted, marked as late."
    return input_block("grace", "Post it late", element, hint, optional=False)


def _unsure_input(if_unsure: str) -> Block:
    options = {
        value: option(name, value) | {"description": plain(meaning, OPTION_TEXT_MAX)}
        for value, (name, meaning) in _UNSURE.items()
    }
    element: Block = {
        "type": "radio_buttons",
        "action_id": "schedule.if_unsure",
        "options": list(options.values()),
        "initial_option": options[if_unsure],
    }
    label = "If the bot was interrupted and cannot look in the channel whether it is there"
    return input_block("if_unsure", label, element, optional=False)
