"""`sync --every`: one meeting after another until somebody wishes for an end. A remote that is away ends nothing."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from typer.exceptions import Exit

from modelops_tui.cli.boundary import INTERRUPTED
from modelops_tui.cli.interruption import Stop, stoppable
from modelops_tui.cli.output import write_value
from modelops_tui.cli.session import Session
from modelops_tui.cli.words.mending import TEXT_FORMS
from modelops_tui.cli.words.reaching import reached
from modelops_tui.cli.words.sync_report import STOPPED, report_form, round_text
from modelops_tui.entities.spans import read_span
from modelops_tui.errors import Damaged, OutsideMissing, WrongUse
from modelops_tui.ports_remote import RemoteUnreachable
from modelops_tui.present.moments import local_time
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.ports_remote import Remote
    from modelops_tui.services.sync import RemoteSettings, SyncReport

SHORTEST, LONGEST = 10, 7 * 86400
# A remote that stays away is asked less and less often, but at least so often.
SLOWEST = 3600


def interval_of(text: str) -> int:
    """The seconds of `--every`. Raises WrongUse for what is no span, or too short or too long a one."""
    seconds = read_span(text)
    if seconds is None:
        raise WrongUse(f"--every takes a span such as 30s, 5m or 1h, not {text!r}.")
    if not SHORTEST <= seconds <= LONGEST:
        raise WrongUse(f"--every takes a span from {SHORTEST}s to 7d, not {text}.")
    return seconds


def keep_syncing(session: Session, seconds: int, form: str, *, push: bool, pull: bool, upgrade: bool) -> NoReturn:
    """Syncs every so many seconds, and tells each round on one line. It ends by a signal, or by a failure that waiting
    does not mend."""
    from modelops_tui.services.sync import sync

    if form not in (*TEXT_FORMS, "json", "jsonl"):
        raise WrongUse(f"--every tells each round on one line, which {form} cannot.", "Take -o jsonl.")
    # A call that lasts makes garbage.
    gc.enable()
    with stoppable() as stop, ExitStack() as stack:
        rounds = _Rounds(session, stack, form, partial(sync, push=push, pull=pull, upgrade=upgrade))
        failures = 0
        while not stop.wanted:
            failures = 0 if rounds.go(stop) else failures + 1
            if not stop.wanted:
                stop.wait(delay_after(seconds, failures))
    session.say(STOPPED)
    raise Exit(INTERRUPTED)


def delay_after(seconds: int, failures: int) -> int:
    """How long to wait when so many rounds failed one after another: twice as long each time, up to an hour."""
    return min(seconds << min(max(failures - 1, 0), 20), max(seconds, SLOWEST))


class _Rounds:
    """The rounds and the one connection that they share, opened anew when the remote is reached otherwise."""

    def __init__(self, session: Session, stack: ExitStack, form: str, meet: Callable[..., SyncReport]) -> None:
        self.session = session
        self.stack = stack
        self.form = form
        self.meet = meet
        self.settings: RemoteSettings | None = None
        self.remote: Remote | None = None
        self.worked = False

    def go(self, stop: Stop) -> bool:
        """One round; False when the remote, or anything else outside, was not there."""
        try:
            report = self.meet(self.session.home, self._connection(), cancelled=stop)
        except OutsideMissing as missing:
            if isinstance(missing, Damaged) or not (self.worked or isinstance(missing, RemoteUnreachable)):
                raise
            if not isinstance(missing, RemoteUnreachable):
                self._disconnect()
            self._tell_failure(missing)
            return False
        self.worked = True
        self._tell(report)
        return True

    def _connection(self) -> Remote:
        from modelops_tui.services.sync import remote_of

        settings = remote_of(self.session.home)._replace(checkpoint=0)
        if self.remote is None or settings != self.settings:
            self._disconnect()
            self.remote, self.settings = self.stack.enter_context(reached(self.session)), settings
        return self.remote

    def _disconnect(self) -> None:
        self.remote = None
        self.stack.close()

    def _tell(self, report: SyncReport) -> None:
        if self.form in TEXT_FORMS:
            self._write_line(f"{_now()}  {round_text(report)}")
        else:
            self._write_value({"at": _utc(), **report_form(self.session, report)})

    def _tell_failure(self, missing: OutsideMissing) -> None:
        if self.form in TEXT_FORMS:
            self.session.say(f"{_now()}  {missing.says}")
        else:
            self._write_value({"at": _utc(), "failed": missing.says})

    def _write_line(self, text: str) -> None:
        self.session.write_line(visible(text))
        sys.stdout.flush()

    def _write_value(self, value: dict[str, Any]) -> None:
        write_value(self.session, [value], "jsonl")
        sys.stdout.flush()


def _utc() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _now() -> str:
    return local_time(_utc())
