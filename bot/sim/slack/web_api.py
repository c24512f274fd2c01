"""The Web API over HTTP: tokens, arguments, scopes, rate limits and failures around each method."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.sim.slack import chat, conversations, files, people, views
from bot.sim.slack.gate import Failure, Gate
from bot.sim.slack.history import conversations_history, conversations_replies
from bot.sim.slack.state import Json
from bot.sim.slack.world import ApiError, World

METHODS: Mapping[str, Callable[[World, Json], Json]] = {
    "api.test": conversations.api_test,
    "apps.connections.open": conversations.connections_open,
    "auth.test": conversations.auth_test,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.get_permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations_history,
    "conversations.info": conversations.conversations_info,
    "conversations.open": conversations.conversations_open,
    "conversations.replies": conversations_replies,
    "files.completeUploadExternal": files.complete_upload,
    "files.getUploadURLExternal": files.get_upload_url,
    "usergroups.list": people.usergroups_list,
    "usergroups.users.list": people.usergroups_users_list,
    "users.info": people.users_info,
    "views.open": views.open_view,
    "views.publish": views.publish_view,
    "views.push": views.push_view,
    "views.update": views.update_view,
}
_JSON_ARGUMENTS = ("attachments", "blocks", "files", "metadata", "view")
_FORM_ONLY = {"files.getUploadURLExternal"}
"""Methods that see no arguments in a body of JSON: slack_sdk sends theirs as a form."""
_WHOLE_CALLS = 2_000
"""So many of the last calls keep their arguments."""
_ARGUMENT_ERRORS = {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}


@dataclass
class Call:
    """One call of the Web API, or one post to a response_url."""

    method: str
    arguments: Json
    at: float
    """Seconds of the simulation's clock."""
    ok: bool = False
    """Whether it took effect."""
    error: str = ""


def record(calls: list[Call], call: Call) -> None:
    """Keep a call, and of long ago only that it was."""
    calls.append(call)
    if len(calls) > _WHOLE_CALLS:
        calls[-_WHOLE_CALLS - 1].arguments = {}


class WebApi:
    """Answers ``/api/{method}`` and records every call."""

    def __init__(self, world: World, gate: Gate) -> None:
        self.world = world
        self.gate = gate
        self.calls: list[Call] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call as Slack does: nearly always with HTTP 200."""
        method = request.match_info["method"]
        call = Call(method, {}, self.world.clock())
        record(self.calls, call)
        failure = self.gate.failure(method)
        if failure is not None and failure.drop == "before":
            call.error = "dropped"
            return drop_connection(request)
        delay = self.gate.delay(method)
        try:
            call.arguments = await _arguments(request)
            await self.gate.pause(delay.accepting)
            body = self._run(request, call, failure)
        except ApiError as error:
            call.error = error.code
            body = {"ok": False, "error": error.code, **error.fields}
        self.world.workspace.changed()
        await self.gate.pause(delay.answering)
        if failure is not None and failure.drop == "after":
            return drop_connection(request)
        return self._response(body, failure)

    def _run(self, request: web.Request, call: Call, failure: Failure | None) -> Json:
        if failure is not None and failure.refuses:
            raise ApiError(failure.error)
        self._check_token(request, call)
        if call.method not in METHODS:
            raise ApiError("unknown_method", req_method=call.method)
        wait = self.gate.seconds_to_wait(call.method, str(call.arguments.get("channel")))
        if wait:
            raise ApiError("ratelimited", retry_after=wait)
        answer = METHODS[call.method](self.world, call.arguments)
        call.ok = True
        if failure is not None and failure.accepted:
            raise ApiError(failure.error)
        return {"ok": True, **answer}

    def _check_token(self, request: web.Request, call: Call) -> None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = given or str(call.arguments.pop("token", ""))
        if call.method == "api.test":
            return
        if not token:
            raise ApiError("not_authed")
        wants_app = call.method == "apps.connections.open"
        if token not in {self.world.app_token, self.world.bot_token}:
            raise ApiError("invalid_auth")
        if (token == self.world.app_token) != wants_app:
            raise ApiError("not_allowed_token_type")
        if self.world.revoked and not wants_app:
            raise ApiError(self.world.revoked)

    def _response(self, body: Json, failure: Failure | None) -> web.Response:
        headers = {"x-oauth-scopes": ",".join(self.world.scopes)}
        wanted = failure.status if failure is not None else None
        retry_after = body.pop("retry_after", failure.retry_after if failure else None)
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        status = wanted or (200 if retry_after is None else 429)
        return web.json_response(body, status=status, headers=headers)


def drop_connection(request: web.Request) -> web.Response:
    """Break the connection, so that the client never reads an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _arguments(request: web.Request) -> Json:
    arguments: Json = dict(request.query)
    if request.content_type == "application/json":
        if request.match_info["method"] in _FORM_ONLY:
            raise ApiError("invalid_arguments")
        body = await _json_body(request)
        arguments |= body
    else:
        arguments |= {key: str(value) for key, value in (await request.post()).items()}
    for name in _JSON_ARGUMENTS:
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = json.loads(arguments[name])
            except ValueError:
                raise ApiError(_ARGUMENT_ERRORS.get(name, "invalid_arguments")) from None
    return arguments


async def _json_body(request: web.Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        raise ApiError("invalid_json") from None
    if not isinstance(body, dict):
        raise ApiError("json_not_object")
    return body
