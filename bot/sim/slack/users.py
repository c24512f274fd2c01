"""People of the simulated workspace: each does what a person does with mouse and keyboard."""

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.sim.slack import acks, payloads, views
from bot.sim.slack.delivery import Ack, Carrier, NotAcknowledged, Retry
from bot.sim.slack.elements import (
    Choice,
    Element,
    action_json,
    chosen,
    find_element,
    state_values,
)
from bot.sim.slack.forms import check_inputs, input_of, listed, triggers_of
from bot.sim.slack.problems import length_of
from bot.sim.slack.results import Recorded, Result, result_of
from bot.sim.slack.state import Json, Message, OpenView, Person
from bot.sim.slack.world import World

_DEFAULT_QUERY_LENGTH = 3


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
        with Recorded(self._world.workspace):
            acks.take_command_ack(self._world, leave, ack.body)
        return result_of(form, ack)

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
        """Choose from a menu by value or label, pick a date, person or channel, or type.

        People and channels are chosen by id or name; a time is HH:mm, a date YYYY-MM-DD. What is
        typed is sent upon Enter, or as one change.
        """
        found = self._seen(target, action_id, block_id=block_id)
        return await self._choose(target, found, self._chosen(found, choice))

    async def type(
        self,
        target: Message | OpenView,
        action_id: str,
        text: str,
        *,
        enter: bool = False,
        block_id: str | None = None,
    ) -> list[Result]:
        """Type a text letter by letter, and press Enter; return what was sent upon it.

        Which of both sends an action is the element's ``dispatch_action_config``.
        """
        found = self._seen(target, action_id, block_id=block_id)
        if not found.kind.endswith("_input"):
            raise LookupError(f"{action_id} is a {found.kind}: choose() from it")
        triggers, results = triggers_of(found), []
        for end in range(1, len(text) + 1) or [0]:
            typed = self._chosen(found, text[:end])
            target.choices_of(self.id)[found.key] = typed
            if "on_character_entered" in triggers:
                results.append(await self._act(target, found, typed))
        if enter and "on_enter_pressed" in triggers:
            results.append(await self._act(target, found, self._chosen(found, text)))
        return results

    async def fill(
        self,
        view: OpenView,
        name: str,
        choice: Choice,
        *,
        typed: str | None = None,
        block_id: str | None = None,
    ) -> None:
        """Enter something into a field that sends nothing, by block_id or action_id.

        ``typed`` goes into an external menu, whose answer is then chosen from.
        """
        found = (
            input_of(view, name)
            if block_id is None
            else find_element(view, name, block_id=block_id)
        )
        if typed is None:
            view.choices[found.key] = self._chosen(found, choice)
            return
        options = await self.suggest(view, found.action_id, typed, block_id=found.block_id)
        view.choices[found.key] = self._chosen_of(view, found, choice, options)

    def asked(
        self, target: Message | OpenView, action_id: str | None = None, *, label: str | None = None
    ) -> Json | None:
        """Return the dialog that a click brings up before anything is sent, if any."""
        confirm: Json | None = self._seen(target, action_id, label=label).element.get("confirm")
        return confirm

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
        with Recorded(self._world.workspace):
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
        """Type into an external menu and choose from the options offered, by value or label.

        A menu of several still offers what was chosen before.
        """
        options = await self.suggest(target, action_id, typed, block_id=block_id)
        found = self._seen(target, action_id, block_id=block_id)
        return await self._choose(target, found, self._chosen_of(target, found, choice, options))

    async def submit(self, view: OpenView, entered: Mapping[str, Choice] | None = None) -> Result:
        """Fill a modal in, by block_id or action_id, and press its submit button.

        Raises LookupError where a client would not let the person submit.
        """
        if view.gone or "submit" not in view.content or view.content.get("submit_disabled"):
            raise LookupError(f"{view.id} has no submit button to press")
        for name, choice in (entered or {}).items():
            await self.fill(view, name, choice)
        check_inputs(view, state_values(view, self.id))
        sent = payloads.submission_payload(self._world, self.person, view)
        ack = await self._send("interactive", sent)
        with Recorded(self._world.workspace):
            errors = acks.take_submission_ack(self._world, view, ack.body)
        return result_of(sent, ack, errors)

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
        return result_of(sent, ack)

    async def open_home(
        self, tab: Literal["home", "messages"] = "home", *, retries: int = 0
    ) -> Result:
        """Open the app's Home, or its tab of messages.

        An event that is not acknowledged comes again up to ``retries`` times, at once; Slack does
        so three times, the second after a minute and the third after five.
        """
        sent = payloads.home_opened_payload(self._world, self.person, tab)
        again = None
        for number in range(1, retries + 1):
            try:
                return result_of(sent, await self._send("events_api", sent, again))
            except NotAcknowledged as error:
                slow = error.code == "operation_timeout"
                again = Retry(number, "http_timeout" if slow else "http_error")
        return result_of(sent, await self._send("events_api", sent, again))

    def home(self) -> OpenView:
        """Return what this person sees in the app's Home; LookupError: nothing was published."""
        home = self._world.workspace.homes.get(self.id)
        if home is None:
            raise LookupError(f"{self.id} sees an empty Home")
        return home

    def modal(self) -> OpenView:
        """Return the modal that this person sees, the topmost; LookupError: there is none."""
        stack = self._world.workspace.stacks.get(self.id, [])
        if not stack:
            raise LookupError(f"{self.id} sees no modal")
        return stack[-1]

    def messages(self, channel_id: str) -> list[Message]:
        """Return what this person sees in a channel, oldest first."""
        return self._world.workspace.seen_in(channel_id, self.id)

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

    def _chosen(self, found: Element, choice: Choice) -> Json:
        return chosen(found, listed(self._world, self.id, found, choice))

    def _chosen_of(
        self, target: Message | OpenView, found: Element, choice: Choice, options: Sequence[Json]
    ) -> Json:
        held = state_values(target, self.id)[found.block_id][found.action_id]
        return chosen(found, choice, [*held.get("selected_options", []), *options])

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
        return result_of(sent, ack)

    async def _send(self, kind: str, payload: Json, retry: Retry | None = None) -> Ack:
        with Recorded(self._world.workspace):
            return await self._carrier.deliver(kind, payload, retry)
