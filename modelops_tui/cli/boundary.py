"""What a person is told when something fails: a sentence, problems, a next step, a number. Nothing gets past it."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from modelops_tui.errors import Failure, Invalid
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from typer._click.exceptions import ClickException

    from modelops_tui.cli.session import Session

INTERRUPTED = 130
WRONG_USE = 2
OUTSIDE = 7
OWN_FAULT = 1
SHOWN_PROBLEMS = 200
LONGEST_SENTENCE = 4000
_NUMBERED = re.compile(r"document (\d+), (.*)\Z", re.DOTALL)


def tell_failure(failure: Failure, session: Session) -> int:
    """Tells a failure on the standard error and gives its exit code."""
    _tell(failure.says)
    if isinstance(failure, Invalid):
        for problem in failure.problems[:SHOWN_PROBLEMS]:
            _line(f"  {place_of(problem.path, session)}: {problem.says}")
        if len(failure.problems) > SHOWN_PROBLEMS:
            _line(f"  … and {len(failure.problems) - SHOWN_PROBLEMS} more problems.")
    if failure.hint:
        _line(failure.hint)
    return failure.code


def place_of(path: str, session: Session) -> str:
    """Where a problem is, in the words of the call: an option, a line of a file, or a field."""
    numbered = _NUMBERED.match(path)
    if numbered and session.problem_places:
        place = session.problem_places.get(int(numbered[1]), f"document {numbered[1]}")
        return f"{place}, {numbered[2]}"
    if len(session.problem_places) == 1 and not session.options_named:
        return f"{session.problem_places[1]}, {path}"
    if session.options_named:
        name, rest = re.match(r"(\w*)(.*)", path, re.DOTALL).groups()  # type: ignore[union-attr]
        return f"--{name.replace('_', '-')}{rest}"
    return path


def tell_usage(error: ClickException) -> int:
    """Tells that the words of the call do not fit, with the nearest option, and gives the exit code."""
    from typer._click.exceptions import NoArgsIsHelpError, NoSuchOption

    ctx = getattr(error, "ctx", None)
    if isinstance(error, NoArgsIsHelpError):
        sys.stdout.write(error.message + "\n")
        return 0
    says = error.message if isinstance(error, NoSuchOption) else error.format_message()
    _tell(says if says.endswith((".", "?", ")")) else f"{says}.")
    path = ctx.command_path if ctx is not None else "modelops"
    if isinstance(error, NoSuchOption) and error.option_name in ("--home", "--as", "--version"):
        _line(f"It goes before the kind or word: modelops {error.option_name} … …")
    elif isinstance(error, NoSuchOption) and error.possibilities:
        _line(f"Did you mean {error.possibilities[0]}?")
    else:
        _line(f"See how it is used: {path} --help")
    return WRONG_USE


def tell_outside(error: OSError) -> int:
    """Tells what the operating system refused and gives the exit code."""
    where = f"{error.filename}: " if error.filename else ""
    _tell(f"{where}{error.strerror or error}.")
    return OUTSIDE


def tell_fault(error: BaseException) -> int:
    """Tells a fault of our own, keeps its details in a file, and gives the exit code."""
    text = " ".join(str(error).split()) or "no words"
    kept = _keep(error)
    details = f" Details are in {kept}." if kept else ""
    _tell(f"A fault of our own: {type(error).__name__}: {text[:300]}.{details}")
    return OWN_FAULT


def _keep(error: BaseException) -> str:
    import tempfile
    import traceback
    from datetime import UTC, datetime
    from pathlib import Path

    head = f"{datetime.now(UTC).isoformat()} modelops {sys.argv[1:3]}\n"
    text = head + "".join(traceback.format_exception(error)) + "\n"
    for folder in _log_folders(tempfile.gettempdir()):
        path = Path(folder, "faults.log")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(path, flags, 0o600), "a", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError:
            continue
        return str(path)
    return ""


def _log_folders(temporary: str) -> list[str]:
    try:
        from platformdirs import user_log_path

        return [str(user_log_path("modelops", appauthor=False)), temporary]
    except ImportError:
        return [temporary]


def _tell(says: str) -> None:
    _line(f"modelops: {says}")


def _shortened(text: str) -> str:
    """A sentence that quotes what was given, without drowning what it says in that."""
    if len(text) <= LONGEST_SENTENCE:
        return text
    half = LONGEST_SENTENCE // 2
    return f"{text[:half]} … ({len(text) - 2 * half} signs) … {text[-half:]}"


def _line(text: str) -> None:
    try:
        sys.stderr.write(_shortened(visible(text, multiline=True)) + "\n")
    except (OSError, ValueError):
        # Nobody listens any more; the exit code still tells.
        return
