"""The long menus of a digest's form: time zones, countries, user groups."""

import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib import resources

from bot.blocks.limits import OPTIONS_MAX
from bot.blocks.message import Block, option
from bot.query import folded
from bot.schedule import countries, country_name, parse_country

NO_COUNTRY = "none"
"""The value of the option that skips no holidays; Slack's menus cannot be emptied again."""

_NOT_OFFERED = re.compile(r"Factory|localtime|posixrules|(Etc/)?GMT[-+]?\d+")
"""In the database, but nobody's time zone; ``Etc/GMT+9`` is nine hours *behind* UTC."""


def zone_options(typed: str, now: datetime) -> Block:
    """Return the answer to Slack asking which time zones fit the text typed so far.

    Every word of it must begin a part of a zone's name, its country, offset or abbreviation:
    ``seoul``, ``us east``, ``korea``, ``utc+9``, ``+05:30``, ``kst``.
    """
    wanted, country = folded(typed).replace("_", " ").split(), _country_meant(typed)
    found = []
    for name, zone in _zones():
        known = _known_as(name, zone, now)
        here = country is not None and _zone_countries().get(name) == country
        if here or _is_meant(wanted, known):
            found.append(((not here, *_rank(wanted, name, known)), name, zone))
    found.sort(key=lambda entry: entry[:2])
    return {"options": [_zone_option(name, zone, now) for _, name, zone in found[:OPTIONS_MAX]]}


def zone_option(timezone: str, now: datetime) -> Block:
    """Return the option of one time zone, with its present offset."""
    return _zone_option(timezone, zoneinfo.ZoneInfo(timezone), now)


def country_options(typed: str) -> Block:
    """Return the answer to Slack asking which countries fit the text typed so far."""
    wanted, meant = folded(typed.strip()), _country_meant(typed)
    found = [
        country_option(code)
        for code, name in countries()
        if wanted in folded(name) or code == meant
    ]
    anyway = [] if wanted else [country_option(None)]
    return {"options": [*anyway, *found][:OPTIONS_MAX]}


def country_option(code: str | None) -> Block:
    """Return the option of one country, or of none."""
    if code is None:
        return option("None: post on holidays too", NO_COUNTRY)
    return option(f"{country_name(code)} ({code})", code)


def group_options(chosen: Sequence[str], groups: Mapping[str, str]) -> tuple[list[Block], int]:
    """Return the options of user groups, the chosen ones first, and how many did not fit.

    ``groups`` are their names by id. A chosen one that is not among them goes by its id.
    """
    others = sorted(groups.keys() - set(chosen), key=lambda group: folded(groups[group]))
    ordered = [*chosen, *others]
    shown = ordered[:OPTIONS_MAX]
    return [option(groups.get(group, group), group) for group in shown], len(ordered) - len(shown)


def _country_meant(typed: str) -> str | None:
    """Return the country that goes by just this name or code."""
    try:
        return parse_country(typed)
    except ValueError:
        return None


@cache  # reading them takes a fifth of a second; zoneinfo keeps eight
def _zones() -> Sequence[tuple[str, zoneinfo.ZoneInfo]]:
    names = sorted(zoneinfo.available_timezones())
    return [(name, zoneinfo.ZoneInfo(name)) for name in names if not _NOT_OFFERED.fullmatch(name)]


@cache
def _zone_countries() -> Mapping[str, str]:
    """Return the code of each zone's country; of zones that lie in one, by their present names."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


def _rank(wanted: Sequence[str], name: str, known: Sequence[str]) -> tuple[bool, bool, bool]:
    """Return a zone's place.

    First come those with a part that is what is wanted and not merely begins so, then those whose
    city begins so; old names without an area come last.
    """
    _, slash, city = name.rpartition("/")
    begun = folded(city).startswith(tuple(wanted))
    return not any(word in known for word in wanted), not begun, not slash


def _is_meant(wanted: Iterable[str], known: Sequence[str]) -> bool:
    return all(any(name.startswith(word) for name in known) for word in wanted)


def _known_as(name: str, zone: zoneinfo.ZoneInfo, now: datetime) -> list[str]:
    """Return what a zone goes by, folded: name, parts of it, country, offset, abbreviation."""
    offset = _offset_text(zone, now)
    short = f"{offset[0]}{int(offset[1:3])}{offset[3:].removesuffix(':00')}"
    offsets = [f"{utc}{text}" for text in (offset, short) for utc in ("utc", "gmt", "")]
    parts = re.split("[/_-]", name)
    code = _zone_countries().get(name)
    country = country_name(code).split() if code else []
    shorts = (now.astimezone(zone).tzname() or "",)
    return [folded(text) for text in (name, *parts, *country, *offsets, *shorts)]


def _zone_option(name: str, zone: zoneinfo.ZoneInfo, now: datetime) -> Block:
    return option(f"{name} (UTC{_offset_text(zone, now)})", name)


def _offset_text(zone: zoneinfo.ZoneInfo, now: datetime) -> str:
    """Return the present offset to the minute, such as ``+09:00``."""
    minutes = (now.astimezone(zone).utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
