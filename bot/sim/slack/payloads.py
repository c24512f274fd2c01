"""What Slack sends to an app, as dictionaries of the wire (slack/facts.md, Slack's reference)."""

from bot.sim.slack.chat import message_json
from bot.sim.slack.elements import Element, elements_in, state_values
from bot.sim.slack.state import (
    APP_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    VERIFICATION_TOKEN,
    Channel,
    Json,
    Message,
    OpenView,
    Person,
)
from bot.sim.slack.views import view_json
from bot.sim.slack.world import World


def command_form(world: World, person: Person, channel: Channel, command: str, text: str) -> Json:
    """Return the form fields of a slash command; ``text`` as a person typed it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": person.team_id,
        "team_domain": _domain(person),
        "channel_id": channel.id,
        "channel_name": shown_name(channel),
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": escaped,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": world.issue_response_url(person.id, channel.id),
        "trigger_id": world.issue_trigger(person.id, channel_id=channel.id),
    }


def action_payload(world: World, person: Person, target: Message | OpenView, action: Json) -> Json:
    """Return a block_actions payload for one action."""
    view_id, channel_id = _seat(target)
    payload = {
        "type": "block_actions",
        **_sender(person),
        **_place(world, person, target),
        "trigger_id": world.issue_trigger(person.id, view_id, channel_id),
        "actions": [action],
    }
    if isinstance(target, Message):
        payload["state"] = {"values": state_values(target, person.id)}
        # The message as Slack has it, where the person still sees a snapshot.
        source = world.workspace.find(target.channel_id, target.ts, deleted=True) or target
        payload["response_url"] = world.issue_response_url(person.id, target.channel_id, source)
    return payload


def suggestion_payload(
    world: World, person: Person, target: Message | OpenView, found: Element, typed: str
) -> Json:
    """Return a block_suggestion payload: what a person typed into a menu."""
    return {
        "type": "block_suggestion",
        **_sender(person),
        **_place(world, person, target),
        "action_id": found.action_id,
        "block_id": found.block_id,
        "value": typed,
    }


def submission_payload(world: World, person: Person, view: OpenView) -> Json:
    """Return a view_submission payload."""
    values = state_values(view, person.id)
    return {
        "type": "view_submission",
        **_sender(person),
        "trigger_id": world.issue_trigger(person.id, *_seat(view)),
        "view": view_json(view, values),
        "response_urls": _response_urls(world, person, view, values),
    }


def closed_payload(person: Person, view: OpenView, *, cleared: bool) -> Json:
    """Return a view_closed payload; ``cleared`` if the whole stack went."""
    return {
        "type": "view_closed",
        **_sender(person),
        "view": view_json(view, state_values(view, person.id)),
        "is_cleared": cleared,
    }


def home_opened_payload(world: World, person: Person, tab: str = "home") -> Json:
    """Return the event app_home_opened of the tab ``home`` or ``messages``."""
    event: Json = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": world.workspace.direct_channel(person.id).id,
        "tab": tab,
        "event_ts": world.workspace.next_ts(),
    }
    home = world.workspace.homes.get(person.id)
    if home is not None and tab == "home":
        event["view"] = view_json(home, state_values(home, person.id))
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "type": "event_callback",
        "event_id": world.workspace.next_id("Ev"),
        "event_time": int(world.clock()),
        "event": event,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER_ID,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def shown_name(channel: Channel) -> str:
    """Return the name that Slack tells an app: private channels have none."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def _seat(target: Message | OpenView) -> tuple[str | None, str | None]:
    """Return the modal and the channel that a person acts in."""
    if isinstance(target, OpenView):
        return target.id, target.opened_in.id if target.opened_in else None
    return None, target.channel_id


def _response_urls(world: World, person: Person, view: OpenView, values: Json) -> list[Json]:
    """Return leave to answer in the conversations chosen with ``response_url_enabled``."""
    chosen = [
        (found, held.get("selected_conversation") or held.get("selected_channel"))
        for found in elements_in(view)
        if found.block["type"] == "input" and found.element.get("response_url_enabled")
        for held in [values[found.block_id][found.action_id]]
    ]
    return [
        {
            "block_id": found.block_id,
            "action_id": found.action_id,
            "channel_id": channel_id,
            "response_url": world.issue_response_url(person.id, channel_id),
        }
        for found, channel_id in chosen
        if channel_id
    ]


def _domain(person: Person) -> str:
    return TEAM_DOMAIN if person.team_id == TEAM_ID else f"{person.team_id.lower()}-team"


def _sender(person: Person) -> Json:
    return {
        "user": {
            "id": person.id,
            "username": person.name,
            "name": person.name,
            "team_id": person.team_id,
        },
        "team": {"id": person.team_id, "domain": _domain(person)},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _place(world: World, person: Person, target: Message | OpenView) -> Json:
    if isinstance(target, OpenView):
        return {
            "container": {"type": "view", "view_id": target.id},
            "view": view_json(target, state_values(target, person.id)),
        }
    channel = world.workspace.channels[target.channel_id]
    place: Json = {
        "container": {
            "type": "message",
            "message_ts": target.ts,
            "channel_id": channel.id,
            "is_ephemeral": target.ephemeral,
        },
        "channel": {"id": channel.id, "name": shown_name(channel)},
    }
    if target.thread_ts:
        place["container"]["thread_ts"] = target.thread_ts
    if not target.ephemeral:
        place["message"] = message_json(target)
    return place
