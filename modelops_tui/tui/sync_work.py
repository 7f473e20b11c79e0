"""The sync of an open app: one at a time, beside every screen, and where the home stands. It shows nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from modelops_tui.errors import Failure
from modelops_tui.services.home import Home
from modelops_tui.services.news import News, Progress, Step, Tell
from modelops_tui.tui.background import Lookout, ask_outside

if TYPE_CHECKING:
    from modelops_tui.ports_remote import Remote
    from modelops_tui.services.sync import Decision, Standing, SyncReport
    from modelops_tui.tui.app import ModelopsApp

Cancelled = Callable[[], bool]
Job = Callable[["Remote", Tell, Cancelled], Any]

SYNCING = "syncing"
SHOWING = 0.1
"""Seconds between two looks at how far the sync is."""

STOPPING = 2.0
"""Seconds that the end of the app waits for a sync to stop between two of its steps."""


class SyncWork:
    """What is under way with the remote, what came of the last time, and what waits for the next.

    `doing` is the word for what is under way, "" for nothing; `report` and `failure` tell how the last sync ended,
    `synced_at` when one went well, "" for none since the app was opened;
    `names` are those of users met in reports; `decisions` those about conflicts that may be taken back.
    """

    def __init__(self, app: ModelopsApp, home: Home) -> None:
        self.home = home
        self.standing: Standing | None = None
        self.doing = ""
        self.step = ""
        self.progress: Progress | None = None
        self.report: SyncReport | None = None
        self.failure: Failure | None = None
        self.synced_at = ""
        self.decisions: list[Decision] = []
        self.names: dict[str, str] = {}
        self._app = app
        self._stop = Event()
        self._thread: Thread | None = None
        self._showing = False
        self._lookout = Lookout(app, self._ask_standing, self.stands, self._cannot_tell, group="standing")

    # ---- where the home stands ----

    def look(self) -> None:
        """Finds out, beside the screen, where the home stands."""
        self._lookout.look()

    def _ask_standing(self) -> Standing | None:
        # Loaded beside the screen: the first frame does not wait for what it does not show.
        from modelops_tui.services.sync import standing

        return standing(self.home)

    def stands(self, standing: Standing | None) -> None:
        """Takes in where the home stands."""
        if standing == self.standing:
            return
        met, self.standing = (standing is None) != (self.standing is None), standing
        if met:
            self.report = self.failure = None
            self._app.sync_timing.begin()
        self._app.sync_changed()

    def _cannot_tell(self, _: Failure) -> None:
        """Says nothing: a store that cannot be read is told of by whoever looks at what others wrote."""

    def in_conflict(self, kind: str, id: str) -> bool:
        """Whether a document was in conflict when this was looked at last."""
        return self.standing is not None and (kind, id) in self.standing.conflicts

    # ---- what is under way ----

    @property
    def can_stop(self) -> bool:
        """Whether what is under way can be stopped between two of its steps."""
        return bool(self.doing) and not self._stop.is_set()

    @property
    def stopping(self) -> bool:
        """Whether what is under way was asked to stop."""
        return bool(self.doing) and self._stop.is_set()

    @property
    def share(self) -> float | None:
        """How much of the part that is under way is done, from 0 to 1, where that is known."""
        if self.progress is None or not self.progress.total:
            return None
        return min(1.0, self.progress.done / self.progress.total)

    def start(self, then: Callable[[], None] | None = None, *, upgrade: bool = False) -> bool:
        """Begins a sync, unless something is under way; `then` is called when it has ended, well or not."""

        def job(remote: Remote, tell: Tell, cancelled: Cancelled) -> SyncReport:
            from modelops_tui.services.sync import sync

            return self.learn_names(sync(self.home, remote, tell=tell, cancelled=cancelled, upgrade=upgrade))

        return self._begin(SYNCING, job, self._synced, self._not_synced, then)

    def reclone(self) -> bool:
        """Begins anew with what the remote holds, unless something is under way."""

        def job(remote: Remote, tell: Tell, cancelled: Cancelled) -> SyncReport:
            from modelops_tui.services.sync import reclone

            return self.learn_names(reclone(self.home, remote, tell=tell, cancelled=cancelled))

        return self._begin("beginning anew", job, self._synced, self._not_synced, None)

    def run(self, doing: str, job: Job, then: Callable[[Any], None], failed: Callable[[Failure], None]) -> bool:
        """Does something else with the remote, unless something is under way; stopped, it comes to nothing."""
        return self._begin(doing, job, then, failed, None)

    def learn_names(self, report: SyncReport) -> SyncReport:
        """Looks up, in a thread, what the users are called who made the commits of a report."""
        for commit in report.commits:
            known = self.home.names.get("user", commit.user) is not None
            self.names[commit.user] = self.home.user_name(commit.user) if known else "somebody new"
        return report

    def stop(self) -> None:
        """Asks what is under way to stop after the step that it is at; nothing that came or went is lost."""
        self._stop.set()
        self._app.sync_changed()

    def close(self) -> None:
        """Stops what is under way, and waits a little for it; it is safe to leave it behind."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(STOPPING)

    def _begin(
        self,
        doing: str,
        job: Job,
        then: Callable[[Any], None],
        failed: Callable[[Failure], None],
        ended: Callable[[], None] | None,
    ) -> bool:
        if self.doing:
            return False
        self.doing, self.step, self.progress = doing, "connecting", None
        self._stop.clear()

        def question() -> Any:
            from modelops_tui.services import sync

            try:
                with sync.connected(self.home) as remote:
                    return job(remote, self._tell, self._stop.is_set)
            except sync.Cancelled:
                return None

        def end(act: Callable[[Any], None], result: Any) -> None:
            self.doing, self.step, self.progress = "", "", None
            if result is not None:
                act(result)
            self._app.look()
            self.look()
            self._app.sync_changed()
            if ended is not None:
                ended()

        self._thread = ask_outside(self._app, question, partial(end, then), partial(end, failed))
        self._app.sync_changed()
        return True

    def _synced(self, report: SyncReport) -> None:
        self.report, self.failure = report, None
        # A sync that found nothing new writes nothing, so that nobody else remembers it.
        self.synced_at = self._app.clock().isoformat()
        self._app.sync_timing.ended()

    def _not_synced(self, failure: Failure) -> None:
        self.report, self.failure = None, failure
        self._app.sync_timing.ended()

    def _tell(self, news: News) -> None:
        # Called by the thread that syncs: many times a second, of which a few are shown.
        if isinstance(news, Step):
            self.step = news.says
            if self.progress is not None and self.progress.done >= self.progress.total:
                # What was counted is done; the next commits may be part of the same count.
                self.progress = None
        else:
            self.progress = news
        if not self._showing:
            self._showing = True
            self._app.call_later(self._show_soon)

    def _show_soon(self) -> None:
        self._app.set_timer(SHOWING, self._show)

    def _show(self) -> None:
        self._showing = False
        if self.doing:
            # What came in is there already: it appears while the rest is on its way.
            self._app.look()
            self._app.sync_changed()
