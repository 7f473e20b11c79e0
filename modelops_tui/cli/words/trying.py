"""`demo` and `tui`: a sample to look at, and the full screen. The sample never touches the person's own registry."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from shutil import rmtree

from modelops_tui.cli.output import form_of, write_report
from modelops_tui.cli.parameters import option, output_options
from modelops_tui.cli.session import Session, can_ask
from modelops_tui.cli.tree import Verb
from modelops_tui.errors import Refused, WrongUse

SAMPLE_USER = "ada"
# The first user of a home is made with it; the sample brings all others, so this name must not be among them.
FIRST_USER = "demo"


def demo_command() -> Verb:
    """`demo`."""
    return Verb(
        "demo",
        "Open a sample registry in a temporary folder; without a terminal, tell what it holds.",
        _demo,
        [
            option("--size", metavar="N", says="Make at least so many documents.", whole=True),
            option("--keep", metavar="DIR", says="Keep the sample in this new folder."),
            *output_options(),
        ],
    )


def tui_command() -> Verb:
    """`tui`."""
    return Verb("tui", "Open the full screen.", _tui, [])


def _tui(session: Session) -> None:
    if not (can_ask() and sys.stdout.isatty()):
        raise WrongUse("The full screen needs a terminal.", "See the commands: modelops --help")
    session.doors.open_screen(session.home)


def _demo(session: Session, size: int | None, keep: str | None, output: str | None, as_json: bool) -> None:
    form = form_of(output, as_json)
    if keep is not None:
        folder = Path(keep)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Refused(f"{keep} is there already and not empty.", "Name a new folder.")
        _run_sample(session, folder, size, form)
        session.say(f"The sample stays: modelops --home {quote(keep)} --as {SAMPLE_USER}")
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="modelops-demo-") as temporary, cleared_when_ended(temporary):
        try:
            _run_sample(session, Path(temporary), size, form)
        finally:
            session.close()


@contextmanager
def cleared_when_ended(folder: str) -> Iterator[None]:
    """Removes a temporary folder also when the terminal closes or somebody asks the program to end."""

    def end(number: int, _frame: object) -> None:
        # No exception here: what is written in C and was just asked may not bear one.
        rmtree(folder, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    asked = [number for number in (signal.SIGHUP, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]
    former = {number: signal.signal(number, end) for number in asked}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _run_sample(session: Session, folder: Path, size: int | None, form: str) -> None:
    from modelops_tui.services.loading import load_resolved
    from modelops_tui.services.sample import large_documents, sample_documents
    from modelops_tui.services.status import kind_counts

    home = session.doors.open_home(folder, FIRST_USER)
    try:
        if size:
            session.say(f"Making a registry of {size:,} documents…")
        load_resolved(home, large_documents(size) if size else sample_documents(), "the sample")
    finally:
        home.close()
    session.close()
    session.folder, session.user = folder, SAMPLE_USER
    if can_ask() and sys.stdout.isatty() and not form:
        session.doors.open_screen(session.home)
        return
    rows = [{"area": area, "kind": kind.name, "count": count} for area, kind, count in kind_counts(session.home)]
    titles = ["kind"] if form == "name" else ["area", "kind", "count"]
    write_report(session, titles, rows, form, right=["count"])
