"""People of the simulated workspace: each does what a person does with mouse and keyboard."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sim.slack import acks, payloads, views
from bot.sim.slack.delivery import Ack, Carrier, NotAcknowledged
from bot.sim.slack.elements import (
    Choice,
    Element,
    action_json,
    chosen,
    elements_in,
    find_element,
    is_empty,
    state_values,
)
from bot.sim.slack.problems import length_of
from bot.sim.slack.state import Json, Message, OpenView, Person
from bot.sim.slack.world import World

_DEFAULT_QUERY_LENGTH = 3


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


class Actor:
    """One person at one client. Every method raises NotAcknowledged if the app answers wrongly."""

    def __init__(self, world: World, person: Person, carrier: Carrier) -> None:
        self.person = person
        self._world = world
        self._carrier = carrier

    @property
    def id(self) -> str:
        """The user id."""
        return self.person.id

    async def command(self, command: str, text: str, channel_id: str) -> Result:
        """Type a slash command in a channel."""
        channel = self._world.workspace.channels[channel_id]
        form = payloads.command_form(self._world, self.person, channel, command, text)
        ack = await self._send("slash_commands", form)
        leave = self._world.response_urls[form["response_url"].rpartition("/")[2]]
        with self._recorded():
            acks.take_command_ack(self._world, leave, ack.body)
        return _result(form, ack)

    async def press(
        self,
        target: Message | OpenView,
        action_id: str | None = None,
        *,
        label: str | None = None,
        block_id: str | None = None,
    ) -> Result:
        """Press a button, by its action_id or by what is written on it."""
        found = self._seen(target, action_id, label=label, block_id=block_id)
        if found.kind not in {"button", "icon_button"}:
            raise LookupError(f"{found.action_id} is a {found.kind}: choose() from it")
        return await self._act(target, found, {})

    async def choose(
        self,
        target: Message | OpenView,
        action_id: str,
        choice: Choice,
        *,
        block_id: str | None = None,
    ) -> Result:
        """Choose from a menu by value or label, pick a date or user, or type and press Enter."""
        found = self._seen(target, action_id, block_id=block_id)
        return await self._choose(target, found, chosen(found, choice))

    async def suggest(
        self,
        target: Message | OpenView,
        action_id: str,
        typed: str,
        *,
        block_id: str | None = None,
    ) -> list[Json]:
        """Type into an external menu and return the options that it then offers."""
        found = self._seen(target, action_id, block_id=block_id)
        least = found.element.get("min_query_length", _DEFAULT_QUERY_LENGTH)
        if length_of(typed) < least:
            raise LookupError(f"{action_id} asks for options from {least} characters on")
        sent = payloads.suggestion_payload(self._world, self.person, target, found, typed)
        ack = await self._send("interactive", sent)
        with self._recorded():
            return acks.take_options_ack(ack.body)

    async def choose_suggested(
        self,
        target: Message | OpenView,
        action_id: str,
        typed: str,
        choice: Choice,
        *,
        block_id: str | None = None,
    ) -> Result:
        """Type into an external menu and choose one of the options offered, by value or label."""
        options = await self.suggest(target, action_id, typed, block_id=block_id)
        found = self._seen(target, action_id, block_id=block_id)
        return await self._choose(target, found, chosen(found, choice, options))

    async def submit(self, view: OpenView, entered: Mapping[str, Choice] | None = None) -> Result:
        """Fill a modal in, by block_id or action_id, and press its submit button.

        Raises LookupError where a client would not let the person submit.
        """
        if view.gone or "submit" not in view.content or view.content.get("submit_disabled"):
            raise LookupError(f"{view.id} has no submit button to press")
        for name, choice in (entered or {}).items():
            found = _input(view, name)
            view.choices[found.key] = chosen(found, choice)
        _check_inputs(view, state_values(view, self.id))
        sent = payloads.submission_payload(self._world, self.person, view)
        ack = await self._send("interactive", sent)
        with self._recorded():
            errors = acks.take_submission_ack(self._world, view, ack.body)
        return _result(sent, ack, errors)

    async def close(self, view: OpenView, *, cleared: bool = False) -> Result | None:
        """Press Cancel, or with ``cleared`` the x, which closes all; None if the app hears nothing.

        A modal with ``clear_on_close`` takes the whole stack with it.
        """
        cleared = cleared or bool(view.content.get("clear_on_close"))
        if cleared:
            views.clear(self._world, self.id)
        else:
            views.close(self._world, view)
        if not view.content.get("notify_on_close"):
            return None
        sent = payloads.closed_payload(self.person, view, cleared=cleared)
        ack = await self._send("interactive", sent)
        acks.take_empty_ack(self._world, "view_closed", ack.body)
        return _result(sent, ack)

    async def open_home(self) -> Result:
        """Open the app's Home tab."""
        sent = payloads.home_opened_payload(self._world, self.person)
        return _result(sent, await self._send("events_api", sent))

    def messages(self, channel_id: str) -> list[Message]:
        """Return what this person sees in a channel, oldest first."""
        return [
            message
            for message in self._world.workspace.posts
            if message.channel_id == channel_id
            and not message.deleted
            and message.ephemeral_to in {None, self.id}
        ]

    def _seen(
        self,
        target: Message | OpenView,
        action_id: str | None = None,
        *,
        label: str | None = None,
        block_id: str | None = None,
    ) -> Element:
        if target.owner not in {None, self.id} or target.gone:
            raise LookupError(f"{self.id} does not see this, or not any more")
        return find_element(target, action_id, label=label, block_id=block_id)

    async def _choose(self, target: Message | OpenView, found: Element, choice: Json) -> Result:
        if found.kind != "overflow":
            target.choices_of(self.id)[found.key] = choice
        if found.block["type"] == "input" and not found.block.get("dispatch_action"):
            raise LookupError(f"{found.action_id} is in an input block: it sends nothing, submit()")
        return await self._act(target, found, choice)

    async def _act(self, target: Message | OpenView, found: Element, choice: Json) -> Result:
        action = action_json(found, choice, self._world.workspace.next_ts())
        sent = payloads.action_payload(self._world, self.person, target, action)
        ack = await self._send("interactive", sent)
        acks.take_empty_ack(self._world, "block_actions", ack.body)
        return _result(sent, ack)

    async def _send(self, kind: str, payload: Json) -> Ack:
        with self._recorded():
            return await self._carrier.deliver(kind, payload)

    def _recorded(self) -> "_Recorded":
        return _Recorded(self._world)


class _Recorded:
    """Records a NotAcknowledged on its way out."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, NotAcknowledged):
            self._world.workspace.complain(str(error))


def _result(payload: Json, ack: Ack, errors: Mapping[str, str] | None = None) -> Result:
    return Result(payload, ack.status, ack.body, ack.elapsed, errors or {})


def _input(view: OpenView, name: str) -> Element:
    in_block = [found for found in elements_in(view) if found.block_id == name]
    if len(in_block) == 1:
        return in_block[0]
    return find_element(view, name)


def _check_inputs(view: OpenView, state: Json) -> None:
    for found in elements_in(view):
        if found.block["type"] != "input":
            continue
        held = state.get(found.block_id, {}).get(found.action_id, {})
        if is_empty(held):
            if not found.block.get("optional"):
                raise LookupError(f"{found.label!r} is required")
            continue
        _check_length(found, held.get("value"))


def _check_length(found: Element, typed: object) -> None:
    if found.kind != "plain_text_input" or not isinstance(typed, str):
        return
    least = found.element.get("min_length", 0)
    most = found.element.get("max_length", 3000)
    if not least <= length_of(typed) <= most:
        raise LookupError(f"{found.label!r} takes {least} to {most} characters")
