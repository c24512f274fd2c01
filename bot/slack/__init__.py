"""The edge to Slack: the Web API and response_urls, with failures as ``SlackError``."""

from bot.slack.connection import proxy_for, slack_session, web_client
from bot.slack.edge import Slack
from bot.slack.failures import (
    HELD_UP,
    NOT_ACCEPTED,
    NOT_SLACK,
    PASSING,
    RATE_LIMITED,
    REMEDIES,
    TLS_FAILED,
    TOO_OLD,
    UNCERTAIN,
    UNREACHABLE,
)
from bot.slack.values import ChannelState, Found, Identity, Person, UserGroup

__all__ = [
    "HELD_UP",
    "NOT_ACCEPTED",
    "NOT_SLACK",
    "PASSING",
    "RATE_LIMITED",
    "REMEDIES",
    "TLS_FAILED",
    "TOO_OLD",
    "UNCERTAIN",
    "UNREACHABLE",
    "ChannelState",
    "Found",
    "Identity",
    "Person",
    "Slack",
    "UserGroup",
    "proxy_for",
    "slack_session",
    "web_client",
]
