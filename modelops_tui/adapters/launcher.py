"""Starts a program with a given environment and waits for its end. It never uses a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from modelops_tui.adapters.process_safety import forbid_core_dumps
from modelops_tui.errors import OutsideMissing, WrongUse

_FROM_KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
_FROM_OTHERS = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


class ProcessLauncher:
    """Runs programs as children of this process; see `modelops_tui.ports.Launcher`."""

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> int:
        """Runs it to its end and gives its exit code, 128 + the signal that ended it.

        Raises WrongUse without a program, OutsideMissing when it cannot be started.
        """
        if not arguments or not arguments[0]:
            raise WrongUse("There is no command to run.", "Write it after two dashes: -- COMMAND ARGUMENT…")
        if any("\0" in part for part in (*arguments, *environment, *environment.values())):
            raise WrongUse("A command, an argument or a value holds a NUL, which no program takes.")
        forbid_core_dumps()
        sys.stdout.flush()
        try:
            child = subprocess.Popen(list(arguments), env=dict(environment))  # noqa: S603 – a list, never a shell
        except OSError as error:
            raise OutsideMissing(
                f"{arguments[0]} cannot be started: {error.strerror or 'not possible'}.",
                "Check its name and that it is on the PATH.",
            ) from None
        with _signals_passed_to(child):
            code = child.wait()
        return 128 - code if code < 0 else code


@contextmanager
def _signals_passed_to(child: subprocess.Popen[bytes]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    alone = not _keyboard_reaches_both()

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if number not in _FROM_KEYBOARD or alone:
            with suppress(ProcessLookupError):
                child.send_signal(number)

    former = {number: signal.signal(number, pass_on) for number in (*_FROM_KEYBOARD, *_FROM_OTHERS)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _keyboard_reaches_both() -> bool:
    # A terminal sends Ctrl-C to the whole group in front: passing it on would make it two.
    try:
        with open("/dev/tty", "rb") as terminal:  # noqa: PTH123 – a device, not a path to work with
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False
