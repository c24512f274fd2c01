"""The files.* methods: before and after an upload (slack/facts.md, files)."""

import re
import secrets

from bot.sim.slack.chat import file_json, thread_of
from bot.sim.slack.state import BOT_USER_ID, Channel, Json, Message, StoredFile
from bot.sim.slack.world import ApiError, World

_CONVERSATION = re.compile(r"[CGD][A-Z0-9]+")


def get_upload_url(world: World, arguments: Json) -> Json:
    """files.getUploadURLExternal: an address good for one upload of so many bytes."""
    world.need("files:write")
    name, length = str(arguments.get("filename") or ""), str(arguments.get("length"))
    if not name or not length.isdecimal() or int(length) < 1:
        raise ApiError("invalid_arguments")
    file = StoredFile(world.workspace.next_id("F"), name, int(length), title=name)
    secret = secrets.token_urlsafe(18)
    world.files[file.id] = world.uploads[secret] = file
    return {"upload_url": f"{world.base_url}/upload/v1/{secret}", "file_id": file.id}


def complete_upload(world: World, arguments: Json) -> Json:
    """files.completeUploadExternal: shares what was uploaded; its message comes with no ts."""
    world.need("files:write")
    files = [_uploaded(world, one) for one in _listed(arguments.get("files"))]
    channel = _channel(world, arguments.get("channel_id"))
    thread_ts = None if channel is None else thread_of(world, channel, arguments)
    for file, asked in zip(files, arguments["files"], strict=True):
        file.title = str(asked.get("title") or file.name)
        file.completed = True
    if channel is not None:
        comment = str(arguments.get("initial_comment") or "")
        _share(world, channel, files, comment, thread_ts)
    return {"files": [file_json(file) for file in files]}


def _listed(files: object) -> list[Json]:
    if not isinstance(files, list) or not files:
        raise ApiError("invalid_arguments")
    if not all(isinstance(one, dict) and "id" in one for one in files):
        raise ApiError("invalid_arguments")
    return files


def _uploaded(world: World, asked: Json) -> StoredFile:
    file = world.files.get(str(asked["id"]))
    if file is None or file.content is None or file.completed:
        raise ApiError("file_not_found")
    return file


def _channel(world: World, channel_id: object) -> Channel | None:
    """Return where to share; only ids of conversations count, those of people do not."""
    if not channel_id:
        return None
    if not _CONVERSATION.fullmatch(str(channel_id)):
        raise ApiError("channel_not_found")
    channel = world.visible_channel({"channel": channel_id})
    if BOT_USER_ID not in channel.members:
        raise ApiError("not_in_channel")
    if channel.is_archived:
        raise ApiError("posting_to_channel_denied")
    return channel


def _share(
    world: World, channel: Channel, files: list[StoredFile], text: str, thread_ts: str | None
) -> None:
    for file in files:
        file.channels.append(channel.id)
    world.workspace.add(
        Message(
            ts=world.workspace.next_ts(),
            channel_id=channel.id,
            author=BOT_USER_ID,
            text=text,
            blocks=[],
            thread_ts=thread_ts,
            files=files,
        )
    )
