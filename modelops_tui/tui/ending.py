"""Leaves the full screen in order when somebody asks the program to end, or its terminal is gone.

It saves nothing: nothing is ever unsaved.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelops_tui.tui.app import ModelopsApp

SIGNALS = (signal.SIGTERM, signal.SIGHUP)
LOOKING = 1.0
"""Seconds between two looks whether the terminal is still there: not everybody who closes one tells by a signal."""

PATIENCE = 3.0
"""Seconds in which the screen is to be left; what hangs on a dead terminal is ended without."""


def run_until_ended(app: ModelopsApp) -> Callable[[], None]:
    """Runs the app until it is left, a signal ends it or its terminal goes; then the terminal is as it was.

    Gives the call that then ends the process by that signal, as whoever sent it expects; it does
    nothing where none came.
    """
    came: list[int] = []
    former = {number: signal.getsignal(number) for number in SIGNALS}

    def finish() -> None:
        if came:
            os.kill(os.getpid(), came[0])

    def end(number: int) -> None:
        came.append(number)
        loop = runner.get_loop()
        for one in SIGNALS:
            loop.remove_signal_handler(one)
            signal.signal(one, former[one])
        hurry = threading.Timer(PATIENCE, finish)
        hurry.daemon = True
        hurry.start()
        app.secret_clipboard.clear()
        app.exit()

    async def until_left() -> None:
        watch = asyncio.create_task(_terminal_gone())
        watch.add_done_callback(lambda task: None if task.cancelled() or came else end(signal.SIGHUP))
        try:
            await app.run_async()
        finally:
            watch.cancel()

    with asyncio.Runner() as runner:
        for number in SIGNALS:
            if former[number] is not signal.SIG_IGN:
                runner.get_loop().add_signal_handler(number, end, number)
        runner.run(until_left())
    for number, handler in former.items():
        signal.signal(number, handler)
    return finish


async def _terminal_gone() -> None:
    """Waits until there is no terminal any more; for ever where there was none."""
    input_file = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
    while os.isatty(input_file):
        await asyncio.sleep(LOOKING)
        if not os.isatty(input_file):
            return
    await asyncio.Event().wait()
