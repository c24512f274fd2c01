"""What an acknowledgement may hold, and what Slack does with it (slack/facts.md)."""

from bot.sim.slack import views
from bot.sim.slack.answers import apply_answer
from bot.sim.slack.delivery import NotAcknowledged
from bot.sim.slack.limits import suggestion_problems
from bot.sim.slack.problems import type_of
from bot.sim.slack.state import Json, OpenView
from bot.sim.slack.world import ApiError, ResponseUrl, World

_RESPONSES = {
    "errors": {"response_action", "errors"},
    "update": {"response_action", "view"},
    "push": {"response_action", "view"},
    "clear": {"response_action"},
}


def take_command_ack(world: World, leave: ResponseUrl, body: object) -> None:
    """Show the message that the ack of a command holds, if any."""
    if body in ("", None):
        return
    answer = body if isinstance(body, dict) else {"text": str(body)}
    try:
        apply_answer(world, leave, answer)
    except ApiError as error:
        raise NotAcknowledged("invalid_command_response", f"{error.code} {error.fields}") from error


def take_empty_ack(world: World, kind: str, body: object) -> None:
    """Complain of a body where Slack ignores it."""
    if body not in ("", None):
        world.workspace.complain(f"{kind}: the body of this ack is ignored")


def take_challenge_ack(body: object, challenge: str) -> None:
    """Compare the answer to a url_verification: the challenge as text, or in JSON."""
    answer = body.get("challenge") if isinstance(body, dict) else body
    if answer != challenge:
        raise NotAcknowledged("challenge_failed", f"{body!r} is not the challenge")


def take_options_ack(body: object) -> list[Json]:
    """Return the options that answer a block_suggestion, those of groups one after another."""
    problems = suggestion_problems(body)
    if problems or not isinstance(body, dict):
        raise NotAcknowledged("invalid_options", "; ".join(map(str, problems)))
    groups = body.get("option_groups", [])
    grouped: list[Json] = [option for group in groups for option in group["options"]]
    return grouped + list(body.get("options", []))


def take_submission_ack(world: World, view: OpenView, body: object) -> dict[str, str]:
    """Do what the ack of a view_submission says; return the errors to show, by block_id."""
    if body in ("", None):
        views.close(world, view)
        return {}
    if not isinstance(body, dict):
        raise NotAcknowledged("invalid_response_action", "neither empty nor a JSON object")
    action = body.get("response_action")
    if action not in _RESPONSES or body.keys() != _RESPONSES[action]:
        raise NotAcknowledged("invalid_response_action", f"{sorted(body)} with {action!r}")
    if action == "errors":
        return _errors(view, body["errors"])
    if action == "clear":
        views.clear(world, view.user_id)
        return {}
    try:
        if action == "update":
            content = views.checked(world, body["view"], "modal", replacing=view)
            views.replace(world, view, content)
        else:
            views.push(world, view.user_id, views.checked(world, body["view"], "modal"))
    except ApiError as error:
        raise NotAcknowledged("invalid_view", f"{error.code} {error.fields}") from error
    return {}


def _errors(view: OpenView, errors: object) -> dict[str, str]:
    if not isinstance(errors, dict) or not errors:
        raise NotAcknowledged("invalid_errors", "must be an object with at least one error")
    inputs = {block["block_id"] for block in view.blocks if type_of(block) == "input"}
    if not errors.keys() <= inputs:
        raise NotAcknowledged("invalid_errors", f"{sorted(errors.keys() - inputs)}: no input block")
    if not all(isinstance(text, str) and text for text in errors.values()):
        raise NotAcknowledged("invalid_errors", "each error must be a text")
    return errors
