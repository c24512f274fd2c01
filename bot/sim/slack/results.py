"""What comes of an interaction, and how a missed acknowledgement is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sim.slack.delivery import Ack, NotAcknowledged
from bot.sim.slack.state import Json
from bot.sim.slack.workspace import Workspace


@dataclass(frozen=True)
class Result:
    """What an interaction sent, and what came back."""

    payload: Json
    status: int
    body: object
    """The ack's JSON, or its text."""
    elapsed: float
    """Seconds until the ack."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """By block_id: what a modal shows at its inputs after a refused submission."""


def result_of(payload: Json, ack: Ack, errors: Mapping[str, str] | None = None) -> Result:
    """Return what was sent together with its ack."""
    return Result(payload, ack.status, ack.body, ack.elapsed, errors or {})


class Recorded:
    """Records a NotAcknowledged on its way out."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, NotAcknowledged):
            self._workspace.complain(str(error))
