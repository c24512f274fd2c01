"""A channel's digests, as people see and use them."""

from bot.sim.slack import Actor, Message
from tests.listeners.scene import CHANNEL, COMMAND, Scene, labels, shown

NINE = "09:00 weekdays Asia/Seoul"


async def typed(
    scene: Scene, text: str, who: Actor | None = None, channel: str = CHANNEL
) -> Message:
    """Type a command about digests; return the answer."""
    return await scene.answer((who or scene.ada).command(COMMAND, f"digest {text}", channel))


async def pressed(
    scene: Scene, message: Message, label: str, number: int = 1, who: Actor | None = None
) -> Message:
    """Press a button of the ``number``-th digest of a message; return what changed or came."""
    rows = [b["block_id"] for b in message.blocks if b.get("block_id", "").startswith("digest.")]
    pressing = (who or scene.ada).press(message, label=label, block_id=rows[number - 1])
    return await scene.answer(pressing)


async def added(scene: Scene, text: str = NINE, who: Actor | None = None) -> int:
    """Add a digest; return its number."""
    said = shown(await typed(scene, f"add {text}", who))
    return int(said.split("*#")[1].split("*")[0])


def rows(message: Message) -> list[str]:
    """What the message says of each digest, in order."""
    blocks = message.blocks
    starts = [
        n
        for n, b in enumerate(blocks)
        if b["type"] == "rich_text" and blocks[n - 1]["type"] == "divider"
    ]
    return [text_of(blocks[n : n + 2]) for n in starts]


def row_labels(message: Message) -> list[list[str]]:
    """The buttons of each digest, in order."""
    return [labels([b]) for b in message.blocks if b.get("block_id", "").startswith("digest.")]


def text_of(blocks: list[dict[str, object]]) -> str:
    """All text of some blocks."""
    return "".join(_texts(blocks))


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if not isinstance(value, dict):
        return []
    own = value.get("text") if isinstance(value.get("text"), str) else value.get("fallback")
    return [str(own)] if own else [t for item in value.values() for t in _texts(item)]
