"""The methods about the app, its connections and its conversations."""

import secrets

from bot.sim.slack.state import BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, Json
from bot.sim.slack.world import ApiError, World


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
    channel = world.visible_channel(arguments)
    world.need(f"{channel.kind}:read")
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
    """conversations.open: the direct message with one user; several need ``mpim:write``."""
    users = [user for user in str(arguments.get("users") or "").split(",") if user]
    world.need("im:write" if len(users) <= 1 else "mpim:write")
    if len(users) != 1:
        raise ApiError("users_list_not_supplied")
    person = world.workspace.people.get(users[0])
    if person is None:
        raise ApiError("user_not_found")
    if person.deleted:
        raise ApiError("user_disabled")
    known = set(world.workspace.channels)
    channel = world.workspace.direct_channel(person.id)
    open_before = {"no_op": True, "already_open": True} if channel.id in known else {}
    return {**open_before, "channel": {"id": channel.id}}
