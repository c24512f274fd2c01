"""The chat.* methods."""

import re

from bot.sim.slack.limits import MAX_UPDATE_TEXT, message_problems, text_total
from bot.sim.slack.problems import length_of
from bot.sim.slack.state import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    Json,
    Message,
    StoredFile,
    microseconds,
    with_ids,
)
from bot.sim.slack.world import ApiError, World, refuse

_MAX_TEXT = 40_000
_MAX_ATTACHMENTS = 100
_THREAD_TS = re.compile(r"\d{1,12}\.\d{6}")


def post_message(world: World, arguments: Json) -> Json:
    """chat.postMessage: to a channel, or to a user id, which opens the direct message."""
    world.need("chat:write")
    channel = _writable(world, arguments.get("channel"))
    content = _content(world, arguments, "chat.postMessage")
    thread_ts = thread_of(world, channel, arguments)
    message = Message(
        ts=world.workspace.next_ts(),
        channel_id=channel.id,
        author=BOT_USER_ID,
        thread_ts=thread_ts,
        broadcast=thread_ts is not None and flag(arguments.get("reply_broadcast"), default=False),
        metadata=_metadata(arguments),
        unfurl_links=flag(arguments.get("unfurl_links"), default=True),
        unfurl_media=flag(arguments.get("unfurl_media"), default=True),
        **content,
    )
    world.workspace.add(message)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(message)}


def post_ephemeral(world: World, arguments: Json) -> Json:
    """chat.postEphemeral: to one member of a channel that the bot is in."""
    world.need("chat:write")
    channel = _writable(world, arguments.get("channel"))
    user_id = str(arguments.get("user"))
    if user_id not in channel.members:
        raise ApiError("user_not_in_channel")
    content = _content(world, arguments, "chat.postEphemeral")
    ts = world.workspace.next_ts()
    thread_ts = arguments.get("thread_ts")
    world.workspace.add(
        Message(ts, channel.id, BOT_USER_ID, **content, ephemeral_to=user_id, thread_ts=thread_ts)
    )
    return {"message_ts": ts}


def update(world: World, arguments: Json) -> Json:
    """chat.update: text alone removes the blocks; neither text nor blocks keeps them."""
    world.need("chat:write")
    message = _own_message(world, arguments, "cant_update_message")
    if world.channel(message.channel_id).is_archived:
        raise ApiError("is_inactive")
    _check_edit_window(world, message)
    if length_of(str(arguments.get("text", ""))) > MAX_UPDATE_TEXT:
        raise ApiError("msg_too_long")
    if arguments.keys() & {"text", "blocks"}:
        content = _content(world, arguments, "chat.update", needed=False)
        message.text = content["text"]
        message.blocks = with_ids(content["blocks"])
    if "metadata" in arguments:
        message.metadata = _metadata(arguments)
    message.edits += 1
    world.workspace.changed()
    return {
        "channel": message.channel_id,
        "ts": message.ts,
        "text": message.text,
        "message": message_json(message),
    }


def delete(world: World, arguments: Json) -> Json:
    """chat.delete: the bot's own messages."""
    world.need("chat:write")
    message = _own_message(world, arguments, "cant_delete_message")
    message.deleted = True
    world.workspace.changed()
    return {"channel": message.channel_id, "ts": message.ts}


def get_permalink(world: World, arguments: Json) -> Json:
    """chat.getPermalink: the address of a message, which needs no scope."""
    channel = world.visible_channel(arguments)
    message = world.workspace.find(channel.id, str(arguments.get("message_ts")))
    if message is None or message.ephemeral:
        raise ApiError("message_not_found")
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def message_json(message: Message) -> Json:
    """Return a message as Slack shows it to an app that may see its metadata."""
    shown: Json = {
        "type": "message",
        "user": message.author,
        "ts": message.ts,
        "text": message.text,
        "team": TEAM_ID,
        "blocks": message.blocks,
    }
    if message.author == BOT_USER_ID:
        shown |= {"bot_id": BOT_ID, "app_id": APP_ID}
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.metadata is not None:
        shown["metadata"] = message.metadata
    if message.files:
        shown |= {"files": [file_json(file) for file in message.files], "upload": True}
    if message.broadcast:
        shown["subtype"] = "thread_broadcast"
    return shown


def file_json(file: StoredFile) -> Json:
    """Return a file as Slack shows it; its content is behind ``url_private``."""
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "user": BOT_USER_ID,
        "channels": list(file.channels),
    }


def thread_of(world: World, channel: Channel, arguments: Json) -> str | None:
    """Return the thread that a post goes into.

    Where the message that began it is gone, Slack posts into the channel instead and says so by
    answering no ``thread_ts`` (slack-go/slack issue 1571).
    """
    given = arguments.get("thread_ts")
    if not given:
        return None
    ts = str(given)
    if not _THREAD_TS.fullmatch(ts):
        raise ApiError(
            "invalid_thread_ts",
            response_metadata={"messages": [f"[ERROR] {ts} is not a valid thread_ts"]},
        )
    parent = world.workspace.find(channel.id, ts)
    if parent is not None and parent.is_reply:
        world.workspace.complain("thread_ts is that of a reply, not of the message that began it")
        return parent.thread_ts
    return ts if parent is not None or world.workspace.replies_to(channel.id, ts) else None


def flag(value: object, *, default: bool) -> bool:
    """Read a boolean argument: true, "true", 1 and "1" are true."""
    return default if value is None else str(value).lower() in {"true", "1"}


def is_too_long(world: World, blocks: list[Json]) -> bool:
    """Whether blocks hold more text than chat.postMessage takes (``msg_blocks_too_long``)."""
    return text_total(blocks, options=world.count_options) > world.text_total


def _writable(world: World, channel_id: object) -> Channel:
    if str(channel_id)[:1] in {"U", "W"}:
        if str(channel_id) not in world.workspace.people:
            raise ApiError("channel_not_found")
        return world.workspace.direct_channel(str(channel_id))
    channel = world.channel(channel_id)
    if BOT_USER_ID not in channel.members:
        if channel.is_private:
            raise ApiError("channel_not_found")
        if "chat:write.public" not in world.scopes:
            raise ApiError("not_in_channel")
    if channel.is_archived:
        raise ApiError("is_archived")
    return channel


def _content(world: World, arguments: Json, method: str, *, needed: bool = True) -> Json:
    text, blocks = str(arguments.get("text") or ""), arguments.get("blocks") or []
    if "markdown_text" in arguments and (text or blocks):
        raise ApiError("markdown_text_conflict")
    shown = text or arguments.get("markdown_text", "")
    if needed and not shown and not blocks:
        raise ApiError("no_text")
    _check_sizes(world, method, arguments, text)
    if blocks and not text.strip():
        world.workspace.complain(f"{method}: blocks without text, so nothing to notify with")
    refuse("invalid_blocks", message_problems({**arguments, "text": text, "blocks": blocks}))
    if is_too_long(world, blocks):
        if method == "chat.postMessage":
            raise ApiError("msg_blocks_too_long")
        world.workspace.complain(f"{method}: more than {world.text_total} characters of text")
    return {"text": shown, "blocks": blocks}


def _check_sizes(world: World, method: str, arguments: Json, text: str) -> None:
    if length_of(text) > _MAX_TEXT:
        raise ApiError("msg_too_long")
    if length_of(text) > MAX_UPDATE_TEXT:
        world.workspace.complain(f"{method}: more than {MAX_UPDATE_TEXT} characters in text")
    if len(arguments.get("attachments") or []) > _MAX_ATTACHMENTS:
        raise ApiError("too_many_attachments")


def _metadata(arguments: Json) -> Json | None:
    metadata = arguments.get("metadata")
    if metadata is None or metadata == {}:
        return None
    if not isinstance(metadata, dict) or metadata.keys() != {"event_type", "event_payload"}:
        raise ApiError("invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict) or not metadata["event_type"]:
        raise ApiError("invalid_metadata_schema")
    return metadata


def _check_edit_window(world: World, message: Message) -> None:
    age = world.clock() - microseconds(message.ts) / 1_000_000
    if world.edit_window is not None and age > world.edit_window:
        raise ApiError("edit_window_closed")


def _own_message(world: World, arguments: Json, otherwise: str) -> Message:
    channel = world.visible_channel(arguments)
    message = world.workspace.find(channel.id, str(arguments.get("ts")))
    if message is None or message.ephemeral:
        raise ApiError("message_not_found")
    if message.author != BOT_USER_ID:
        raise ApiError(otherwise)
    return message
