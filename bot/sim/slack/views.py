"""The views.* methods and what a modal's answer may do to its stack."""

from bot.sim.slack.elements import forget_gone
from bot.sim.slack.limits import MAX_VIEW_BYTES, view_bytes, view_problems
from bot.sim.slack.problems import type_of
from bot.sim.slack.state import (
    APP_ID,
    BOT_ID,
    TEAM_ID,
    Json,
    OpenView,
    new_hash,
    with_ids,
)
from bot.sim.slack.world import ApiError, World, refuse

MAX_STACK = 3


def open_view(world: World, arguments: Json) -> Json:
    """views.open: a new stack with one modal."""
    content = checked(world, arguments.get("view"), "modal")
    trigger = world.redeem_trigger(arguments.get("trigger_id"))
    return {"view": view_json(show(world, trigger.user_id, content, trigger.channel_id))}


def push_view(world: World, arguments: Json) -> Json:
    """views.push: a modal above the one that the trigger came from."""
    content = checked(world, arguments.get("view"), "modal")
    trigger = world.redeem_trigger(arguments.get("trigger_id"))
    stack = world.workspace.stacks.get(trigger.user_id, [])
    if trigger.view_id is None or trigger.view_id not in {view.id for view in stack}:
        raise ApiError("not_found")
    return {"view": view_json(push(world, trigger.user_id, content))}


def update_view(world: World, arguments: Json) -> Json:
    """views.update: by view_id or external_id; with ``hash``, only if nothing changed since."""
    if len(arguments.keys() & {"view_id", "external_id"}) != 1:
        raise ApiError("invalid_arguments")
    if "view_id" in arguments:
        view = world.workspace.view(str(arguments["view_id"]))
    else:
        view = world.workspace.view_by_external_id(str(arguments["external_id"]))
    if view is None:
        raise ApiError("not_found")
    if arguments.get("hash", view.hash) != view.hash:
        raise ApiError("hash_conflict")
    content = checked(world, arguments.get("view"), view.content["type"], replacing=view)
    return {"view": view_json(replace(world, view, content))}


def publish_view(world: World, arguments: Json) -> Json:
    """views.publish: the Home of one user."""
    user_id = str(arguments.get("user_id"))
    if user_id not in world.workspace.people:
        raise ApiError("user_not_found")
    content = checked(world, arguments.get("view"), "home")
    home = world.workspace.homes.get(user_id)
    if home is None:
        view_id = world.workspace.next_id("V")
        home = OpenView(view_id, user_id, content, new_hash(), view_id)
        world.workspace.homes[user_id] = home
    elif arguments.get("hash", home.hash) != home.hash:
        raise ApiError("hash_conflict")
    return {"view": view_json(replace(world, home, content))}


def checked(world: World, view: object, kind: str, *, replacing: OpenView | None = None) -> Json:
    """Return the view if Slack would take it, with ids for what has none."""
    if not isinstance(view, dict):
        raise ApiError("invalid_arguments")
    refuse("invalid_arguments", view_problems(view))
    if type_of(view) != kind:
        raise ApiError("invalid_arguments")
    if view_bytes(view) > MAX_VIEW_BYTES:
        raise ApiError("view_too_large")
    same_name = world.workspace.view_by_external_id(str(view.get("external_id")))
    if same_name is not None and same_name is not replacing:
        raise ApiError("duplicate_external_id")
    return {**view, "blocks": with_ids(view["blocks"])}


def show(world: World, user_id: str, content: Json, channel_id: str | None) -> OpenView:
    """Open a modal as the only one of its user's stack, over the channel where the user is."""
    clear(world, user_id)
    opened = _put(world, user_id, content, None)
    opened.opened_in = world.workspace.channels.get(channel_id or "")
    return opened


def push(world: World, user_id: str, content: Json) -> OpenView:
    """Open a modal above the topmost; three at most."""
    stack = world.workspace.stacks[user_id]
    if len(stack) >= MAX_STACK:
        raise ApiError("push_limit_reached")
    return _put(world, user_id, content, stack[-1])


def replace(world: World, view: OpenView, content: Json) -> OpenView:
    """Show other content; what a user entered stays where block_id and action_id do."""
    view.content = content
    forget_gone(view)
    view.hash = new_hash()
    view.edits += 1
    world.workspace.changed()
    return view


def close(world: World, view: OpenView) -> None:
    """Close one modal and show the one below."""
    view.closed = True
    world.workspace.stacks[view.user_id].remove(view)
    world.workspace.changed()


def clear(world: World, user_id: str) -> None:
    """Close all modals of a user."""
    for view in list(world.workspace.stacks.get(user_id, [])):
        close(world, view)


def view_json(view: OpenView, state: Json | None = None) -> Json:
    """Return a view as Slack sends it; absent parts are null or empty as there."""
    content = view.content
    return {
        "id": view.id,
        "team_id": view.team_id,
        "type": content["type"],
        "blocks": content["blocks"],
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "external_id": content.get("external_id", ""),
        "state": {"values": state or {}},
        "hash": view.hash,
        "title": content.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "previous_view_id": view.previous_view_id,
        "root_view_id": view.root_view_id,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }


def _put(world: World, user_id: str, content: Json, below: OpenView | None) -> OpenView:
    view_id = world.workspace.next_id("V")
    root = below.root_view_id if below else view_id
    view = OpenView(view_id, user_id, content, new_hash(), root, below.id if below else None)
    view.team_id = world.workspace.people[user_id].team_id
    view.opened_in = below.opened_in if below else None
    world.workspace.stacks.setdefault(user_id, []).append(view)
    world.workspace.changed()
    return view
