"""The door: words go to the command line, none to the full screen. It is the one file that knows both faces."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelops_tui.services.home import Home

BROKEN_PIPE = 141


def open_home(*arguments: Any, **options: Any) -> Home:
    """Opens a home; see `modelops_tui.bootstrap.open_home`, which is loaded only when this is called."""
    from modelops_tui.bootstrap import open_home as open_it

    return open_it(*arguments, **options)


def open_screen(home: Home) -> None:
    """Runs the full screen on an open home."""
    from modelops_tui.tui.app import run

    # What was imported stays to the end, and need not be looked through again and again.
    gc.freeze()
    gc.enable()
    run(home)


def run(arguments: list[str]) -> int:
    """Does what the words ask for and gives the exit code."""
    from modelops_tui.cli.main import run_command_line
    from modelops_tui.cli.session import Doors

    return run_command_line(arguments, Doors(open_home, open_screen))


def main() -> None:
    """The entry point `modelops`: it ends the process with the exit code of the call."""
    # A short call makes little garbage, and looking for it costs more than it gives back.
    gc.disable()
    _have_streams()
    code = run(sys.argv[1:])
    # Everything is written and closed by now; taking the interpreter apart would cost as much as many calls.
    atexit.register(_leave, code)
    sys.exit(code)


def _have_streams() -> None:
    """Gives a call that was started with closed streams others that lead nowhere."""
    nowhere = None
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = nowhere or open(os.devnull, "r+", encoding="utf-8")  # noqa: SIM115, PTH123 – open to the end
            setattr(sys, name, nowhere)


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or BROKEN_PIPE
    os._exit(code)


if __name__ == "__main__":
    main()
