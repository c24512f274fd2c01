"""Calls of the Web API, with failures as ``SlackError``."""

from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SlackError
from bot.slack.failures import (
    NOT_SLACK,
    UNCERTAIN,
    UNREACHABLE,
    code_of_failure,
    code_of_refusal,
    retry_after_of,
    slack_error,
)


async def called(doing: str, call: Awaitable[Any]) -> Any:
    """Make a call and return Slack's answer; raise ``SlackError``."""
    try:
        return await call
    except SlackApiError as error:
        code = code_of_refusal(error.response)
        raise slack_error(doing, code, retry_after_of(error.response)) from error
    except AttributeError as error:  # the SDK's, where a 200 comes with text that is no JSON
        raise slack_error(doing, NOT_SLACK) from error
    except (aiohttp.ClientError, SlackClientError, TimeoutError, ValueError) as error:
        raise slack_error(doing, code_of_failure(error)) from error


async def repeatable(doing: str, call: Awaitable[Any]) -> Any:
    """Make a call that may be made any number of times: no answer leaves nothing uncertain."""
    try:
        return await called(doing, call)
    except SlackError as error:
        if error.code != UNCERTAIN:
            raise
        raise slack_error(doing, UNREACHABLE) from error
