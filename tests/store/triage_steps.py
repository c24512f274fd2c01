"""What on-call does, as far as a test needs it to have come."""

from datetime import timedelta

from bot.images import PendingImage, PendingImages
from bot.oncall.values import Asked, MemberStatus, Result
from bot.store import Begun, Copy, Deed, Outgoing, Store
from tests.store.conftest import MONDAY, Clock
from tests.store.steps import MINUTE

CHANNEL = "C0SIM0001"
ADA, BOB = "U0SIM0001", "U0SIM0002"
LEASE = timedelta(seconds=90)
UNDO = timedelta(minutes=15)
NOW = timedelta()
IMAGE = PendingImage(id="a", name="결제 서버", owner="acc-1")
OTHER = PendingImage(id="b", name="Web FRONT", owner="acc-2")


def deed(image: PendingImage = IMAGE, by: str = ADA) -> Deed:
    return Deed(image, by, CHANNEL)


def asked(
    status: MemberStatus = "accepted",
    *,
    image: PendingImage = IMAGE,
    by: str = ADA,
    round: int = 0,  # noqa: A002  the name of the field
    expected: MemberStatus = "pending",
    proposal_seen: bool = False,
) -> Asked:
    return Asked(
        image=image,
        status=status,
        round=round,
        expected=expected,
        by=by,
        channel=CHANNEL,
        reason=f"because {by}",
        proposal_seen=proposal_seen,
    )


async def ask(store: Store, wish: Asked, *, needs_second: bool = False) -> Begun | Result:
    return await store.decisions.begin(wish, "p1", LEASE, needs_second=needs_second, undo_for=UNDO)


async def begun(store: Store, wish: Asked, *, needs_second: bool = False) -> Begun:
    """Return the decision that somebody begins."""
    answer = await ask(store, wish, needs_second=needs_second)
    assert isinstance(answer, Begun), answer
    return answer


async def answered(store: Store, wish: Asked, *, needs_second: bool = False) -> Result:
    """Return why nothing begins."""
    answer = await ask(store, wish, needs_second=needs_second)
    assert isinstance(answer, Result), answer
    return answer


async def end(store: Store, decision: Begun, result: Result | None = None) -> Result:
    """End a decision: well, if nothing else is said."""
    return await store.decisions.finish(
        decision.decision,
        result or Result(kind="done"),
        before=decision.asked.expected,
        after=decision.asked.status,
        request_id="req-1",
    )


async def decided(store: Store, wish: Asked) -> Result:
    """Have a wish come true."""
    decision = await begun(store, wish)
    assert await store.decisions.sending(decision)
    return await end(store, decision)


async def look(store: Store, clock: Clock, *images: PendingImage) -> None:
    """Have SCP list just these, some time after the last answer."""
    clock.shift(MINUTE)
    await store.sightings.observe(PendingImages(images, [], MONDAY, "1.3"), NOW)


async def actions(store: Store) -> list[tuple[str, str]]:
    """Return what is recorded, but for images that come and go: actions and outcomes."""
    return [
        (entry.action, entry.outcome)
        async for entry in store.audit.every()
        if entry.action not in ("seen", "gone", "explained")
    ]


async def keep(store: Store, clock: Clock, ts: str, *image_ids: str) -> None:
    """Keep a message that shows these images, composed just now."""
    blocks = [{"type": "section", "block_id": f"b.{image_id}"} for image_id in image_ids]
    cards = {f"b.{image_id}": image_id for image_id in image_ids}
    await store.copies.keep(CHANNEL, ts, f"text of {ts}", blocks, cards, clock.now())


async def to_paint(store: Store, owner: str = "p1") -> list[Copy]:
    return await store.copies.claim(owner, LEASE, 10)


async def painted(store: Store, copy: Copy) -> None:
    await store.copies.painted(copy, copy.blocks, again_at=None)


async def to_post(store: Store, owner: str = "p1") -> Outgoing:
    outgoing = await store.outbox.claim(owner, LEASE)
    assert outgoing is not None
    return outgoing
