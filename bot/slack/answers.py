"""Reading Slack's answers, which may hold less than they should."""

from collections.abc import Mapping
from typing import Any

from bot.slack.failures import NOT_SLACK, slack_error
from bot.slack.values import ChannelState, Person, UserGroup


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
    )


def user_group_of(group: Mapping[str, Any]) -> UserGroup:
    """Return what ``usergroups.list`` tells of a user group."""
    return UserGroup(str(group.get("id")), str(group.get("handle")), str(group.get("name")))
