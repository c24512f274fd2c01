"""What an app answers to an interaction: posts to a response_url, and messages within an ack."""

import json

from aiohttp import web

from bot.sim.slack.chat import is_too_long
from bot.sim.slack.gate import Failure, Gate
from bot.sim.slack.limits import message_problems
from bot.sim.slack.state import BOT_USER_ID, Json, Message, with_ids
from bot.sim.slack.web_api import Call, drop_connection, record
from bot.sim.slack.world import ApiError, ResponseUrl, World, refuse

_MESSAGE_KEYS = {"text", "blocks", "attachments", "metadata"}
_KEYS = _MESSAGE_KEYS | {
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
    "mrkdwn",
    "parse",
    "link_names",
}


class ResponseUrls:
    """Answers ``/response/{secret}``."""

    def __init__(self, world: World, gate: Gate, calls: list[Call]) -> None:
        self.world = world
        self.gate = gate
        self.calls = calls

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take one post: 200 and ``ok``, or an error as JSON."""
        call = Call("response_url", {}, self.world.clock())
        record(self.calls, call)
        failure = self.gate.failure(call.method)
        if failure is not None and failure.drop == "before":
            call.error = "dropped"
            return drop_connection(request)
        delay = self.gate.delay(call.method)
        try:
            await self.gate.pause(delay.accepting)
            self._take(request.match_info["secret"], await request.text(), call, failure)
        except ApiError as error:
            call.error = error.code
            return _refusal(error, failure)
        finally:
            self.world.workspace.changed()
        await self.gate.pause(delay.answering)
        return drop_connection(request) if failure is not None else web.Response(text="ok")

    def _take(self, secret: str, text: str, call: Call, failure: Failure | None) -> None:
        if failure is not None and failure.refuses:
            raise ApiError(failure.error)
        leave = self.world.redeem_response_url(secret)
        call.arguments = _json_object(text)
        apply_answer(self.world, leave, call.arguments)
        call.ok = True
        if failure is not None and failure.accepted:
            raise ApiError(failure.error)


def apply_answer(world: World, leave: ResponseUrl, answer: Json) -> None:
    """Publish, replace or delete what an answer says; raise ApiError if Slack would refuse it."""
    if unknown := answer.keys() - _KEYS:
        world.workspace.complain(f"response: unknown keys {sorted(unknown)}")
    if not answer.keys() & {*_MESSAGE_KEYS, "delete_original"}:
        raise ApiError("no_text")
    content = _checked(world, answer)
    if answer.get("delete_original"):
        _delete(world, leave)
        if not (content["text"] or content["blocks"]):
            return
    if answer.get("replace_original") and _replace(world, leave, answer, content):
        return
    _publish(world, leave, answer, content)


def _checked(world: World, answer: Json) -> Json:
    text, blocks = str(answer.get("text") or ""), answer.get("blocks") or []
    if not (text or blocks or answer.get("delete_original")):
        raise ApiError("no_text")
    refuse("invalid_blocks", message_problems({**answer, "text": text, "blocks": blocks}))
    if blocks and not text.strip():
        world.workspace.complain("response: blocks without text, so nothing for screen readers")
    if is_too_long(world, blocks):
        world.workspace.complain(f"response: more than {world.text_total} characters of text")
    return {"text": text, "blocks": blocks}


def _delete(world: World, leave: ResponseUrl) -> None:
    if leave.source is None:
        world.workspace.complain("response: delete_original without an original message")
    else:
        leave.source.deleted = True
        world.workspace.changed()


def _replace(world: World, leave: ResponseUrl, answer: Json, content: Json) -> bool:
    source = leave.source
    if source is None or source.deleted:
        world.workspace.complain("response: replace_original without an original message")
        return False
    kind = answer.get("response_type", "ephemeral" if source.ephemeral else "in_channel")
    if (kind == "in_channel") == source.ephemeral:
        world.workspace.complain("response: a message cannot change between ephemeral and public")
    source.text = content["text"]
    source.blocks = with_ids(content["blocks"])
    source.metadata = answer.get("metadata", source.metadata)
    source.edits += 1
    world.workspace.changed()
    return True


def _publish(world: World, leave: ResponseUrl, answer: Json, content: Json) -> None:
    kind = answer.get("response_type", "ephemeral")
    if kind not in {"ephemeral", "in_channel"}:
        world.workspace.complain(f"response: unknown response_type {kind}")
    public = kind == "in_channel"
    thread_ts = answer.get("thread_ts")
    if thread_ts and not (public and answer.get("replace_original") is False):
        world.workspace.complain("response: thread_ts needs in_channel and replace_original false")
        thread_ts = None
    world.workspace.add(
        Message(
            ts=world.workspace.next_ts(),
            channel_id=leave.channel_id,
            author=BOT_USER_ID,
            text=content["text"],
            blocks=content["blocks"],
            ephemeral_to=None if public else leave.user_id,
            thread_ts=thread_ts or (leave.thread_ts if not public else None),
            metadata=answer.get("metadata"),
            unfurl_links=bool(answer.get("unfurl_links", True)),
            unfurl_media=bool(answer.get("unfurl_media", True)),
        )
    )


def _json_object(text: str) -> Json:
    try:
        body = json.loads(text)
    except ValueError:
        raise ApiError("invalid_payload") from None
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    return body


def _refusal(error: ApiError, failure: Failure | None) -> web.Response:
    body = {"ok": False, "error": error.code, **error.fields}
    if failure is None:
        status = 404 if error.code in {"used_url", "expired_url"} else 400
        return web.json_response(body, status=status)
    if failure.retry_after is None:
        return web.json_response(body, status=failure.status or 500)
    headers = {"Retry-After": str(failure.retry_after)}
    return web.json_response(body, status=failure.status or 429, headers=headers)
