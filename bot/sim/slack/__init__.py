"""A strict simulated Slack: Web API, response_urls, Socket Mode, people and limits, on loopback."""

from bot.sim.slack.delivery import NotAcknowledged
from bot.sim.slack.markup import Markup, active_markup
from bot.sim.slack.results import Result
from bot.sim.slack.server import SlackSim
from bot.sim.slack.state import Channel, Message, OpenView, Person, UserGroup
from bot.sim.slack.users import Actor
from bot.sim.slack.web_api import Call

__all__ = [
    "Actor",
    "Call",
    "Channel",
    "Markup",
    "Message",
    "NotAcknowledged",
    "OpenView",
    "Person",
    "Result",
    "SlackSim",
    "UserGroup",
    "active_markup",
]
