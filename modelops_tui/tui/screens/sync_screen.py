"""What can be done with a remote: sync, stop, look again, verify, begin anew, decide. It runs beside every screen."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from modelops_tui.errors import Failure, Problem
from modelops_tui.ports import VaultLocked
from modelops_tui.ports_remote import Remote
from modelops_tui.services import sync
from modelops_tui.services.news import Tell
from modelops_tui.tui.background import ask, say
from modelops_tui.tui.keys import SYNC_KEYS
from modelops_tui.tui.messages import Jump, SyncChanged
from modelops_tui.tui.preferences import SyncTimes
from modelops_tui.tui.screens.question import Answer, Question
from modelops_tui.tui.screens.sync_lists import TABS, SyncLists
from modelops_tui.tui.screens.vault_unlocking import Unlocking
from modelops_tui.tui.sheet import line
from modelops_tui.tui.sync_sheets import reclone_lines
from modelops_tui.tui.sync_work import Cancelled
from modelops_tui.tui.widgets.record_table import RecordTable

IDLE = frozenset(("start", "plan", "change", "forget", "verify"))
"""Actions that need a remote with which nothing is under way."""


class SyncScreen(SyncLists):
    """The sync of this home; leaving the screen stops nothing."""

    ABOUT: ClassVar[str] = (
        "Bringing this registry and the team's remote together. Nothing is sent or taken before s is pressed."
    )
    BINDINGS: ClassVar[list[BindingType]] = SYNC_KEYS
    _asked = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Whether a key can act here now; one that cannot is not shown."""
        there, idle = self.work.standing is not None, not self.work.doing
        if action in IDLE:
            return there and idle
        report = self.plan or self.work.report
        can = {
            "name": not there,
            "times": there,
            "stop": self.work.can_stop,
            "unlock": idle and isinstance(self.failure, VaultLocked),
            "reclone": idle and isinstance(self.failure, sync.HistoryGone),
            "upgrade": idle and report is not None and sync.asks_for_upgrade(report),
            "undo": bool(self.work.decisions),
        }
        return can.get(action, True)

    # ---- syncing ----

    def action_start(self) -> None:
        """Begins a sync."""
        self._start()

    def _start(self, *, upgrade: bool = False) -> None:
        self._asked = True
        self.drop_plan()
        self.work.start(upgrade=upgrade)
        self.open_tab("plan")

    def action_stop(self) -> None:
        """Stops what is under way after the step that it is at."""
        self.work.stop()

    def action_plan(self) -> None:
        """Asks again what a sync would do."""
        self.work.report = self.work.failure = self.verified = None
        self.look_again(self._ask_key)

    def _ask_key(self) -> None:
        # A key was pressed, so there is somebody to ask.
        if isinstance(self.failure, VaultLocked) and self.is_current:
            self.action_unlock()

    @on(SyncChanged)
    def _perhaps_locked(self) -> None:
        if self._asked and not self.work.doing:
            self._asked = False
            self._ask_key()

    def action_unlock(self) -> None:
        """Asks for the passphrase, then goes on with what needed it."""
        start = isinstance(self.work.failure, VaultLocked)

        def unlocked(is_open: bool | None) -> None:
            if is_open and start:
                self._start()
            elif is_open:
                self.look_again()

        self.app.push_screen(Unlocking(self.home), unlocked)

    def action_upgrade(self) -> None:
        """Asks whether the remote shall be written in the newer form."""
        report = self.plan or self.work.report
        says = report.refused_push.partition(" Agree with the others")[0] if report is not None else ""
        question = Question("Send in the newer form?", [line(says)], (Answer("y", "Send", harm=True),))
        self.app.push_screen(question, lambda answer: self._start(upgrade=True) if answer == "y" else None)

    # ---- more with the remote ----

    def action_verify(self) -> None:
        """Reads the whole remote and says whether it is whole."""

        def job(remote: Remote, news: Tell, cancelled: Cancelled) -> list[Problem]:
            return sync.verify_remote(self.home, remote, news, cancelled)

        self.drop_plan()
        self.work.run("verifying", job, self._verified, self._failed)
        self.open_tab("plan")

    def _verified(self, problems: list[Problem]) -> None:
        self.verified = problems

    def _failed(self, failure: Failure) -> None:
        self.plan_failure = failure
        if self.is_attached:
            self._ask_key()

    def action_reclone(self) -> None:
        """Compares the remote with what is here, then asks whether to begin anew."""

        def job(remote: Remote, news: Tell, cancelled: Cancelled) -> sync.ReclonePlan:
            return sync.plan_reclone(self.home, remote, news, cancelled)

        self.work.run("comparing", job, self._ask_reclone, self._failed)

    def _ask_reclone(self, plan: sync.ReclonePlan) -> None:
        if not self.is_attached:
            return
        question = Question("Begin anew with this remote?", reclone_lines(plan), (Answer("y", "Begin anew"),))
        self.app.push_screen(question, self._reclone)

    def _reclone(self, answer: str | None) -> None:
        if answer == "y":
            self.drop_plan()
            self.work.reclone()

    # ---- the remote itself ----

    def action_name(self) -> None:
        """Opens the form that names a remote."""
        self._form(None)

    def action_change(self) -> None:
        """Opens the form that says how the remote is reached."""
        ask(self, partial(sync.remote_of, self.home), self._form, group="remote")

    def _form(self, known: sync.RemoteSettings | None) -> None:
        from modelops_tui.tui.screens.remote_form import RemoteForm

        self.app.push_screen(RemoteForm(self.home, known), self._formed)

    def _formed(self, name: str | None) -> None:
        if name:
            self.work.look()
            self.action_plan()

    def action_forget(self) -> None:
        """Asks whether to forget the remote."""
        standing = self.work.standing
        if standing is None:
            return
        lines = [
            line("No record changes, here or there."),
            line("What this registry knows of the remote goes: what is unsent, conflicts and how far it was synced."),
            line("Conflicts end as they stand here. The next remote is met as if for the first time."),
        ]
        question = Question(f"Forget the remote {standing.remote}?", lines, (Answer("y", "Forget", harm=True),))
        self.app.push_screen(question, partial(self._forget, standing.remote))

    def _forget(self, name: str, answer: str | None) -> None:
        if answer == "y":
            forget = partial(sync.remove_remote, self.home, name)
            ask(self, forget, partial(self._forgot, name), group="write", replacing=False)

    def _forgot(self, name: str, _: None) -> None:
        say(self, f"Forgot the remote {name}.")
        self.drop_plan()
        self.top.show("sync")
        self.work.look()

    def action_times(self) -> None:
        """Asks when the app is to sync by itself."""
        from modelops_tui.tui.screens.sync_times import ChooseTimes

        self.app.push_screen(ChooseTimes(self.timing.times), self._chose_times)

    def _chose_times(self, times: SyncTimes | None) -> None:
        if times is not None:
            self.timing.choose(times)
            self.show_all()

    # ---- conflicts and what is held ----

    @on(RecordTable.Opened, "#conflicts")
    def _conflict_opened(self, event: RecordTable.Opened) -> None:
        from modelops_tui.tui.screens.conflict_screen import ConflictScreen

        event.stop()
        self.app.push_screen(ConflictScreen(self.home, self.clock, self.work, event.identity))

    @on(RecordTable.Opened, "#held")
    def _held_opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        kind, _, id = event.identity.partition("\n")
        self.post_message(Jump(kind, id))

    def action_undo(self) -> None:
        """Takes the last decision about a conflict back, or says why that cannot be."""
        from modelops_tui.tui.screens.conflict_screen import take_back

        take_back(self, self.home, self.work, lambda _: self.load_conflicts())

    # ---- going about ----

    def action_tab(self, step: int) -> None:
        """Opens the tab beside the open one."""
        self.open_tab(TABS[(TABS.index(self.tabs.open) + step) % len(TABS)])
