"""Where an app posts the bytes of a file between the two files.* methods."""

from aiohttp import web

from bot.sim.slack.gate import Gate
from bot.sim.slack.web_api import Call, drop_connection, record
from bot.sim.slack.world import World


class Uploads:
    """Answers ``/upload/v1/{secret}``."""

    def __init__(self, world: World, gate: Gate, calls: list[Call]) -> None:
        self.world = world
        self.gate = gate
        self.calls = calls

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take the bytes of one file, as they are or as a form's: 200, or why not."""
        call = Call("upload", {}, self.world.clock())
        record(self.calls, call)
        failure = self.gate.failure(call.method)
        if failure is not None and failure.drop == "before":
            return drop_connection(request)
        if failure is not None and failure.refuses:
            return web.Response(status=failure.status or 500, text=failure.error)
        content = await _content(request)
        file = self.world.uploads.get(request.match_info["secret"])
        call.arguments = {"bytes": len(content), "file": None if file is None else file.id}
        if file is None or len(content) != file.length:
            call.error = "no such upload" if file is None else "another length"
            return web.Response(status=404 if file is None else 400, text=call.error)
        del self.world.uploads[request.match_info["secret"]]
        file.content, call.ok = content, True
        if failure is not None:
            return drop_connection(request)
        return web.Response(text=f"OK - {len(content)}")


async def _content(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    fields = (await request.post()).values()
    held = next((one for one in fields if isinstance(one, web.FileField)), None)
    return b"" if held is None else held.file.read()
