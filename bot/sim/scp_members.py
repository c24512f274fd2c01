"""Image members of the simulated SCP: what our account decided (``scp/facts.md``, deciding)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from bot.sim.scp_errors import errors_response, json_response, not_found

STATUSES = ("pending", "accepted", "rejected")


@dataclass
class _Member:
    created_at: str
    updated_at: str
    status: str = "pending"


@dataclass
class Members:
    """Our account's membership in each image; an image nobody decided about is pending."""

    _by_image: dict[str, _Member] = field(default_factory=dict)

    def status(self, image_id: object) -> str:
        """Return pending, accepted or rejected."""
        member = self._by_image.get(str(image_id))
        return "pending" if member is None else member.status

    def decide(self, image_id: str, status: str, now: float) -> None:
        """Set the status, as our account does by PUT or in the console; any change is allowed."""
        if status not in STATUSES:
            raise ValueError(f"no member status: {status!r}")
        member = self._at(image_id, now)
        member.status = status
        member.updated_at = _stamp(now)

    def forget(self, image_id: str) -> None:
        """Drop the membership: if the owner shares the image again, it is pending again."""
        self._by_image.pop(image_id, None)

    def body(self, image_id: str, member_id: str, now: float) -> dict[str, str]:
        """Return the wire form, ``ImageMemberShowResponse``."""
        member = self._at(image_id, now)
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


async def answer_member(
    request: web.Request,
    call: MemberCall,
    images: Sequence[dict[str, object]],
    members: Members,
) -> web.Response:
    """Answer GET and PUT: 400 wrong status, 403 owner, 404 stranger or withdrawn, else 200."""
    status = _asked_status(await request.read()) if request.method == "PUT" else None
    if request.method == "PUT" and status is None:
        detail = f"status must be one of {', '.join(STATUSES)}."
        return errors_response(400, "BadRequest", "Bad Request", detail)
    image = next((one for one in images if one.get("id") == call.image_id), None)
    if status and image and image.get("owner") == call.caller:
        detail = "The owner of an image does not decide for its members."
        return errors_response(403, "Forbidden", "Forbidden", detail)
    if image is None or call.member_id != call.caller or image.get("owner") == call.caller:
        return await not_found(request)
    if status:
        members.decide(call.image_id, status, call.now)
    return json_response(members.body(call.image_id, call.member_id, call.now))


def _asked_status(body: bytes) -> str | None:
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    status = asked.get("status") if isinstance(asked, dict) else None
    return status if status in STATUSES else None


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
