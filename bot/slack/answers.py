"""Reading Slack's answers, which may hold less than they should."""

from collections.abc import Mapping
from typing import Any

from bot.slack.failures import NOT_SLACK, slack_error
from bot.slack.values import ChannelState, Found, Person, UserGroup


def text_at(answer: Any, doing: str, *path: str) -> str:
    """Return a text of Slack's answer; raise ``SlackError`` where it is not there."""
    part = answer.data
    for name in path:
        part = part.get(name) if isinstance(part, dict) else None
    if not isinstance(part, str):
        raise slack_error(doing, NOT_SLACK)
    return part


def objects(answer: Any, name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list in Slack's answer; none where there is no such list."""
    held = answer.get(name)
    return [item for item in held if isinstance(item, dict)] if isinstance(held, list) else []


def texts(answer: Any, doing: str, name: str) -> frozenset[str]:
    """Return the texts of a list in Slack's answer; raise ``SlackError`` where there is none."""
    held = answer.get(name)
    if not isinstance(held, list):
        raise slack_error(doing, NOT_SLACK)
    return frozenset(text for text in held if isinstance(text, str))


def holds_occurrence(message: Mapping[str, Any], event_type: str, occurrence: str) -> bool:
    """Return whether a message's metadata is of that type and names that occurrence."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != event_type:
        return False
    payload = metadata.get("event_payload")
    return isinstance(payload, dict) and payload.get("occurrence") == occurrence


def channel_of(channel: Mapping[str, Any]) -> ChannelState:
    """Return what ``conversations.info`` tells of a channel."""
    kind = "mpim" if channel.get("is_mpim") else "groups" if channel.get("is_private") else ""
    return ChannelState(
        name=str(channel.get("name", "")),
        is_member=bool(channel.get("is_member")),
        is_archived=bool(channel.get("is_archived")),
        kind="im" if channel.get("is_im") else kind or "channels",
    )


def person_of(user: Mapping[str, Any]) -> Person:
    """Return what ``users.info`` tells of a person."""
    return Person(
        id=str(user["id"]),
        timezone=str(user["tz"]) if user.get("tz") else None,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        name=_name(user),
        team_id=str(user["team_id"]) if user.get("team_id") else None,
        teams=_teams(user.get("enterprise_user")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")),
        deleted=bool(user.get("deleted")),
        is_bot=bool(user.get("is_bot")),
    )


def user_group_of(group: Mapping[str, Any]) -> UserGroup:
    """Return what ``usergroups.list`` tells of a user group."""
    return UserGroup(str(group.get("id")), str(group.get("handle")), str(group.get("name")))


def found_of(message: Mapping[str, Any]) -> Found:
    """Return what ``conversations.history`` and ``.replies`` tell of a message."""
    return Found(
        str(message["ts"]), str(message.get("text", "")), list(message.get("blocks") or ())
    )


def _name(user: Mapping[str, Any]) -> str:
    profile = user.get("profile")
    shown = profile.get("display_name") if isinstance(profile, dict) else ""
    return str(shown or user.get("real_name") or user.get("name") or user["id"])


def _teams(enterprise: object) -> frozenset[str]:
    held = enterprise.get("teams") if isinstance(enterprise, dict) else None
    return frozenset(map(str, held)) if isinstance(held, list) else frozenset()
