"""Brings the views of a remote up to its log, beside the sending where there is much. It never touches the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from queue import Empty, Queue
from threading import Thread

from modelops_tui.ports_remote import Remote, ViewChange
from modelops_tui.services.news import Progress, Step, Tell
from modelops_tui.services.syncing.bodies import Key
from modelops_tui.services.syncing.commits import PAGE, HistoryGone, check_content, unpack

Commit = tuple[int, Sequence[ViewChange]]
# How many commits may wait to be shown, and how many are shown at once.
WAITING = 30
TOGETHER = 10


class Showing:
    """The views' side of one sync. `applied` is the last commit up to which they are known to show everything."""

    def __init__(self, remote: Remote, tell: Tell) -> None:
        self.applied = 0
        self._remote = remote
        self._tell = tell
        self._waiting: Queue[Commit | None] = Queue(WAITING)
        self._written: set[int] = set()
        self._worker: Thread | None = None
        self._failure: Exception | None = None
        self._stopped = False

    def add(self, commit: Commit, *, beside: bool) -> None:
        """Takes a commit that the log has; with `beside` it is shown while the caller goes on."""
        if self._worker is None and beside:
            self._worker = Thread(target=self._work, name="modelops-views", daemon=True)
            self._worker.start()
        if self._worker is None and self._waiting.full():
            self._write(self._take())
        self._waiting.put(commit)

    def finish(self, last: int) -> None:
        """Shows everything up to commit `last`, whoever left it behind. Raises as the remote does, HistoryGone."""
        self._join()
        while self._failure is None and (commits := self._take()):
            self._write(commits)
        if self._failure is not None:
            raise self._failure
        if self.applied >= last:
            return
        self._tell(Step("bringing the views up"))
        meta = self._remote.read_meta()
        self.applied = max(self.applied, meta.applied if meta is not None else 0)
        while self.applied < last:
            if self.applied + 1 not in self._written:
                self._write(self._read_page())
            self._advance()
            self._tell(Progress(min(self.applied, last), last, "commits shown"))

    def abandon(self) -> None:
        """Lets go of what is not shown yet; the next sync of anybody shows it."""
        self._stopped = True
        self._join()

    def _join(self) -> None:
        if self._worker is not None:
            self._waiting.put(None)
            self._worker.join()
            self._worker = None

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            commits = [first, *self._take()]
            if self._failure is None and not self._stopped:
                try:
                    self._write(commits)
                except Exception as error:  # noqa: BLE001 – told by `finish`, in the thread that asked
                    self._failure = error

    def _take(self) -> list[Commit]:
        """What waits now, up to where the end is marked."""
        commits: list[Commit] = []
        while len(commits) < TOGETHER:
            try:
                commit = self._waiting.get_nowait()
            except Empty:
                break
            if commit is None:
                self._waiting.put(None)
                break
            commits.append(commit)
        return commits

    def _read_page(self) -> list[Commit]:
        entries = self._remote.read_log(self.applied + 1, PAGE)
        if not entries or entries[0].head.n != self.applied + 1:
            raise HistoryGone(f"The remote has no commit {self.applied + 1} any more.")
        commits: list[Commit] = []
        for entry in entries:
            check_content(entry)
            n, by = entry.head.n, entry.head.user
            commits.append((n, [ViewChange(*key, body, n, by) for key, body in unpack(entry)]))
        return commits

    def _write(self, commits: Sequence[Commit]) -> None:
        self._remote.write_views(folded(change for _, changes in commits for change in changes))
        self._written.update(n for n, _ in commits)
        self._advance()

    def _advance(self) -> None:
        last = self.applied
        while last + 1 in self._written:
            last += 1
        if last > self.applied:
            self._remote.set_applied(last)
            self.applied = last


def folded(changes: Iterable[ViewChange]) -> list[ViewChange]:
    """The last of the changes of each document, which is known as the first of them was."""
    last: dict[Key, ViewChange] = {}
    for change in changes:
        key = (change.kind, change.id)
        former = last.get(key)
        last[key] = change if former is None else change._replace(known=former.known)
    return list(last.values())
