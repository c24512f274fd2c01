"""Image members of the simulated SCP: what our account decided (``scp/facts.md``, deciding)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aiohttp import web

from bot.sim.scp_errors import errors_response, json_response, not_found

STATUSES = ("pending", "accepted", "rejected")


@dataclass(frozen=True)
class Lag:
    """How long what is read stays behind a change: for so many reads, and for so many seconds."""

    reads: int = 0
    seconds: float = 0


@dataclass
class _Member:
    created_at: str
    updated_at: str
    status: str = "pending"


@dataclass
class _Behind:
    """What one way of reading shows of one image until it has caught up."""

    shown: _Member
    reads: int
    until: float


@dataclass
class Members:
    """Our account's membership in each image; an image nobody decided about is pending."""

    list_lag: Lag = Lag()
    """How far the list of pending images stays behind a decision. Unknown of the real one."""
    member_lag: Lag = Lag()
    """The same of reading one member."""
    _by_image: dict[str, _Member] = field(default_factory=dict)
    _listed: dict[str, _Behind] = field(default_factory=dict)
    _read: dict[str, _Behind] = field(default_factory=dict)

    def status(self, image_id: object) -> str:
        """Return pending, accepted or rejected: what is so, whatever a lagging read shows."""
        member = self._by_image.get(str(image_id))
        return "pending" if member is None else member.status

    def is_listed(self, image_id: object, now: float) -> bool:
        """Whether the list of pending images shows an image; counts as one read of it."""
        behind = _still_behind(self._listed, str(image_id), now)
        status = self.status(image_id) if behind is None else behind.status
        return status == "pending"

    def decide(self, image_id: str, status: str, now: float) -> None:
        """Set the status, as our account does by PUT or in the console; any change is allowed."""
        if status not in STATUSES:
            raise ValueError(f"no member status: {status!r}")
        member = self._at(image_id, now)
        if status != member.status:
            for lag, behind in ((self.list_lag, self._listed), (self.member_lag, self._read)):
                behind[image_id] = _Behind(replace(member), lag.reads, now + lag.seconds)
        member.status = status
        member.updated_at = _stamp(now)

    def forget(self, image_id: str) -> None:
        """Drop the membership: if the owner shares the image again, it is pending again."""
        for kept in (self._by_image, self._listed, self._read):
            kept.pop(image_id, None)

    def shown(self, image_id: str, member_id: str, now: float) -> dict[str, str]:
        """Return the wire form of what a read shows now; counts as one read of it."""
        behind = _still_behind(self._read, image_id, now)
        return self.body(image_id, member_id, now, behind)

    def body(
        self, image_id: str, member_id: str, now: float, member: _Member | None = None
    ) -> dict[str, str]:
        """Return the wire form, ``ImageMemberShowResponse``, of a member as it is or was."""
        member = member or self._at(image_id, now)
        return {
            "created_at": member.created_at,
            "image_id": image_id,
            "member_id": member_id,
            "status": member.status,
            "updated_at": member.updated_at,
        }

    def _at(self, image_id: str, now: float) -> _Member:
        return self._by_image.setdefault(image_id, _Member(_stamp(now), _stamp(now)))


@dataclass(frozen=True)
class MemberCall:
    """One call on ``/v1/images/{image_id}/members/{member_id}`` by the account ``caller``."""

    image_id: str
    member_id: str
    caller: str
    now: float
    undo_refused: int | None = None
    """The status of the answer that refuses to set a decided member back to pending."""


async def answer_member(
    request: web.Request,
    call: MemberCall,
    images: Sequence[dict[str, object]],
    members: Members,
) -> web.Response:
    """Answer GET and PUT: 400 wrong body, 403 owner, 404 stranger or withdrawn, else 200."""
    status = _asked_status(await request.read()) if request.method == "PUT" else None
    if request.method == "PUT" and status is None:
        detail = f"The body must be status alone, one of {', '.join(STATUSES)}."
        return errors_response(400, "BadRequest", "Bad Request", detail)
    image = next((one for one in images if one.get("id") == call.image_id), None)
    if status and image and image.get("owner") == call.caller:
        detail = "The owner of an image does not decide for its members."
        return errors_response(403, "Forbidden", "Forbidden", detail)
    if image is None or call.member_id != call.caller or image.get("owner") == call.caller:
        return await not_found(request)
    if status is None:
        return json_response(members.shown(call.image_id, call.member_id, call.now))
    if status == "pending" != members.status(call.image_id) and call.undo_refused:
        detail = "A member that has decided cannot be pending again."
        return errors_response(call.undo_refused, "Forbidden", "Forbidden", detail)
    members.decide(call.image_id, status, call.now)
    return json_response(members.body(call.image_id, call.member_id, call.now))


def _asked_status(body: bytes) -> str | None:
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    # Of further keys nothing is known: the stricter reading is that they are refused.
    status = asked["status"] if isinstance(asked, dict) and asked.keys() == {"status"} else None
    return status if status in STATUSES else None


def _still_behind(behind: dict[str, _Behind], image_id: str, now: float) -> _Member | None:
    """Return what a read still shows instead of what is so, and count the read."""
    held = behind.get(image_id)
    if held is None or (held.reads <= 0 and held.until <= now):
        behind.pop(image_id, None)
        return None
    held.reads -= 1
    return held.shown


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
