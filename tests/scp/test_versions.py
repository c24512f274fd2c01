import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.images import API_VERSIONS
from bot.scp.versions import ApiVersion, ListedVersion, choose, parse_versions, warning

TODAY = date(2026, 6, 1)


def listed(*entries: tuple[str, str]) -> list[ListedVersion]:
    return [ListedVersion(version, status, None) for version, status in entries]


def test_newest_current_or_supported_version_is_chosen() -> None:
    chosen = choose(listed(("1.0", "SUPPORTED"), ("1.2", "SUPPORTED"), ("1.1", "CURRENT")))
    assert (chosen.version, chosen.status, chosen.source) == ("1.2", "SUPPORTED", "negotiated")


def test_planned_and_unknown_versions_are_not_chosen() -> None:
    versions = listed(
        ("1.3", "PLANNED"), ("1.4", "CURRENT"), ("1.10", "CURRENT"), ("1.0", "CURRENT")
    )
    assert choose(versions).version == "1.0"


def test_deprecated_version_is_chosen_where_nothing_better_is_listed() -> None:
    chosen = choose(listed(("1.1", "DEPRECATED"), ("1.0", "DEPRECATED"), ("1.3", "PLANNED")))
    assert (chosen.version, chosen.status) == ("1.1", "DEPRECATED")
    assert choose(listed(("1.1", "DEPRECATED"), ("1.0", "SUPPORTED"))).version == "1.0"


@pytest.mark.parametrize("entries", [(), (("1.4", "CURRENT"),), (("1.0", "RETIRED"),)])
def test_without_a_version_we_may_call_1_0_is_assumed(entries: tuple[tuple[str, str], ...]) -> None:
    assert choose(listed(*entries)) == ApiVersion("1.0", "assumed")


def test_documented_list_is_read() -> None:
    body = (
        b'{"versions":[{"id":"v1.0","links":[{"href":"...","rel":"self"}],'
        b'"not_before":"2026-02-23","status":"CURRENT"}]}'
    )
    assert parse_versions(body) == [ListedVersion("1.0", "CURRENT", date(2026, 2, 23))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (None, None),
        (20260223, None),
        ("soon", None),
        ("20260223", date(2026, 2, 23)),
        ("2026-02-23T00:00:00Z", date(2026, 2, 23)),
    ],
)
def test_date_may_be_empty_absent_or_odd(text: object, expected: date | None) -> None:
    body = json.dumps({"versions": [{"id": " V1.0", "status": "current", "not_before": text}]})
    assert parse_versions(body.encode()) == [ListedVersion("1.0", "CURRENT", expected)]
    assert parse_versions(b'{"versions":[{}]}') == [ListedVersion("", "", None)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"null",
        b'{"versions":null}',
        b'{"versions":{"id":"v1.0"}}',
        b'{"versions":[null,1,"v1.0",[]]}',
        b"[" * 100_000,
        b'{"versions":["\xff"]}',
    ],
)
def test_body_of_another_shape_lists_nothing(body: bytes) -> None:
    assert parse_versions(body) == []


@given(st.binary())
def test_any_body_is_tolerated(body: bytes) -> None:
    assert choose(parse_versions(body)).version in API_VERSIONS


@pytest.mark.parametrize(
    ("status", "until", "expected"),
    [
        ("CURRENT", None, None),
        ("SUPPORTED", date(2026, 8, 30), None),
        ("SUPPORTED", date(2026, 8, 29), "only until 2026-08-29"),
        ("SUPPORTED", date(2026, 6, 1), "only until 2026-06-01"),
        ("CURRENT", date(2026, 5, 31), "ended on 2026-05-31"),
        ("DEPRECATED", None, "deprecated"),
        ("DEPRECATED", date(2026, 9, 1), "deprecated"),
    ],
)
def test_end_of_a_version_is_warned_of(
    status: str, until: date | None, expected: str | None
) -> None:
    text = warning(ApiVersion("1.1", "negotiated", status, until), TODAY)
    assert (text is None) if expected is None else (text is not None and expected in text)
