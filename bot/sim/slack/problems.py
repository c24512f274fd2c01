"""What is wrong with a payload, and where: the lines of Slack's ``response_metadata.messages``."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing Slack would refuse; ``pointer`` is its JSON pointer."""

    pointer: str
    what: str

    def __str__(self) -> str:
        """Write it as Slack writes it."""
        return f"[ERROR] {self.what} [json-pointer:{self.pointer}]"


def as_object(value: object) -> dict[str, object]:
    """Return the value if it is a JSON object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Return the value if it is a JSON array, an empty one otherwise."""
    return value if isinstance(value, list) else []


def type_of(value: object) -> str:
    """Return the ``type`` of a JSON object, "" without one."""
    kind = as_object(value).get("type")
    return kind if isinstance(kind, str) else ""


def length_of(text: str) -> int:
    """Count UTF-16 units: Slack says "characters", and this is the stricter reading of it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def text_of(value: object) -> str | None:
    """Return a string, or the string within a text object; None if it is neither."""
    inner = as_object(value).get("text", value)
    return inner if isinstance(inner, str) else None
