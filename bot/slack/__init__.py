"""The edge to Slack: the Web API and response_urls, with failures as ``SlackError``."""

from bot.slack.edge import (
    ChannelState,
    Identity,
    Slack,
    proxy_for,
    slack_session,
    web_client,
)
from bot.slack.failures import (
    NOT_ACCEPTED,
    NOT_SLACK,
    PASSING,
    REMEDIES,
    TLS_FAILED,
    TOO_OLD,
    UNREACHABLE,
)

__all__ = [
    "NOT_ACCEPTED",
    "NOT_SLACK",
    "PASSING",
    "REMEDIES",
    "TLS_FAILED",
    "TOO_OLD",
    "UNREACHABLE",
    "ChannelState",
    "Identity",
    "Slack",
    "proxy_for",
    "slack_session",
    "web_client",
]
