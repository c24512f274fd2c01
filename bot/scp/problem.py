"""What the body of a refusal says, in any of the shapes of ``scp/facts.md`` ("Errors"). Pure."""

import ast
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from bot.scp.quoting import quote_text

_MAX_PRINTED_LIST = 10_000
"""Characters of a list printed in a string that are worth parsing."""
MAX_ID = 100
"""Characters of a request's id, or an action's name."""
_NEXT_BEST = ("message", "title", "error", "code")
_REJECTED = "Request was rejected by gateway"


class Problem(msgspec.Struct, frozen=True):
    """A refusal, as far as it can be read. All texts are fit to be quoted."""

    said: str = ""
    """The reason in the server's words, perhaps Korean; empty where it gave none."""
    request_id: str | None = None
    action: str = ""
    """The IAM action that was refused."""
    is_object: bool = False
    """The body is a JSON object."""
    has_errors: bool = False
    """It has ``errors``, as every answer from behind the gateway."""
    by_gateway: bool = False
    """The gateway rejected an account that is not entitled."""


def read_problem(body: bytes, secrets: Sequence[str] = ()) -> Problem:
    """Return what the body says; never fails."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        document = None
    if not isinstance(document, dict):
        text = body.decode("utf-8", "replace")
        return Problem(said="" if text.lstrip().startswith("<") else quote_text(text, secrets))
    errors = document.get("errors")
    first = _first_object(errors) if isinstance(errors, list) else {}
    response = first.get("response")
    action = response.get("action_name") if isinstance(response, dict) else None
    request_id = _first_text(
        first.get("request_id"), first.get("global_request_id"), document.get("requestId")
    )
    said = "; ".join(_reasons(first)) or "; ".join(_reasons(document))
    return Problem(
        said=quote_text(said, secrets),
        request_id=quote_text(request_id, secrets)[:MAX_ID] or None,
        action=quote_text(action, secrets)[:MAX_ID] if isinstance(action, str) else "",
        is_object=True,
        has_errors=isinstance(errors, list),
        by_gateway=document.get("name") == _REJECTED or document.get("status") == "UNAUTHORIZED",
    )


def _first_object(values: list[Any]) -> dict[str, Any]:
    return next((value for value in values if isinstance(value, dict)), {})


def _first_text(*values: object) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")


def _reasons(problem: dict[str, Any]) -> list[str]:
    """Return the most telling texts: ``detail`` in its three shapes, else the next best field."""
    reasons = list(filter(None, _texts(_unprinted(problem.get("detail")))))
    return reasons or list(filter(None, [_first_text(*map(problem.get, _NEXT_BEST))]))


def _unprinted(detail: object) -> object:
    """Return the list that a string holds in print (``"['a', 'b']"``), or the value as it is."""
    if not (isinstance(detail, str) and detail[:1] == "[" and len(detail) <= _MAX_PRINTED_LIST):
        return detail
    try:
        return ast.literal_eval(detail)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return detail


def _texts(detail: object) -> Iterator[str]:
    if isinstance(detail, str):
        yield detail
    elif isinstance(detail, dict):
        yield _first_text(detail.get("msg"), detail.get("message"), *detail.values())
    elif isinstance(detail, list):
        for item in detail:
            if isinstance(item, str | dict):
                yield from _texts(item)
