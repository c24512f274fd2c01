"""``python -m bot demo``: the real bot between a simulated Slack and a simulated SCP."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot.demo.dialogue import Dialogue, Read, hold
from bot.demo.screen import Screen, open_console, send_log_to
from bot.demo.stage import Stage, open_stage
from bot.demo.story import tell
from bot.demo.telling import DemoFailed

__all__ = ["run_demo"]

OpenStage = Callable[[], AbstractAsyncContextManager[Stage]]


def run_demo(opens: OpenStage = open_stage, read: Read = input) -> int:
    """Tell the story, then stay open on a terminal; return 1 if a step went wrong, else 0.

    ``opens`` sets the stage; ``read`` asks a person for a line, as ``input`` does.
    """
    console = open_console()
    send_log_to(console)
    # A runner of our own: between two lines its loop stands still while ``input`` waits in this
    # very thread, so that end of input and Ctrl-C end it at once.
    with asyncio.Runner() as runner:
        opened = opens()
        stage = runner.run(opened.__aenter__())
        try:
            screen = Screen(console, stage.slack.workspace)
            runner.run(tell(stage, screen))
            if sys.stdin.isatty() and sys.stdout.isatty():
                hold(runner.run, Dialogue(stage, screen), read)
        except DemoFailed as error:
            sys.stderr.write(f"\nThe demo failed. {error}\n")
            return 1
        finally:
            runner.run(opened.__aexit__(None, None, None))
    return 0
