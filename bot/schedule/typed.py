"""Schedules as they are typed: text -> draft -> text.

::

    09:00,17:30 [days] [Zone/Name] [only-changes] [skip:KR] [mention:U0123456789,S0123456789]
    [mention-after:3d] [grace:4h] [if-unsure:never-twice] [query]

Times, days and time zone come before the query, in any order; the others stand anywhere. What is
in quotes is always the query's; what only looks like a day or a time zone needs them there. To take
something away: ``only-changes:no``, ``skip:none``, ``mention:none``, ``mention-after:none``,
``query:none``.
"""

from typing import Any

import msgspec

from bot.errors import QueryError, ScheduleError
from bot.query import Query, format_query, parse_query
from bot.query.canonical import quote
from bot.schedule import pieces
from bot.schedule.pieces import Piece
from bot.schedule.values import Draft, Timetable
from bot.schedule.words import NotUnderstood, days_text, parse_days, span_text, times_text

_IF_QUERY = "If it is something to look for, put it in quotes."


def parse_add(text: str, *, channel: str, timezone: str) -> Draft:
    """Return the schedule that was typed; weekdays in ``timezone`` unless it says other.

    Raises ``ScheduleError`` with the nearest that is right.
    """
    given = _read(text)
    if "times" not in given:
        for item in pieces.items(text):
            if piece := pieces.time_meant(item):
                _understood(piece, item)
        raise ScheduleError(
            "There is no time of day.",
            'Write at least one, as in "09:00 weekdays Asia/Seoul type:custom".',
            field="times",
        )
    usual = {"days": parse_days("weekdays"), "timezone": timezone}
    when = usual | {name: given.pop(name) for name in _TIMETABLE if name in given}
    return Draft(channel=channel, timetable=Timetable(**when), **given)


def parse_edit(text: str, draft: Draft) -> Draft:
    """Return the draft with what was typed in place of what it had; all the rest stays.

    Raises ``ScheduleError`` with the nearest that is right.
    """
    given = _read(text)
    when = {name: given.pop(name) for name in _TIMETABLE if name in given}
    timetable = msgspec.structs.replace(draft.timetable, **when)
    return msgspec.structs.replace(draft, timetable=timetable, **given)


def parse_digest_query(text: str) -> Query:
    """Return the query that the text means, if a digest can ask it.

    Raises ``QueryError`` else.
    """
    query = parse_query(text)
    check_digest_query(query)
    return query


def check_digest_query(query: Query) -> None:
    """Raise ``QueryError`` for a query that no digest can ask."""
    if query.mentions_me:
        raise QueryError(
            'A digest is for everybody, so that "claimed:me" would be nobody.',
            "Write a member's id such as claimed:U0123456789, or claimed:any or claimed:none.",
        )


def format_draft(draft: Draft) -> str:
    """Return the text that ``parse_add`` reads as the draft, in any channel; spans in minutes."""
    when = draft.timetable
    days = days_text(when.days).replace(" ", "")
    parts = [times_text(when.times).replace(" ", ""), days, when.timezone]
    if draft.only_changes:
        parts.append("only-changes")
    if when.holidays is not None:
        parts.append(f"skip:{when.holidays}")
    if draft.mentions:
        parts.append(f"mention:{','.join(draft.mentions)}")
    if draft.mention_after:
        parts.append(f"mention-after:{span_text(draft.mention_after)}")
    if draft.grace != _DEFAULT_GRACE:
        parts.append(f"grace:{span_text(draft.grace)}")
    if draft.if_unsure == "never_twice":
        parts.append("if-unsure:never-twice")
    return " ".join([*parts, *map(_as_query, pieces.items(format_query(draft.query)))])


def _as_query(item: str) -> str:
    """Return an item of a query so that it is read as nothing else."""
    meant = pieces.option(item) or pieces.leading(item) or pieces.is_separator(item)
    return quote(item) if meant or pieces.option_meant(item) else item


def _read(text: str) -> dict[str, Any]:
    """Return the fields of a draft and its timetable that the text gives."""
    given: dict[str, Any] = {}
    beginning: dict[Piece, list[str]] = {}
    query: list[str] = []
    for item in pieces.items(text):
        if option := pieces.option(item):
            piece, value = option
            if piece.field in given:
                raise ScheduleError(
                    f'"{item}" is the second of its kind.', "Keep one.", field=piece.field
                )
            given[piece.field] = _understood(piece, value)
        elif not query and (leading := pieces.leading(item)):
            piece, value = leading
            beginning.setdefault(piece, []).append(value)
        elif query or not pieces.is_separator(item):
            _check_meant(item)
            query.append(item)
    given |= {
        piece.field: _understood(piece, _joined(piece, words), ambiguous=piece.field != "times")
        for piece, words in beginning.items()
    }
    return given | _query_given(query, cleared="query" in given)


def _joined(piece: Piece, words: list[str]) -> str:
    return (" " if piece.field == "times" else ",").join(words)  # as in "9:00 pm"


def _understood(piece: Piece, text: str, *, ambiguous: bool = False) -> Any:
    """Read a piece; an ambiguous one may have been meant as a word to look for."""
    try:
        return piece.read(text)
    except NotUnderstood as error:
        remedy = f"{error.remedy} {_IF_QUERY}" if ambiguous else error.remedy
        raise ScheduleError(
            error.what, remedy, field=piece.field, suggestion=error.suggestion
        ) from error


def _check_meant(item: str) -> None:
    """Raise ``ScheduleError`` for an item of the query that must have been meant otherwise."""
    if pieces.is_late_time(item):
        what = f'The time "{item}" stands behind the query.'
        raise ScheduleError(what, "Write all times first: 09:00,17:30.", field="times")
    if pieces.is_dash(item):
        remedy = "Write a range of days without blanks: mon-fri."
        raise ScheduleError("A dash stands alone.", remedy, field="days")
    if pieces.is_late_day(item):
        remedy = f"Write weekdays, daily or weekend, before the query. {_IF_QUERY}"
        raise ScheduleError(f'"{item}" is not a day.', remedy, field="days")
    if meant := pieces.option_meant(item):
        piece, suggestion = meant
        raise ScheduleError(
            f'I do not know "{item}".',
            f'Did you mean "{suggestion}"? {_IF_QUERY}',
            field=piece.field,
            suggestion=suggestion,
        )


def _query_given(items: list[str], *, cleared: bool) -> dict[str, Query]:
    if not items:
        return {}
    if cleared:
        what = f'"query:none" and "{items[0]}" do not go together.'
        raise ScheduleError(what, "Keep one of them.", field="query")
    try:
        return {"query": parse_digest_query(" ".join(items))}
    except QueryError as error:
        raise ScheduleError(
            str(error), error.remedy, field="query", suggestion=error.suggestion
        ) from error


_TIMETABLE = ("times", "days", "timezone", "holidays")
_DEFAULT_GRACE = next(f.default for f in msgspec.structs.fields(Draft) if f.name == "grace")
