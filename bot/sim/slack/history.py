"""conversations.history and .replies as documented, strict where a client may go wrong."""

import base64
import binascii
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from bot.sim.slack.chat import flag, message_json
from bot.sim.slack.state import BOT_USER_ID, Channel, Json, Message, microseconds
from bot.sim.slack.world import ApiError, World

_DEFAULT_LIMIT = 100
_MAX_REPLIES = 1000
_MAX_LIMIT = 999  # "Maximum of 999" on the method's page; pagination's says 1,000
_TS = re.compile(r"\d{1,12}(\.\d{1,6})?")
_CURSOR = re.compile(r"next_ts:(\d+)")


@dataclass(frozen=True)
class _Range:
    """Which messages are asked for, in microseconds, both ends included."""

    oldest: int
    latest: int


def conversations_history(world: World, arguments: Json) -> Json:
    """conversations.history: newest first, without ephemerals and replies."""
    channel = _readable(world, arguments)
    limit = min(_limit(arguments), world.history_page or _MAX_LIMIT)
    found = _between(world, channel, _asked(arguments))
    page = found[: -limit - 1 : -1]
    metadata = flag(arguments.get("include_all_metadata"), default=False)
    answer: Json = {
        "messages": [_shown(world, message, metadata=metadata) for message in page],
        "has_more": len(found) > limit,
        "pin_count": 0,
    }
    if len(found) > limit:
        # Cursors name the next message, so that new ones do not shift the pages.
        answer["response_metadata"] = {"next_cursor": _cursor(found[-limit - 1])}
    return answer | {name: arguments[name] for name in ("latest", "oldest") if arguments.get(name)}


def conversations_replies(world: World, arguments: Json) -> Json:
    """conversations.replies: the message that began a thread, on each page, and its answers.

    Oldest first. Of the ``ts`` of an answer, or of a message without any, that one alone.
    """
    channel = _readable(world, arguments)
    root = world.workspace.find(channel.id, str(arguments.get("ts")), deleted=True)
    replies = [] if root is None else world.workspace.replies_to(channel.id, root.ts)
    if root is None or root.ephemeral or (root.deleted and not replies):
        raise ApiError("thread_not_found")
    asked, after = _asked_range(arguments), _after(arguments.get("cursor"), 0)
    found = [one for one in replies if max(asked.oldest, after) <= _moment(one) <= asked.latest]
    limit = min(_limit(arguments, _MAX_REPLIES, _MAX_REPLIES), world.history_page or _MAX_REPLIES)
    metadata = flag(arguments.get("include_all_metadata"), default=False)
    answer: Json = {
        "messages": [_shown(world, one, metadata=metadata) for one in [root, *found[:limit]]],
        "has_more": len(found) > limit,
    }
    if len(found) > limit:
        answer["response_metadata"] = {"next_cursor": _cursor(found[limit])}
    return answer


def _readable(world: World, arguments: Json) -> Channel:
    channel = world.visible_channel(arguments)
    world.need(f"{channel.kind}:history")
    if BOT_USER_ID not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _between(world: World, channel: Channel, asked: _Range) -> list[Message]:
    posts = world.workspace.posts_in(channel.id)
    first = bisect_left(posts, asked.oldest, key=_moment)
    last = bisect_right(posts, asked.latest, key=_moment)
    return [
        message
        for message in posts[first:last]
        if not (message.deleted or message.ephemeral)
        and (message.broadcast or not message.is_reply)
    ]


def _asked(arguments: Json) -> _Range:
    asked = _asked_range(arguments)
    cursor = arguments.get("cursor")
    return _Range(asked.oldest, min(asked.latest, _after(cursor, asked.latest)))


def _asked_range(arguments: Json) -> _Range:
    inclusive = flag(arguments.get("inclusive"), default=False)
    oldest = _ts(arguments, "oldest", "0") + (not inclusive)
    latest = _ts(arguments, "latest", "999999999999") - (not inclusive)
    return _Range(oldest, latest)


def _limit(arguments: Json, default: int = _DEFAULT_LIMIT, most: int = _MAX_LIMIT) -> int:
    given = str(arguments.get("limit", default))
    if not given.isdecimal() or not 1 <= int(given) <= most:
        raise ApiError("invalid_limit")
    return int(given)


def _ts(arguments: Json, name: str, default: str) -> int:
    found = _TS.fullmatch(str(arguments.get(name) or default))
    if found is None:
        raise ApiError(f"invalid_ts_{name}")
    return microseconds(found[0])


def _moment(message: Message) -> int:
    return microseconds(message.ts)


def _cursor(message: Message) -> str:
    return base64.b64encode(f"next_ts:{_moment(message)}".encode()).decode()


def _after(cursor: object, default: int) -> int:
    if not cursor:
        return default
    try:
        text = base64.b64decode(str(cursor), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError("invalid_cursor") from None
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ApiError("invalid_cursor")
    return int(found[1])


def _shown(world: World, message: Message, *, metadata: bool) -> Json:
    shown = message_json(message)
    replies = world.workspace.replies_to(message.channel_id, message.ts)
    if replies:
        shown |= {"thread_ts": message.ts, "reply_count": len(replies)}
        shown["latest_reply"] = replies[-1].ts
    if message.deleted:
        shown |= {"subtype": "tombstone", "text": "This message was deleted.", "blocks": []}
    if not metadata:
        shown.pop("metadata", None)
    return shown
