"""Where a home stands with its remote, what a sync would do or did, conflicts, the log, what is held. It only shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from modelops_tui.errors import Failure, Problem
from modelops_tui.services import sync
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, ask_outside
from modelops_tui.tui.header import header
from modelops_tui.tui.messages import StoreChanged, SyncChanged
from modelops_tui.tui.row_source import PlainRows
from modelops_tui.tui.screens.above import AboveRecords
from modelops_tui.tui.sheet import Piece, SheetLine, blank, line
from modelops_tui.tui.sync_rows import (
    CONFLICT_COLUMNS,
    HELD_COLUMNS,
    LOG_COLUMNS,
    TableRow,
    conflict_rows,
    held_rows,
    log_rows,
)
from modelops_tui.tui.sync_sheets import (
    failure_lines,
    plan_lines,
    progress_words,
    report_lines,
    standing_lines,
    verified_lines,
)
from modelops_tui.tui.sync_timing import SyncTiming
from modelops_tui.tui.sync_work import SyncWork
from modelops_tui.tui.widgets.lines import KeyLine, TabLine, TwoSides
from modelops_tui.tui.widgets.progress_line import ProgressLine
from modelops_tui.tui.widgets.record_table import RecordTable
from modelops_tui.tui.widgets.sheet_view import SheetView

TABS = ("plan", "conflicts", "log", "held")
MOST_COMMITS = 200


class SyncLists(AboveRecords):
    """Four tabs below a line that tells where one stands, and a line that tells how far the sync is."""

    DEFAULT_CSS: ClassVar[str] = """
    SyncLists .sync-tab { display: none; }
    SyncLists .sync-tab.-open { display: block; }
    """

    def __init__(self, home: Home, clock: Callable[[], datetime], work: SyncWork, timing: SyncTiming) -> None:
        super().__init__()
        self.home = home
        self.clock = clock
        self.work = work
        self.timing = timing
        self.top = TwoSides("sync", "…", id="top")
        self.tabs = TabLine(TABS)
        self.sheet = SheetView(id="plan")
        self.conflicts = RecordTable(id="conflicts", empty_text="No conflict: nothing waits for a decision.")
        self.log_table = RecordTable(id="log")
        self.held = RecordTable(id="held", empty_text="Nothing is held back.")
        self.bar = ProgressLine()
        self.plan: sync.SyncReport | None = None
        self.plan_failure: Failure | None = None
        self.verified: list[Problem] | None = None
        self.planning = False
        self._plans = 0
        self._was_doing = ""
        self._conflict_rows, self._log_rows, self._held_rows = PlainRows(), PlainRows(), PlainRows()

    def compose(self) -> ComposeResult:
        """The top line, the tabs, what is open, how far the sync is, the keys."""
        yield self.top
        yield self.tabs
        for pane in self.panes.values():
            pane.add_class("sync-tab")
            yield pane
        yield self.bar
        yield KeyLine()

    @property
    def panes(self) -> dict[str, SheetView | RecordTable]:
        """What each tab shows."""
        return dict(zip(TABS, (self.sheet, self.conflicts, self.log_table, self.held), strict=True))

    def on_mount(self) -> None:
        """Shows what is known at once, and asks the remote what a sync would do."""
        self._was_doing = self.work.doing
        self.conflicts.set_source(self._conflict_rows, CONFLICT_COLUMNS)
        self.log_table.set_source(self._log_rows, LOG_COLUMNS)
        self.held.set_source(self._held_rows, HELD_COLUMNS)
        self.open_tab("plan")
        self.load_conflicts()
        self.show_all()
        if not self.work.doing:
            self.look_again()

    # ---- tabs ----

    def open_tab(self, name: str) -> None:
        """Opens a tab; the log is read when it is opened."""
        self.tabs.show(name)
        for tab, pane in self.panes.items():
            pane.set_class(tab == name, "-open")
        self.panes[name].focus()
        if name == "log":
            self.load_log()
        self.refresh_bindings()

    @on(TabLine.Opened)
    def _tab_opened(self, event: TabLine.Opened) -> None:
        event.stop()
        self.open_tab(event.name)

    # ---- what the remote says ----

    def look_again(self, then: Callable[[], None] | None = None) -> None:
        """Asks the remote, beside the screen, what a sync would do; the answer of an earlier time counts no more."""
        self._plans += 1
        self.planning = True
        turn = self._plans

        def question() -> sync.SyncReport:
            with sync.connected(self.home) as remote:
                report = sync.sync(self.home, remote, dry_run=True)
            self.work.learn_names(report)
            return report

        def came(report: sync.SyncReport | None, failure: Failure | None) -> None:
            if turn != self._plans or not self.is_attached:
                return
            self.planning, self.plan, self.plan_failure = False, report, failure
            self.show_all()
            self.load_held()
            if then is not None:
                then()

        ask_outside(self.app, question, lambda report: came(report, None), lambda failure: came(None, failure))
        self.show_all()

    def drop_plan(self) -> None:
        """Forgets what a sync would do, because one was begun."""
        self._plans += 1
        self.planning, self.plan, self.plan_failure, self.verified = False, None, None, None

    def load_log(self) -> None:
        """Reads the last commits of the remote."""
        if not self._log_rows:
            self.log_table.loading_text = "loading…"

        def question() -> list[TableRow]:
            with sync.connected(self.home) as remote:
                return log_rows(self.home, sync.sync_log(remote, MOST_COMMITS), self.clock())

        ask_outside(self.app, question, self._show_log, self._no_log)

    def _show_log(self, rows: list[TableRow]) -> None:
        self.log_table.empty_text = "The remote has no commit yet."
        self._fill(self.log_table, self._log_rows, rows)

    def _no_log(self, failure: Failure) -> None:
        self.log_table.empty_text = f"✗ {failure.says}"
        self._fill(self.log_table, self._log_rows, [])

    # ---- what is here ----

    def load_conflicts(self) -> None:
        """Reads the open conflicts."""
        now = self.clock()
        ask(self, lambda: conflict_rows(sync.conflicts(self.home), now), self._show_conflicts, group="conflicts")

    def _show_conflicts(self, rows: list[TableRow]) -> None:
        self._fill(self.conflicts, self._conflict_rows, rows)
        self.tabs.note("conflicts", str(len(rows)) if rows else "")

    def load_held(self) -> None:
        """Shows what the last plan or sync said is held; without one it is worked out here, where that is little."""
        report, standing = self.plan or self.work.report, self.work.standing

        def question() -> list[TableRow]:
            if report is not None:
                return held_rows(self.home, report.held)
            few = standing is not None and standing.exact
            return held_rows(self.home, sync.sync_status(self.home).held if few else ())

        ask(self, question, self._show_held, group="held")

    def _show_held(self, rows: list[TableRow]) -> None:
        self._fill(self.held, self._held_rows, rows)
        self.tabs.note("held", str(len(rows)) if rows else "")

    def _fill(self, table: RecordTable, source: PlainRows, rows: list[TableRow]) -> None:
        if not table.is_attached:
            return
        source.rows = rows
        table.loading_text = ""
        table.refresh_rows()
        self.refresh_bindings()

    # ---- showing ----

    @property
    def failure(self) -> Failure | None:
        """Why there is no plan, or why the last sync did not go."""
        return self.plan_failure or self.work.failure

    def show_all(self) -> None:
        """Shows where the home stands, the plan or the report, and how far the sync is."""
        standing = self.work.standing
        if standing is not None:
            self.top.show(f"sync ▸ {standing.remote}")
        self.top.show(None, *header(None, self.work, ""))
        self.bar.show(*progress_words(self.work))
        self.sheet.show(self._lines(), from_top=False)
        self.refresh_bindings()

    def _lines(self) -> list[SheetLine]:
        standing = self.work.standing
        if standing is None:
            return [line("This registry has no remote. n names one: the database in which a team's registries meet.")]
        return [*self._news(), blank(), *standing_lines(standing, self.timing.times, self.clock(), self.work.synced_at)]

    def _news(self) -> list[SheetLine]:
        if self.work.doing:
            says = "The rest of the app can be used meanwhile; this screen can be left. What came in appears by itself."
            return [line(Piece("⟳ ", "busy"), Piece(self.work.doing, "title")), line(says)]
        parts: list[list[SheetLine]] = []
        if self.verified is not None:
            parts.append(verified_lines(self.verified))
        if self.plan is not None:
            parts.append(plan_lines(self.plan, self.work.names))
        if self.work.report is not None:
            parts.append(report_lines(self.work.report, self.work.names, with_waiting=self.plan is None))
        if self.failure is not None:
            parts.append(failure_lines(self.failure))
        elif self.planning:
            parts.append([line(Piece("… asking the remote what a sync would do", "dim"))])
        return [item for part in parts for item in (*part, blank())][:-1]

    @on(SyncChanged)
    def _sync_changed(self) -> None:
        ended = self._was_doing and not self.work.doing
        self._was_doing = self.work.doing
        if ended:
            self.load_conflicts()
            self.load_held()
            if self.tabs.open == "log":
                self.load_log()
        self.show_all()

    @on(StoreChanged)
    def _store_changed(self) -> None:
        self.load_conflicts()
