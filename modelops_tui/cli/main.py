"""Runs one call of the command line and gives its exit code; failures end here. It never shows a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from typer import _click
from typer.exceptions import Abort, Exit

from modelops_tui.cli.boundary import (
    INTERRUPTED,
    tell_failure,
    tell_fault,
    tell_outside,
    tell_usage,
)
from modelops_tui.cli.session import Doors, Session, can_ask
from modelops_tui.cli.tree import Context, Root, root, take_options
from modelops_tui.errors import Failure, WrongUse

COMPLETION_VARIABLE = "_MODELOPS_COMPLETE"
BROKEN_PIPE = 141


def run_command_line(arguments: Sequence[str], doors: Doors) -> int:
    """Does what the words ask for and gives the exit code: 0 done, 1 a fault of ours, 2 wrong use, 3 not found,
    4 refused, 5 not permitted, 6 invalid, 7 the outside is missing, 8 vault, 130 interrupted."""
    session = Session(doors)
    shell = os.environ.get(COMPLETION_VARIABLE)
    try:
        if shell:
            from modelops_tui.cli.words.shells import complete

            return complete(shell, session)
        return _run(list(arguments), session)
    finally:
        session.close()


def _run(arguments: list[str], session: Session) -> int:
    try:
        _set_streams()
        _refuse_broken_text(arguments)
        code = _obey(arguments, session)
        sys.stdout.flush()
        return code
    except Failure as failure:
        return tell_failure(failure, session)
    except _click.exceptions.ClickException as error:
        return tell_usage(error)
    except (KeyboardInterrupt, Abort):
        sys.stderr.write("\n")
        return INTERRUPTED
    except OSError as error:
        if error.errno == errno.EPIPE:
            return _quiet_end()
        return tell_outside(error)
    except Exception as error:  # noqa: BLE001
        # Whatever else comes here is ours; a person gets one sentence and a file with the details.
        return tell_fault(error)


def _obey(arguments: list[str], session: Session) -> int:
    tree = root()
    try:
        with tree.make_context("modelops", arguments, obj=session) as ctx:
            if ctx.params.get("version"):
                from modelops_tui.version import __version__

                session.write_line(f"modelops {__version__}")
            elif not ctx._protected_args and not ctx.args:
                _without_words(tree, ctx, session)
            else:
                tree.invoke(ctx)
    except Exit as leave:
        return leave.exit_code
    return 0


def _without_words(tree: Root, ctx: Context, session: Session) -> None:
    take_options(session, ctx)
    if can_ask() and sys.stdout.isatty():
        session.doors.open_screen(session.home)
    else:
        session.write_line(tree.get_help(ctx))


def _refuse_broken_text(arguments: list[str]) -> None:
    for number, word in enumerate(arguments, start=1):
        if any("\ud800" <= sign <= "\udfff" for sign in word):
            raise WrongUse(f"Word {number} of the call is no UTF-8 text: {word!r}.")


def _set_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        change = getattr(stream, "reconfigure", None)
        if change is not None:
            if stream.isatty():
                change(errors="backslashreplace")
            else:
                change(encoding="utf-8", errors="backslashreplace")


def _quiet_end() -> int:
    # The reader went away; writing what is left would only fail again at exit.
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return BROKEN_PIPE
    return BROKEN_PIPE
