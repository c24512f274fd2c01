"""The act of on-call: an image is claimed, snoozed, accepted, taken back, rejected, called for."""

import json
from datetime import timedelta
from functools import partial

from bot.blocks.ids import DETAILS
from bot.demo.images import look_alike
from bot.demo.screen import Screen, hush_log
from bot.demo.stage import CHANNEL, ONCALL, WATCH_CHANNEL, WATCH_CHANNEL_NAME, Stage
from bot.demo.telling import COMMAND, Act, DemoFailed, Steps, Teller, check_texts, expect
from bot.sim.api_page import Image
from bot.sim.slack import Actor, Message, OpenView
from bot.sim.slack.state import Json

_REST = timedelta(seconds=5)
"""Longer than a message rests between two repaints."""
_SNOOZED_FOR = timedelta(days=7)
_SNOOZE_REASON = "Uploading still; owner asked"
_REJECT_REASON = "Not the ml-research that we know"


class TriageAct(Teller):
    """Goes on in the morning, after the digest."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        super().__init__(stage, screen)
        self._puts = 0
        """How often Samsung Cloud has been told something so far."""

    def steps(self) -> Steps:
        """Return what happens."""
        watch = f"#{WATCH_CHANNEL_NAME}"
        return {
            f"A stranger shares an image of nearly the same name, and {watch} has its card": (
                self._share
            ),
            'Ben presses "Claim" under the first one, in the digest': self._claim,
            'Ada presses "Snooze" under the image that is not active yet': self._snooze,
            'Ada presses "Accept" under the one that Ben has claimed': self._accept,
            'Ben would look again, so Ada presses "Undo" in time': self._undo,
            'Ben presses "Reject" under the stranger\'s, and may not': self._refuse,
            'Ada presses "Reject" there and says why, and its thread tells': self._reject,
            'Ada presses "Accept" just as somebody accepts in the console': self._too_late,
            "By the evening nobody looks after the first one, and its thread calls on-call": (
                self._call
            ),
            f"Ben claims it, and ends his shift: {COMMAND} handoff": self._hand_off,
            f"Ada types {COMMAND} history and the stranger's name": self._history,
            "Ben opens the app's Home": self._home,
        }

    async def _share(self) -> None:
        self._digest = self._stage.slack.messages(CHANNEL)[-1]
        self._first = self._stage.scp.images[-1]
        self._strange = look_alike(self._first, self._stage.now())
        self._card = await self._stage.somebody_shares(self._strange)
        check_texts(self._card, "1 new image waits", str(self._strange["name"]), "Accept")
        self._screen.note("Its owner is new here, and its e is a Cyrillic one.")
        self._draw(self._card)

    async def _claim(self) -> None:
        channels = {copy.channel_id for copy in self._copies(self._first)}
        expect(channels == {CHANNEL, WATCH_CHANNEL}, f"It has cards in {channels}.")
        await self._press(self._ben, self._digest, self._first, "Claim")
        await self._all_show(self._first, f"*Claimed* by <@{self._ben.id}>", "Release")
        self._draw_card(self._digest, self._first, self._ben)
        self._screen.note(f"Its card in #{WATCH_CHANNEL_NAME} says so too.")
        self._check_told(0)

    async def _snooze(self) -> None:
        self._sleeping = next(
            image for image in self._in_digest() if image["status"] not in {"active", None}
        )
        window = await self._form(self._ada, self._digest, self._sleeping, "Snooze")
        until = (self._stage.now() + _SNOOZED_FOR).date().isoformat()
        for name, value in {"until": "date", "day": until, "reason": _SNOOZE_REASON}.items():
            await self._ada.fill(window, name, value)
        self._draw(window)
        await self._ada.submit(window)
        await self._all_show(self._sleeping, "*Snoozed* until", _SNOOZE_REASON, "Wake")
        self._draw_card(self._digest, self._sleeping)
        self._check_told(0)

    async def _accept(self) -> None:
        window = await self._form(self._ada, self._digest, self._first, "Accept")
        check_texts(window, "looks like that of another owner's image", str(self._strange["id"]))
        check_texts(window, "Of this owner: ", "other images seen", "Checksum (MD5)")
        self._draw(window)
        result = await self._submitted(self._ada, window)
        check_texts(result, f"*Accepted* by <@{self._ada.id}>", "Samsung Cloud confirms it")
        self._draw(result)
        await self._ada.close(result)
        await self._all_show(self._first, f"*Accepted* by <@{self._ada.id}>", "Undo")
        self._draw_card(self._digest, self._first)
        self._check_told(1, self._first, "accepted")
        self._screen.note(f"Samsung Cloud was told once: PUT {self._stage.scp.puts[-1].target}")

    async def _undo(self) -> None:
        undo = partial(self._press, self._ada, self._digest, self._first, "Undo")
        told = await self._told(self._ada, undo)
        check_texts(told, "*Undone*", "The image is pending again")
        self._draw(told)
        await self._all_show(self._first, "Claim", "Accept", "Reject")
        self._check_told(1, self._first, "pending")

    async def _refuse(self) -> None:
        hush_log(trouble_expected=True)
        window = await self._form(self._ben, self._card, self._strange, "Reject")
        hush_log(trouble_expected=False)
        check_texts(window, "Only approvers may do that", f"<@{self._ada.id}>")
        self._draw(window, self._ben)
        await self._ben.close(window)
        self._check_told(0)

    async def _reject(self) -> None:
        window = await self._form(self._ada, self._card, self._strange, "Reject")
        check_texts(window, "Beware of 3 things", "First share ever", "mixes letters")
        await self._ada.fill(window, "reason", _REJECT_REASON)
        self._draw(window)
        result = await self._submitted(self._ada, window)
        check_texts(result, f"*Rejected* by <@{self._ada.id}>")
        await self._ada.close(result)
        await self._all_show(self._strange, f"*Rejected* by <@{self._ada.id}>")
        self._check_told(1, self._strange, "rejected")
        self._stage.pass_time(timedelta(hours=1))
        reply = await self._reply(self._card, "This image was rejected")
        check_texts(reply, f"<@{self._ada.id}>")
        await self._all_show(self._strange, f"*Rejected* by <@{self._ada.id}>", absent="Undo")
        self._draw(self._card)

    async def _too_late(self) -> None:
        image = next(i for i in self._in_digest() if i not in (self._first, self._sleeping))
        window = await self._form(self._ada, self._digest, image, "Accept")
        self._stage.decide_in_console(image)
        result = await self._submitted(self._ada, window)
        check_texts(result, "It is accepted already, and not through the bot")
        self._draw(result)
        await self._ada.close(result)
        self._check_told(0)

    async def _call(self) -> None:
        card = next(m for m in self._stage.watch_posts() if _block_id(m, self._first))
        self._stage.pass_time(timedelta(hours=7))
        reply = await self._reply(card, "Nobody has claimed this image")
        check_texts(reply, f"<!subteam^{ONCALL}>")
        self._draw(card, self._ben)
        self._called = card

    async def _hand_off(self) -> None:
        await self._press(self._ben, self._called, self._first, "Claim")
        await self._all_show(self._first, f"*Claimed* by <@{self._ben.id}>")
        handoff = await self._typed(self._ben, "handoff")
        expect(not handoff.ephemeral, "The handoff is not for everybody.")
        check_texts(handoff, "*1 claimed*", "*1 snoozed*", _SNOOZE_REASON, "nobody has claimed")
        self._draw(handoff, self._ben)

    async def _history(self) -> None:
        history = await self._typed(self._ada, f"history {self._strange['name']}")
        check_texts(history, "wanted to reject it, and may not", "rejected it", _REJECT_REASON)
        check_texts(history, "pending to rejected")
        self._draw(history)
        record = await self._stage.verify_record()
        expect(record.problem is None, f"The record is not whole: {record.problem}")
        self._screen.note(
            f"The record of all this, {record.entries} entries, each sealed with the one before, "
            "is whole: python -m bot audit verify looks."
        )

    async def _home(self) -> None:
        home = await self._window(self._ben, self._ben.open_home)
        check_texts(home, "1 claimed, 1 snoozed", str(self._first["name"]), "you are no approver")
        self._draw(home, self._ben)
        called = [m for m in self._stage.slack.workspace.posts if ONCALL in m.mentions]
        expect(len(called) == 1, f"On-call was called {len(called)} times.")
        self._check_told(0)

    async def _press(self, actor: Actor, message: Message, image: Image, label: str) -> None:
        acts = f"{_block_id(message, image)}.acts"
        await actor.press(message, label=label, block_id=acts)

    async def _form(self, actor: Actor, message: Message, image: Image, label: str) -> OpenView:
        return await self._window(actor, partial(self._press, actor, message, image, label))

    async def _submitted(self, actor: Actor, window: OpenView) -> OpenView:
        submit: Act = partial(actor.submit, window)
        return await self._window(actor, submit)

    async def _told(self, actor: Actor, act: Act) -> Message:
        """Do something; return what the person alone is told upon it."""
        posts = self._stage.slack.workspace.posts
        before = len(posts)
        await act()
        told = await self._stage.slack.wait_for(
            lambda: [m for m in posts[before:] if m.ephemeral_to == actor.id]
        )
        return told[0]

    async def _reply(self, message: Message, text: str) -> Message:
        """Wait for the reply in a message's thread that says something, and says it once."""
        slack = self._stage.slack

        def saying() -> list[Message]:
            return [m for m in slack.thread(message.channel_id, message.ts) if text in m.text]

        replies = await slack.wait_for(saying)
        expect(len(replies) == 1, f'{len(replies)} replies say "{text}".')
        return replies[0]

    async def _all_show(self, image: Image, *texts: str, absent: str = "No such text") -> None:
        """Wait until every card of an image that all see shows these texts, and one no more."""
        self._stage.pass_time(_REST)
        there = self._copies(image)

        def all_show() -> bool:
            cards = [_card_text(message, image) for message in there]
            return all(absent not in c and all(text in c for text in texts) for c in cards)

        try:
            await self._stage.slack.wait_for(all_show)
        except TimeoutError as error:
            cards = [_card_text(message, image) for message in there]
            raise DemoFailed(f"Not all cards show {texts}: {cards}") from error

    def _copies(self, image: Image) -> list[Message]:
        """Return the messages that all see and that have a card of an image."""
        posts = [m for m in self._stage.slack.workspace.posts if not m.ephemeral]
        return [message for message in posts if _block_id(message, image)]

    def _in_digest(self) -> list[Image]:
        """Return the images whose cards are in the digest."""
        return [i for i in self._stage.scp.images if _block_id(self._digest, i)]

    def _check_told(self, times: int, image: Image | None = None, status: str = "") -> None:
        """Check how often Samsung Cloud has been told something since, and what it has now."""
        before, self._puts = self._puts, len(self._stage.scp.puts)
        told = self._puts - before
        expect(told == times, f"Samsung Cloud was told {told} times, not {times}.")
        if image is not None:
            there = self._stage.scp.members.status(image["id"])
            expect(there == status, f"In Samsung Cloud the image is {there}, not {status}.")

    def _draw_card(self, message: Message, image: Image, reader: Actor | None = None) -> None:
        self._screen.show(message, reader or self._ada, card=_block_id(message, image))


def _block_id(message: Message, image: Image) -> str:
    """Return the block id of an image's card in a message; nothing where there is none."""
    return next((b["block_id"] for b in message.blocks if _is_card_of(b, image)), "")


def _is_card_of(block: Json, image: Image) -> bool:
    accessory = block.get("accessory", {})
    return bool(
        accessory.get("action_id") == DETAILS and str(image["id"]) in accessory.get("value", "")
    )


def _card_text(message: Message, image: Image) -> str:
    block_id = _block_id(message, image)
    card = [b for b in message.blocks if b["block_id"].startswith(f"{block_id}.")]
    return json.dumps(card, ensure_ascii=False)
