"""The story that the demo tells: what people do, what comes back, and whether that is right."""

from collections.abc import Awaitable, Callable
from functools import partial

from bot.demo.images import IMAGE_COUNT
from bot.demo.screen import Screen, hush_log
from bot.demo.stage import CHANNEL, CHANNEL_NAME, Stage
from bot.demo.telling import COMMAND, DemoFailed, Steps, Teller, check_texts, expect
from bot.demo.triage_act import TriageAct
from bot.sim.slack import Message, NotAcknowledged
from bot.sim.terminal_controls import Control, controls


async def tell(stage: Stage, screen: Screen) -> None:
    """Play every step and draw what people see; raise DemoFailed where something is wrong."""
    screen.title(
        "pending-images: the demo",
        "A simulated Slack and a simulated Samsung Cloud Platform run on this machine, with the "
        "real bot between them. What you see went over HTTP; nothing leaves this machine.",
    )
    steps = {**_ListsAct(stage, screen).steps(), **TriageAct(stage, screen).steps()}
    for number, (sentence, play) in enumerate(steps.items(), 1):
        screen.step(number, sentence)
        try:
            await play()
        except (DemoFailed, LookupError, NotAcknowledged, TimeoutError) as error:
            reason = str(error) or "Nothing came back in time."
            raise DemoFailed(f"In step {number}, where {sentence}: {reason}") from error
    _check_complaints(stage)
    screen.title(
        "The end",
        f"{len(steps)} steps, {len(stage.scp.requests)} requests to Samsung Cloud Platform and "
        f"{len(stage.slack.calls)} to Slack. Neither simulator has anything to object to.",
    )


class _ListsAct(Teller):
    """Lists and digests."""

    def steps(self) -> Steps:
        """Return what happens."""
        return {
            f"Ada types {COMMAND} in #{CHANNEL_NAME}": self._command,
            'Ada chooses "custom" in the menu of image types': self._menu,
            'Ada presses "Next"': self._page,
            'Ada presses "Details" of the image with the strange name': self._details,
            'Ada presses "More filters"': self._filters,
            f"Ada mistypes: {COMMAND} tpye:custom": self._mistake,
            'Samsung Cloud refuses the signature when Ada presses "Refresh"': self._failure,
            'The keys are right again, and Ada presses "Try again"': self._recovery,
            'Ada presses "Share to channel"': self._share,
            'Ada presses "Make this a digest" under her list': self._make,
            f"Ada types {COMMAND} digest edit 1 skip:KR": self._change,
            'Ada presses "Preview"': self._preview,
            f'Ada presses "Send now", and the digest is posted to #{CHANNEL_NAME}': self._send,
            'Ben presses "Open the whole list" under the digest': self._open,
            f"Ben types {COMMAND} digest pause 1, but the digest is Ada's": self._refuse,
            "Overnight three images change, and at nine the digest comes by itself": self._morning,
            f"Ben types {COMMAND} digest history": self._history,
        }

    async def _command(self) -> None:
        self._listing = await self._message(
            self._ada, partial(self._ada.command, COMMAND, "", CHANNEL)
        )
        expect(self._listing.ephemeral, "The answer is not for Ada alone.")
        check_texts(self._listing, f"{IMAGE_COUNT} pending images", "Page 1 of 3")
        self._screen.show(self._listing, self._ada)

    async def _menu(self) -> None:
        menu = _control(self._listing, "Any image type")
        option = next(o for o in menu.options if o["text"]["text"].startswith("custom ("))
        choose = partial(
            self._ada.choose, self._listing, menu.action_id, option["value"], block_id=menu.block_id
        )
        await self._updated(choose, f"12 of {IMAGE_COUNT} match", "Query: type:custom")
        asked = self._stage.scp.requests[-1].target
        expect("scp_image_type=custom" in asked, f"Samsung Cloud was asked for {asked}.")
        self._screen.note(f"The message was updated in place; Samsung Cloud filtered: GET {asked}")

    async def _page(self) -> None:
        press = partial(self._ada.press, self._listing, label="Next")
        await self._updated(press, "Page 2 of 2", f"12 of {IMAGE_COUNT} match")

    async def _details(self) -> None:
        *_, last = (c for c in controls({"blocks": self._listing.blocks}) if c.label == "Details")
        press = partial(self._ada.press, self._listing, last.action_id, block_id=last.block_id)
        window = await self._window(self._ada, press)
        check_texts(window, "Image details", "channel", "Checksum (MD5)")
        self._draw(window)
        self._screen.note("What another account writes into a name stays text: nobody is notified.")
        await self._ada.close(window)

    async def _filters(self) -> None:
        window = await self._window(
            self._ada, partial(self._ada.press, self._listing, label="More filters")
        )
        check_texts(window, "Words in the name or id", "Apply")
        self._draw(window)
        self._screen.say('Ada enters ">10GB" as the size and presses "Apply"')
        submit = partial(self._ada.submit, window, {"size": ">10GB"})
        await self._updated(submit, "Query: type:custom size:>10GB")

    async def _mistake(self) -> None:
        asked = len(self._stage.scp.requests)
        type_it = partial(self._ada.command, COMMAND, "tpye:custom", CHANNEL)
        answer = await self._message(self._ada, type_it)
        check_texts(answer, "The query cannot be understood", "type:custom")
        expect(len(self._stage.scp.requests) == asked, "Samsung Cloud was asked all the same.")
        self._draw(answer)

    async def _failure(self) -> None:
        self._stage.scp.fail("hmac")
        hush_log(trouble_expected=True)
        press = partial(self._ada.press, self._listing, label="Refresh")
        self._notice = await self._message(self._ada, press)
        hush_log(trouble_expected=False)
        self._stage.scp.heal()
        expect(self._notice is not self._listing, "The list that was there is gone.")
        check_texts(self._notice, "signature", "Try again")
        self._draw(self._notice)

    async def _recovery(self) -> None:
        press = partial(self._ada.press, self._notice, label="Try again")
        answer = await self._message(self._ada, press)
        expect(answer is self._notice, "The notice still stands there.")
        check_texts(answer, "Query: type:custom size:>10GB")
        self._draw(answer)
        self._listing = answer

    async def _share(self) -> None:
        shared = await self._message(
            self._ben, partial(self._ada.press, self._listing, label="Share to channel")
        )
        expect(not shared.ephemeral, "The shared list is not for everybody.")
        check_texts(shared, f"Shared by <@{self._ada.id}>", "Open this list")
        self._draw(shared, self._ben)

    async def _make(self) -> None:
        press = partial(self._ada.press, self._listing, label="Make this a digest")
        window = await self._window(self._ada, press)
        check_texts(window, "New digest", "type:custom size:>10GB", "09:00", "Asia/Seoul", "Save")
        self._draw(window)
        self._screen.say('Ada shortens the query to "type:custom" and presses "Save"')
        submit = partial(self._ada.submit, window, {"query": "type:custom"})
        self._digests = await self._message(self._ada, submit)
        check_texts(self._digests, "Digest *#1* is set up", "09:00 weekdays, Asia/Seoul", "Next: ")
        self._draw(self._digests)

    async def _change(self) -> None:
        self._digests = await self._typed(self._ada, "digest edit 1 skip:KR")
        check_texts(self._digests, "is changed", "not on public holidays of South Korea")
        self._draw(self._digests)

    async def _preview(self) -> None:
        press = partial(self._ada.press, self._digests, label="Preview")
        preview = await self._message(self._ada, press)
        expect(preview.ephemeral_to == self._ada.id, "The preview is not for Ada alone.")
        check_texts(preview, f"12 of {IMAGE_COUNT} pending images match", "A preview")
        self._draw(preview)

    async def _send(self) -> None:
        press = partial(self._ada.press, self._digests, label="Send now")
        self._posted = await self._message(self._ben, press)
        expect(not self._posted.ephemeral, "The digest is not for everybody.")
        check_texts(self._posted, "*12 waiting*", "This is the first digest here")
        self._draw(self._posted, self._ben)

    async def _open(self) -> None:
        press = partial(self._ben.press, self._posted, label="Open the whole list")
        answer = await self._message(self._ben, press)
        expect(answer.ephemeral_to == self._ben.id, "The list is not for Ben alone.")
        check_texts(answer, f"12 of {IMAGE_COUNT} match", "Query: type:custom")
        self._draw(answer, self._ben)

    async def _refuse(self) -> None:
        refusal = await self._typed(self._ben, "digest pause 1")
        check_texts(refusal, "somebody else's", f"<@{self._ada.id}>")
        self._draw(refusal, self._ben)

    async def _morning(self) -> None:
        accepted, withdrawn, new = await self._stage.night_falls()
        self._screen.note(
            f'"{accepted}" was accepted in the console, "{withdrawn}" was withdrawn by its owner, '
            f'and "{new}" was shared.'
        )
        digest = await self._message(self._ben, self._stage.go_on)
        check_texts(digest, "*1 new, 2 gone*", "*1 new*", new, "*10 still waiting*")
        check_texts(digest, accepted, "accepted", withdrawn, "withdrawn", "waiting 13 days")
        self._draw(digest, self._ben)

    async def _history(self) -> None:
        history = await self._typed(self._ben, "digest history")
        check_texts(history, "The last 2 deliveries", f"Sent by hand by <@{self._ada.id}>")
        self._draw(history, self._ben)

    async def _updated(self, act: Callable[[], Awaitable[object]], *texts: str) -> None:
        """Do something that updates the listing in place; check and draw it."""
        changed = await self._message(self._ada, act)
        expect(changed is self._listing, "The list was not updated in place.")
        check_texts(changed, *texts)
        self._draw(changed)


def _control(message: Message, label: str) -> Control:
    found = next((c for c in controls({"blocks": message.blocks}) if c.label == label), None)
    if found is None:
        raise DemoFailed(f'There is no "{label}".')
    return found


def _check_complaints(stage: Stage) -> None:
    complaints = [*stage.slack.complaints, *stage.scp.complaints]
    if complaints:
        raise DemoFailed(f"The simulators object: {'; '.join(complaints)}")
