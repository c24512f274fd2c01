"""The demo's open end: a person types commands and presses what is numbered."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import msgspec

from bot.blocks.schedule_words import outcome_words
from bot.demo.images import another, new_image
from bot.demo.screen import Screen, hush_log
from bot.demo.stage import CHANNEL, Stage
from bot.demo.telling import COMMAND
from bot.oncall.escalating import parse_duration
from bot.sim.scp_errors import Failure
from bot.sim.slack import Message, NotAcknowledged, OpenView
from bot.sim.terminal_controls import Control

Read: TypeAlias = Callable[[str], str]
"""Given a prompt, returns a line; raises EOFError at the end of input, as ``input`` does."""
Run: TypeAlias = Callable[[Coroutine[Any, Any, bool]], bool]

_SETTLED = 0.4
"""Seconds without a change, after which none is under way."""
_SOON = 0.7
"""Seconds after which a person wants to hear that the bot is still at work."""
_LONG = 3.0
"""Seconds after which nothing comes by itself any more."""
_LATE = 30.0
"""Seconds: longer than the bot itself waits for Samsung Cloud."""

_HELP: Mapping[str, str] = {
    f"{COMMAND} os:ubuntu": "the command, with a query or without; /os:ubuntu is short for it",
    "7": "press, open or fill in what has this number in the message or window shown last",
    "3 ubuntu": "choose in menu 3 by an option's number or text, or fill in field 3",
    "digest": "set the clock to the next digest; /digest shows, adds and changes them",
    "share": "somebody shares an image, and within the hour its card is in #image-watch",
    "wait 25h": "let time pass: m, h and d; on-call is called for what nobody has claimed in 24h",
    "home": "open the app's Home",
    "break hmac": "let Samsung Cloud fail; break alone lists how it can",
    "heal": "let it answer again",
    "as ben": "go on as another person: ada or ben",
    "back": "return to the message before",
    "help": "this list; the bot's own help is /help",
    "quit": "leave",
}


class Dialogue:
    """Takes a person's lines one by one."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self._stage = stage
        self._screen = screen
        self._actor = stage.ada
        self._target: Message | OpenView | None = None
        self._home: OpenView | None = None
        """The Home, where the person is in it."""
        self._controls: Sequence[Control] = ()
        self._open: Control | None = None
        """The menu or field that waits for its choice."""

    @property
    def prompt(self) -> str:
        """What stands before the next line."""
        if self._open is not None:
            return f"{self._open.label}: "
        return f"{self._actor.person.name}> "

    def greet(self) -> None:
        """Tell what can be done."""
        self._screen.say("\nNow it is your turn.")
        self._screen.table(_HELP)

    def part(self) -> None:
        """Say good-bye."""
        self._screen.say("\nGood-bye.")

    async def take(self, line: str) -> bool:
        """Do what a line says; return whether there is more to come."""
        try:
            return await self._take(line.strip())
        except TimeoutError:
            self._screen.say("Nothing came back.")
        except LookupError as error:
            self._screen.say(f"That cannot be done: {error.args[0]}.")
        except NotAcknowledged as error:
            self._screen.say(f"Slack shows an error: {error}.")
        return True

    async def _take(self, line: str) -> bool:
        if self._open is not None:
            control, self._open = self._open, None
            await self._fill(control, line)
            return True
        word, _, rest = line.partition(" ")
        if line.startswith("/"):
            await self._command(line)
        elif word.isdecimal():
            await self._act(int(word), rest.strip())
        elif word in {"quit", "exit"}:
            return False
        elif word:
            await self._other(word, rest.strip())
        return True

    async def _other(self, word: str, rest: str) -> None:
        match word:
            case "digest":
                await self._go_on()
            case "share":
                image = another(new_image(self._stage.now()))
                self._show(await self._stage.somebody_shares(image))
            case "wait":
                await self._wait(rest)
            case "home":
                seen = self._stage.seen(self._actor)
                await self._actor.open_home()
                await self._follow(seen)
            case "break":
                self._break(rest)
            case "heal":
                self._stage.scp.heal()
                hush_log(trouble_expected=False)
                self._screen.say("Samsung Cloud answers again.")
            case "as":
                self._become(rest)
            case "back":
                self._back()
            case "help":
                self._screen.table(_HELP)
            case _:
                self._screen.say(f'"{word}" is not known here: help lists what is.')

    async def _command(self, line: str) -> None:
        name, _, text = line.partition(" ")
        if name != COMMAND:
            text = line[1:]
        seen = self._stage.seen(self._actor)
        await self._actor.command(COMMAND, text, CHANNEL)
        await self._follow(seen)

    async def _go_on(self) -> None:
        seen = self._stage.seen(self._actor)
        delivery = await self._stage.go_on()
        if delivery is None:
            self._screen.say("No digest is set up: /digest add 09:00 daily does it.")
        elif delivery.ts is None:
            self._screen.say(f"A digest was due, and nothing came: {outcome_words(delivery)}.")
        else:
            await self._follow(seen)

    async def _wait(self, span: str) -> None:
        seen = self._stage.seen(self._actor)
        try:
            self._stage.pass_time(parse_duration(span))
        except ValueError as error:
            self._screen.say(str(error))
            return
        with suppress(TimeoutError):
            self._show(await self._stage.news(self._actor, seen, _LONG))
            return
        self._screen.say("Nothing has come since.")

    def _break(self, kind: str) -> None:
        if kind not in list(Failure):
            self._screen.say("How should Samsung Cloud fail? break, and one of these:")
            self._screen.note(", ".join(Failure))
            return
        self._stage.scp.heal()
        self._stage.scp.fail(kind)
        hush_log(trouble_expected=True)
        self._screen.say(f"From now on Samsung Cloud fails: {kind}. heal ends it.")
        self._screen.note("Press Refresh to see it: the command may answer from the bot's cache.")

    def _become(self, name: str) -> None:
        if name not in self._stage.people:
            raise LookupError(f"there are {' and '.join(self._stage.people)}")
        self._actor, self._home = self._stage.people[name], None
        self._show_last()

    def _back(self) -> None:
        messages = self._messages()
        if isinstance(self._target, OpenView) and self._target is not self._home:
            raise LookupError("close the window first")
        if self._home is not None:
            messages.append(self._home)
        place = messages.index(self._target) if self._target in messages else 0
        if place == 0:
            raise LookupError("there is no message before")
        self._show(messages[place - 1])

    async def _act(self, number: int, rest: str) -> None:
        control = next((c for c in self._controls if c.number == number), None)
        if control is None or self._target is None:
            raise LookupError(f"nothing has the number {number} here")
        if control.kind == "close" and isinstance(self._target, OpenView):
            await self._actor.close(self._target)
            await self._settle()
            self._show_last()
        elif control.kind == "submit" and isinstance(self._target, OpenView):
            await self._submit(self._target)
        elif control.kind == "button":
            seen, target = self._stage.seen(self._actor), self._target
            await self._actor.press(target, control.action_id, block_id=control.block_id)
            await self._follow(seen, target)
        elif rest:
            await self._fill(control, rest)
        else:
            self._ask(control)

    def _ask(self, control: Control) -> None:
        self._open = control
        labels = {str(n): o["text"]["text"] for n, o in enumerate(control.options, 1)}
        if labels:
            self._screen.table(labels)
        if control.kind in {"multi_select", "multi_pick"}:
            self._screen.note("Several, with commas between; nothing for none.")

    async def _fill(self, control: Control, text: str) -> None:
        """Choose or enter something; in a window it waits there to be submitted."""
        if isinstance(self._target, OpenView):
            await self._fill_in(self._target, control, text)
            self._show(self._target)
        elif isinstance(self._target, Message):
            choice = _choice(control, text)
            seen = self._stage.seen(self._actor)
            await self._actor.choose(
                self._target, control.action_id, choice, block_id=control.block_id
            )
            await self._follow(seen, self._target)

    async def _fill_in(self, view: OpenView, control: Control, text: str) -> None:
        actor, action_id, block_id = self._actor, control.action_id, control.block_id
        if control.kind == "external_select":
            offered = await actor.suggest(view, action_id, text, block_id=block_id)
            choice = _option(msgspec.structs.replace(control, options=offered), text)
            await actor.fill(view, action_id, choice, typed=text, block_id=block_id)
        elif control.type.endswith("_input") and text:
            if await actor.type(view, action_id, text, block_id=block_id):
                await self._settle()
        else:
            await actor.fill(view, action_id, _choice(control, text), block_id=block_id)

    async def _settle(self) -> None:
        """Wait while anything comes: answers to letters typed, a list that is drawn anew."""
        with suppress(TimeoutError):
            while True:
                await self._stage.news(self._actor, self._stage.seen(self._actor), _SETTLED)

    async def _submit(self, view: OpenView) -> None:
        seen = self._stage.seen(self._actor)
        result = await self._actor.submit(view)
        if result.errors:
            self._show(view, result.errors)
        else:
            await self._follow(seen)

    async def _follow(
        self, seen: Mapping[str, int], acted_on: Message | OpenView | None = None
    ) -> None:
        """Wait for what comes, and show it."""
        try:
            news = await self._stage.news(self._actor, seen, _SOON, acted_on=acted_on)
        except TimeoutError:
            self._screen.note("… the bot is at work; some failures it tries again by itself")
            news = await self._stage.news(self._actor, seen, _LATE, acted_on=acted_on)
        self._show(news)

    def _messages(self) -> list[Message | OpenView]:
        """Return what can be gone back to; replies are drawn with what they answer."""
        return [m for m in self._stage.messages_of(self._actor) if not m.is_reply]

    def _show_last(self) -> None:
        """Show what a person has before them now."""
        windows = self._stage.slack.views_of(self._actor.id)
        if windows:
            self._show(windows[-1])
        elif self._home is not None:
            self._show(self._home)
        elif messages := self._messages():
            self._show(messages[-1])
        else:
            self._target, self._controls = None, ()
            self._screen.note("There is nothing to see yet.")

    def _show(self, target: Message | OpenView, errors: Mapping[str, str] | None = None) -> None:
        if isinstance(target, Message):
            target = self._stage.thread_of(target)
            self._home = None
            if target.channel_id != CHANNEL:
                self._screen.note(f"\nin {self._stage.place_of(target)}:")
        elif target.content["type"] == "home":
            self._home = target
        self._target = target
        self._controls = self._screen.show(target, self._actor, numbered=True, errors=errors)


def hold(run: Run, dialogue: Dialogue, read: Read) -> None:
    """Ask for lines until the person leaves, by word, end of input or Ctrl-C.

    ``run`` runs a coroutine to its end, in the loop of the dialogue's stage.
    """
    with suppress(ImportError):  # Windows has none
        import readline  # noqa: F401, PLC0415  for ``input``; it writes to the terminal on import

    dialogue.greet()
    with suppress(EOFError, KeyboardInterrupt):
        while run(dialogue.take(read(dialogue.prompt))):
            continue
    dialogue.part()


def _choice(control: Control, text: str) -> str | list[str] | None:
    """Return the value of what was typed: an option's number or text, or a field's text."""
    if control.kind in {"input", "pick"}:
        return text or None
    several = [one.strip() for one in text.split(",") if one.strip()]
    if control.kind == "multi_pick":
        return several
    if control.kind == "multi_select":
        return [_option(control, one) for one in several]
    return _option(control, text)


def _option(control: Control, text: str) -> str:
    options = control.options
    if text.isdecimal() and 0 < int(text) <= len(options):
        return str(options[int(text) - 1]["value"])
    fitting = [o for o in options if o["text"]["text"].casefold().startswith(text.casefold())]
    if control.kind == "external_select" and len(options) == 1:
        fitting = list(options)  # whatever its text, it was found by what was typed
    if text.isdecimal() and not fitting:
        raise LookupError(f"There is no option {text}: they go from 1 to {len(options)}.")
    if not text or len(fitting) != 1:
        raise LookupError(f'"{text}" names {len(fitting)} of the options of "{control.label}"')
    return str(fitting[0]["value"])
