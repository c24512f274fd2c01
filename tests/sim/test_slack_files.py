"""Uploading files to the simulated Slack, with slack_sdk and by hand."""

import json
from collections.abc import Callable

import aiohttp
import pytest
from slack_sdk.errors import SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sim.slack import SlackSim
from tests.sim.slack_app import ADA, CHANNEL, Json, refused


async def announced(api: AsyncWebClient, length: int = 3) -> Json:
    """Get an upload URL."""
    body = (await api.files_getUploadURLExternal(filename="a.csv", length=length)).data
    assert isinstance(body, dict)
    return body


async def post(url: str, content: bytes) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, data=content) as answer:
        return answer.status, await answer.text()


async def complete(api: AsyncWebClient, file_id: str, **arguments: str) -> Json:
    form = {"files": json.dumps([{"id": file_id}]), **arguments}
    body = (await api.api_call("files.completeUploadExternal", data=form)).data
    assert isinstance(body, dict)
    return body


async def uploaded(api: AsyncWebClient) -> str:
    """The id of a file whose bytes are there."""
    given = await announced(api)
    assert await post(given["upload_url"], b"a,b") == (200, "OK - 3")
    return str(given["file_id"])


async def test_a_file_is_shared_in_a_direct_message(slack: SlackSim, api: AsyncWebClient) -> None:
    direct = (await api.conversations_open(users=ADA))["channel"]["id"]
    answer = await api.files_upload_v2(
        filename="audit.csv",
        content=b"who,when\r\n",
        title="Audit",
        channel=direct,
        initial_comment="Here it is",
    )
    assert "ts" not in answer["files"][0]
    [message] = slack.messages(direct)
    [file] = message.files
    assert (message.text, message.channel_id) == ("Here it is", direct)
    assert (file.name, file.title, file.content) == ("audit.csv", "Audit", b"who,when\r\n")
    assert slack.files == [file]
    assert file.channels == [direct]


async def test_a_file_may_go_into_a_thread(slack: SlackSim, api: AsyncWebClient) -> None:
    root = str((await api.chat_postMessage(channel=CHANNEL, text="root"))["ts"])
    await complete(api, await uploaded(api), channel_id=CHANNEL, thread_ts=root)
    [message] = slack.thread(CHANNEL, root)
    assert message.files[0].content == b"a,b"
    thread = await api.conversations_replies(channel=CHANNEL, ts=root)
    shown = thread["messages"][1]
    assert [file["name"] for file in shown["files"]] == ["a.csv"]


async def test_without_a_channel_a_file_is_private(slack: SlackSim, api: AsyncWebClient) -> None:
    await complete(api, await uploaded(api))
    assert [file.channels for file in slack.files] == [[]]
    assert slack.messages(CHANNEL) == []


async def test_the_bytes_may_come_as_a_form(slack: SlackSim, api: AsyncWebClient) -> None:
    given = await announced(api)
    form = aiohttp.FormData()
    form.add_field("file", b"a,b", filename="a.csv")
    async with (
        aiohttp.ClientSession() as session,
        session.post(given["upload_url"], data=form) as answer,
    ):
        assert answer.status == 200
    await complete(api, given["file_id"])
    assert slack.files[0].content == b"a,b"


async def test_the_length_must_be_the_announced_one(slack: SlackSim, api: AsyncWebClient) -> None:
    given = await announced(api, length=4)
    assert (await post(given["upload_url"], b"a,b"))[0] == 400
    assert (await refused(complete(api, given["file_id"])))["error"] == "file_not_found"
    assert (await post(given["upload_url"], b"a,b,"))[0] == 200
    assert (await post(given["upload_url"], b"a,b,"))[0] == 404
    assert slack.files == []


async def test_a_file_is_completed_once(api: AsyncWebClient) -> None:
    file_id = await uploaded(api)
    await complete(api, file_id)
    assert (await refused(complete(api, file_id)))["error"] == "file_not_found"
    assert (await refused(complete(api, "F9")))["error"] == "file_not_found"


def archived(slack: SlackSim) -> str:
    slack.channel("C9", archived=True)
    return "C9"


def without_bot(slack: SlackSim) -> str:
    slack.remove_bot(CHANNEL)
    return CHANNEL


def secret(slack: SlackSim) -> str:
    slack.channel("G9", private=True, bot=False)
    return "G9"


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (lambda _: ADA, "channel_not_found"),
        (lambda _: "#general", "channel_not_found"),
        (lambda _: "C0NONE", "channel_not_found"),
        (secret, "channel_not_found"),
        (without_bot, "not_in_channel"),
        (archived, "posting_to_channel_denied"),
    ],
    ids=["user", "name", "none", "secret", "without bot", "archived"],
)
async def test_a_file_goes_only_where_the_bot_is(
    slack: SlackSim, api: AsyncWebClient, channel: Callable[[SlackSim], str], error: str
) -> None:
    file_id = await uploaded(api)
    call = complete(api, file_id, channel_id=channel(slack))
    assert (await refused(call))["error"] == error
    assert slack.files == []


@pytest.mark.parametrize("files", ["[", "[]", "{}", '["F1"]', '[{"title": "a"}]'])
async def test_files_are_a_list_of_ids(api: AsyncWebClient, files: str) -> None:
    call = api.api_call("files.completeUploadExternal", data={"files": files})
    assert (await refused(call))["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    "form", [{"filename": "a"}, {"length": "3"}, {"filename": "a", "length": "0"}]
)
async def test_an_upload_has_a_name_and_a_length(api: AsyncWebClient, form: Json) -> None:
    call = api.api_call("files.getUploadURLExternal", data=form)
    assert (await refused(call))["error"] == "invalid_arguments"


async def test_an_upload_is_not_announced_in_json(api: AsyncWebClient) -> None:
    call = api.api_call("files.getUploadURLExternal", json={"filename": "a", "length": 3})
    assert (await refused(call))["error"] == "invalid_arguments"


async def test_files_have_a_scope(slack: SlackSim, api: AsyncWebClient) -> None:
    file_id = await uploaded(api)
    slack.scopes.remove("files:write")
    assert (await refused(announced(api)))["needed"] == "files:write"
    assert (await refused(complete(api, file_id)))["needed"] == "files:write"


async def test_an_upload_may_fail_or_lose_its_connection(
    slack: SlackSim, api: AsyncWebClient
) -> None:
    slack.fail("upload", status=503)
    with pytest.raises(SlackRequestError, match="503"):
        await api.files_upload_v2(filename="a", content=b"a", channel=CHANNEL)
    given = await announced(api)
    slack.fail("upload", drop="before")
    slack.fail("upload", drop="after")
    for _ in range(2):
        with pytest.raises(aiohttp.ClientError):
            await post(given["upload_url"], b"a,b")
    assert (await complete(api, given["file_id"]))["ok"] is True
    calls = [call.method for call in slack.calls]
    assert calls.count("upload") == 3
    assert calls.count("files.completeUploadExternal") == 1
