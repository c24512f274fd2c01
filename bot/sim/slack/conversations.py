"""The methods that read, and conversations.open and apps.connections.open."""

import secrets

from bot.sim.slack.chat import flag, message_json
from bot.sim.slack.state import (
    BOT_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    Json,
)
from bot.sim.slack.world import ApiError, World

_DEFAULT_HISTORY = 100


def api_test(_world: World, arguments: Json) -> Json:
    """api.test: says what it was told."""
    if "error" in arguments:
        raise ApiError(str(arguments["error"]), args=arguments)
    return {"args": arguments}


def auth_test(world: World, _arguments: Json) -> Json:
    """auth.test: whose token this is."""
    return {
        "url": f"{world.base_url}/",
        "team": TEAM_DOMAIN,
        "user": "pending-images",
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def connections_open(world: World, _arguments: Json) -> Json:
    """apps.connections.open: a WebSocket address that is good for one connection."""
    ticket = secrets.token_urlsafe(18)
    world.tickets.add(ticket)
    return {"url": f"{world.base_url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id=sim"}


def conversations_info(world: World, arguments: Json) -> Json:
    """conversations.info: private channels only if the bot is in them."""
    channel = _visible(world, arguments, "read")
    shown = {
        "id": channel.id,
        "is_channel": not channel.is_im and not channel.is_private,
        "is_group": channel.is_private and not channel.is_im,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
    }
    if not channel.is_im:
        shown |= {"name": channel.name, "is_member": BOT_USER_ID in channel.members}
    return {"channel": shown}


def conversations_open(world: World, arguments: Json) -> Json:
    """conversations.open: the direct message with one user."""
    world.need("im:write")
    user_id = str(arguments.get("users"))
    if user_id not in world.workspace.people:
        raise ApiError("user_not_found")
    return {"channel": {"id": world.workspace.direct_channel(user_id).id}}


def conversations_history(world: World, arguments: Json) -> Json:
    """conversations.history: newest first, without ephemerals and replies."""
    channel = _visible(world, arguments, "history")
    if BOT_USER_ID not in channel.members:
        raise ApiError("not_in_channel")
    oldest, latest = float(arguments.get("oldest", 0)), float(arguments.get("latest", "inf"))
    limit = int(arguments.get("limit", _DEFAULT_HISTORY))
    start = int(arguments.get("cursor") or 0)
    found = [
        message
        for message in reversed(world.workspace.posts)
        if message.channel_id == channel.id
        and not (message.deleted or message.ephemeral)
        and message.thread_ts in {None, message.ts}
        and oldest < float(message.ts) < latest
    ]
    page = [message_json(message) for message in found[start : start + limit]]
    if not flag(arguments.get("include_all_metadata"), default=False):
        for message in page:
            message.pop("metadata", None)
    more = start + limit < len(found)
    cursor = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
    return {"messages": page, "has_more": more, **cursor}


def users_info(world: World, arguments: Json) -> Json:
    """users.info: name and time zone."""
    world.need("users:read")
    person = world.workspace.people.get(str(arguments.get("user")))
    if person is None:
        raise ApiError("user_not_found")
    return {"user": {"id": person.id, "name": person.name, "tz": person.tz, "team_id": TEAM_ID}}


def _visible(world: World, arguments: Json, deed: str) -> Channel:
    channel = world.channel(arguments.get("channel"))
    if channel.is_private and BOT_USER_ID not in channel.members:
        raise ApiError("channel_not_found")
    world.need(f"{channel.kind}:{deed}")
    return channel
