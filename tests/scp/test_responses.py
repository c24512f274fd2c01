import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import errors
from bot.scp.quoting import MAX_QUOTE, quote_text
from bot.scp.responses import Reply, body_of, retry_after, server_skew

NOON = 1_767_268_800.0  # 2026-01-01 12:00:00 UTC
NOON_TEXT = "Thu, 01 Jan 2026 12:00:00 GMT"
HMAC = b'{"message":"HmacValidFail: signature mismatch","requestId":"r-1"}'
GATEWAY_404 = {
    "timestamp": "2026-01-01T12:00:00.000+00:00",
    "path": "/v1/pending-images",
    "status": 404,
    "error": "Not Found",
    "requestId": "6f3d5a1b-7",
}
GATEWAY_401 = {
    "status": "UNAUTHORIZED",
    "name": "Request was rejected by gateway",
    "message": "not subscribed",
}
PAGE = b"<!DOCTYPE html><html><body>Not found</body></html>"


def make(status: int, body: object = b"", *, at: float = NOON, **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, fields, content, at, ("ACCESSKEY", "SECRETKEY", "c2lnbmF0dXJl="))


def error_of(status: int, body: object = b"", *, at: float = NOON, **headers: str) -> Any:
    with pytest.raises(errors.ScpError) as caught:
        body_of(make(status, body, at=at, **headers))
    return caught.value


def problem(code: str = "X", detail: object = "why", **more: object) -> dict[str, object]:
    fields = {"code": code, "detail": detail, "title": "t", "request_id": "req-9", **more}
    return {"errors": [fields]}


def test_body_of_a_200_is_returned_as_it_is() -> None:
    assert body_of(make(200, b'{"images":[]}')) == b'{"images":[]}'


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, GATEWAY_404, errors.AuthHeadersMissing),
        (401, HMAC, errors.SignatureRefused),
        (401, GATEWAY_401, errors.NotEntitled),
        (401, {"message": "expired"}, errors.Unauthorized),
        (401, b"", errors.Unauthorized),
        (403, problem("Forbidden"), errors.Forbidden),
        (403, b"", errors.Forbidden),
        (400, problem("BadRequest"), errors.BadParameter),
        (404, problem("NotFound"), errors.NotFound),
        (404, {"errors": []}, errors.NotFound),
        (404, PAGE, errors.NotTheApi),
        (404, b"", errors.NotTheApi),
        (404, b"[1]", errors.NotTheApi),
        (200, PAGE, errors.NotTheApi),
        (403, PAGE, errors.NotTheApi),
        (401, b"<p>HmacValidFail</p>", errors.SignatureRefused),
        (302, b"", errors.NotTheApi),
        (500, problem("ContactAdminForAssistance"), errors.ServerFailed),
        (502, PAGE, errors.Unavailable),
        (503, b"", errors.Unavailable),
        (504, b"upstream timed out", errors.Unavailable),
        (429, PAGE, errors.RateLimited),
        (204, b"", errors.UnexpectedStatus),
        (418, {"message": "teapot"}, errors.UnexpectedStatus),
        (511, b"", errors.UnexpectedStatus),
    ],
)
def test_each_answer_is_its_own_error_with_a_remedy(
    status: int, body: object, expected: type[errors.ScpError]
) -> None:
    error = error_of(status, body)
    assert type(error) is expected
    assert str(error).endswith((".", ")", "…"))
    assert error.remedy.endswith(".")


def test_page_is_told_by_its_content_type_alone() -> None:
    assert type(error_of(200, b"hello", content_type="text/HTML; x")) is errors.NotTheApi


def test_redirect_names_where_to() -> None:
    error = error_of(301, b"", location="https://portal.example/login")
    assert "https://portal.example/login" in str(error)


def test_refused_signature_names_the_clock_that_is_behind() -> None:
    error = error_of(401, HMAC, at=NOON - 900, date=NOON_TEXT)
    assert error.skew_seconds == 900
    assert "900 s behind" in str(error)
    assert "clock" in error.remedy
    assert error.request_id == "r-1"


def test_refused_signature_names_the_clock_that_is_ahead() -> None:
    assert "61 s ahead of" in str(error_of(401, HMAC, at=NOON + 61, date=NOON_TEXT))


def test_refused_signature_with_a_right_clock_asks_for_the_keys() -> None:
    error = error_of(401, HMAC, at=NOON + 60, date=NOON_TEXT)
    assert "clock" not in str(error)
    assert "SCP_ACCESS_KEY and SCP_SECRET_KEY" in error.remedy
    assert "clock is right" in error.remedy


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Jan 2026 12:00:00 GMT"])
def test_refused_signature_without_a_date_asks_for_keys_and_clock(date: str) -> None:
    error = error_of(401, HMAC, date=date)
    assert error.skew_seconds is None
    assert "SCP_ACCESS_KEY" in error.remedy
    assert "clock" in error.remedy


def test_date_without_a_zone_is_utc() -> None:
    assert server_skew(make(200, date="Thu, 01 Jan 2026 12:00:05 -0000")) == 5


def test_forbidden_names_the_action_of_the_answer() -> None:
    body = problem(response={"action_name": "virtualserver:Other", "message": "m"})
    error = error_of(403, body)
    assert error.action == "virtualserver:Other"
    assert "virtualserver:Other" in error.remedy


@pytest.mark.parametrize("response", [None, [], {"action_name": 3}, {}])
def test_forbidden_names_the_listing_action_where_the_answer_names_none(response: object) -> None:
    error = error_of(403, problem(response=response))
    assert error.action == "virtualserver:ListPendingImages"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("잘못된 값입니다", "잘못된 값입니다"),
        (["one", "two"], "one; two"),
        ("['one', 'two']", "one; two"),
        ('["하나"]', "하나"),
        ("[not a list", "[not a list"),
        ("[" * 500, "[" * 299 + "…"),
        ("[" * 20_000, "[" * 299 + "…"),
        ([{"msg": "bad", "loc": ["q"]}, {"x": "y"}, 3, {"n": 1}], "bad; y"),
        ([], "t"),
        (None, "t"),
        (7, "t"),
    ],
)
def test_bad_parameter_tells_the_detail_in_all_its_shapes(detail: object, said: str) -> None:
    error = error_of(400, problem(detail=detail))
    assert str(error) == f"SCP refused a parameter: {said} (request req-9)"
    assert error.request_id == "req-9"


def test_detail_ends_in_one_full_stop() -> None:
    assert str(error_of(400, problem(detail="Wrong.", request_id=None))).endswith(": Wrong.")


def test_request_id_is_taken_wherever_it_is() -> None:
    body = problem(request_id=None, global_request_id="g-1")
    assert error_of(500, body).request_id == "g-1"
    assert error_of(404, GATEWAY_404).request_id == "6f3d5a1b-7"
    assert error_of(503).request_id is None


def test_odd_entries_of_errors_are_passed_over() -> None:
    assert "why" in str(error_of(400, {"errors": [None, 3, {"detail": "why"}]}))


def test_a_refused_parameter_may_be_a_filter_or_the_version() -> None:
    assert error_of(400, problem("BadRequest")).remedy == (
        "If you filtered by an image type or original image type, correct it; else the version of "
        "the API may be at an end (SCP_API_VERSION)."
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 429, 500, 503])
def test_no_error_repeats_a_secret_that_the_server_echoes(status: int) -> None:
    echo = "got ACCESSKEY signed c2lnbmF0dXJl= with SECRETKEY"
    for body in (
        problem(detail=echo, request_id=echo, response={"action_name": echo}),
        {"message": echo, "requestId": echo},
        echo.encode(),
        {"errors": [{"detail": f"['{echo}']"}]},
    ):
        error = error_of(status, body, location=echo)
        shown = f"{error!r} {error} {error.remedy} {error.request_id}"
        assert "ACCESSKEY" not in shown
        assert "SECRETKEY" not in shown
        assert "c2ln" not in shown


def test_rate_limit_tells_how_long_to_wait() -> None:
    assert "30 seconds" in error_of(429, retry_after="30").remedy
    assert "minute" in error_of(429).remedy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "Try again now."),
        ("1", "Try again in 1 second."),
        ("2", "Try again in 2 seconds."),
        ("Thu, 01 Jan 2026 12:00:01 GMT", "Try again in 1 second."),
        ("9" * 400, "Try again later; if it stays so"),
    ],
)
def test_rate_limit_says_the_wait_in_whole_seconds_for_people(text: str, said: str) -> None:
    assert error_of(429, at=NOON + 0.6, retry_after=text).remedy.startswith(said)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 2026 12:00:10 GMT", 10.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("٣", None),
        ("", None),
        ("1.5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after(make(429, retry_after=text)) == seconds


def test_retry_after_date_is_told_by_the_servers_clock() -> None:
    answer = make(429, at=NOON - 600, date=NOON_TEXT, retry_after="Thu, 01 Jan 2026 12:00:10 GMT")
    assert retry_after(answer) == 10


@given(st.integers(100, 599), st.binary(), st.text(), st.text(), st.text())
def test_any_answer_is_a_body_or_an_error(
    status: int, body: bytes, date: str, wait: str, kind: str
) -> None:
    answer = make(status, body, date=date, retry_after=wait, content_type=kind, location=date)
    shown = b""
    try:
        shown = body_of(answer)
    except errors.ScpError as error:
        shown = str(error).encode()[: 4 * MAX_QUOTE]
    assert shown or (status == 200 and not body)
    retry_after(answer)


FIELDS = st.sampled_from(
    ["errors", "detail", "code", "response", "action_name", "request_id", "message", "status"]
)
PROBLEMS = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=8,
)


@given(st.sampled_from([400, 401, 403, 404, 429, 500, 503]), PROBLEMS)
def test_any_json_of_a_refusal_is_an_error_without_control_characters(
    status: int, body: object
) -> None:
    error = error_of(status, body)
    assert str(error).isprintable()
    assert len(str(error)) < 2 * MAX_QUOTE


@given(st.text(st.characters()), st.text(min_size=1))
def test_quote_is_short_printable_and_without_the_secret(text: str, secret: str) -> None:
    quote = quote_text(f"{text}{secret}{text}", [secret, ""])
    assert len(quote) <= MAX_QUOTE
    assert not any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in quote)


def test_secret_cut_by_the_length_limit_does_not_show_its_beginning() -> None:
    assert "SECR" not in quote_text("x" * (MAX_QUOTE - 5) + "SECRETKEY", ["SECRETKEY"])


def test_longer_secret_goes_first_where_one_holds_another() -> None:
    assert quote_text("abcdef", ["abc", "abcdef"]) == "***"


@pytest.mark.parametrize("status", [302, 400, 401, 404, 418, 429, 500, 502, 503, 504])
def test_a_remedy_is_in_our_own_words_as_screen_readers_are_told_it(status: int) -> None:
    """But for a 403's, which names the action: ``bot.blocks.failures`` knows."""
    said = "\u2620 cloud"
    fields = {"detail": said, "request_id": said, "code": said, "message": said, "name": said}
    refused: dict[str, object] = {**fields, "response": {"action_name": said}}
    bodies: list[object] = [{"errors": [refused]}, refused, f"HmacValidFail {said}", said]
    for body in bodies:
        error = error_of(status, body, location=said, retry_after=said, date=said)
        assert said not in error.remedy
