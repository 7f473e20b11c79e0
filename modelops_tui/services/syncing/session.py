"""One sync from beginning to end: take in what is new, send what is unsent, bring the views up.

It may be stopped anywhere and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from random import random
from time import sleep

from modelops_tui.entities.field import Document
from modelops_tui.errors import Invalid, NotPermitted, OutsideMissing
from modelops_tui.ports_remote import AppendConflict, LogEntry, LogHead, Remote, ViewChange
from modelops_tui.services.home import Home
from modelops_tui.services.news import Progress, Step, Tell, nobody
from modelops_tui.services.syncing.agreement import agree
from modelops_tui.services.syncing.books import Books, conflict_records, demand_state, outbox_of, state_of
from modelops_tui.services.syncing.chest_settling import holders_here, settle_chests
from modelops_tui.services.syncing.collisions import Collisions
from modelops_tui.services.syncing.commits import (
    FOUNDATION,
    MOST_DOCUMENTS,
    PAGE,
    SCHEMA,
    Changes,
    HistoryGone,
    broken,
    check_chain,
    check_content,
    unpack,
)
from modelops_tui.services.syncing.landing import Landing
from modelops_tui.services.syncing.planning import Batch, FirstPush, in_batches
from modelops_tui.services.syncing.rehearsing import rehearse
from modelops_tui.services.syncing.report import CommitSeen, SyncReport
from modelops_tui.services.syncing.sending import Prepared, acknowledge, commit_in, finish, is_own, make_commit
from modelops_tui.services.syncing.showing import Showing
from modelops_tui.services.syncing.stopping import Cancelled, Wish, check_wish, never
from modelops_tui.services.syncing.unsent import hold_back, look_through
from modelops_tui.store.bases import BASE, NEVER_SENT
from modelops_tui.store.codec import collector_paused
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction
from modelops_tui.version import __version__

CLIENT = f"modelops {__version__}"
HEADS = 1000
TRIES = 12


class Session:
    """A sync under way."""

    def __init__(self, home: Home, remote: Remote, tell: Tell = nobody, cancelled: Wish = never) -> None:
        self.home = home
        self.store: Store = home.store
        self.remote = remote
        self.tell = tell
        self.cancelled = cancelled
        self.report = SyncReport(str(self.state["name"]))
        self.showing = Showing(remote, tell)
        self._acknowledged: list[tuple[int, list[ViewChange]]] = []
        self._batches: Iterator[Batch] = iter(())
        self._to_send = 0
        self._quiet_since = -1
        self._may_push = False
        self._schema = SCHEMA

    @property
    def state(self) -> Document:
        """What is known of the remote; raises NotFound in a home that has none."""
        return demand_state(self.store)

    def run(self, *, push: bool, pull: bool, upgrade: bool) -> SyncReport:
        """Syncs; raises HistoryGone, Refused, OutsideMissing, with everything taken in so far kept."""
        try:
            self._run(push=push, pull=pull, upgrade=upgrade)
        except Cancelled:
            self.report.cancelled = True
        finally:
            self.showing.abandon()
        self._count()
        return self.report

    def _run(self, *, push: bool, pull: bool, upgrade: bool) -> None:
        self.store.refresh_view()
        self.tell(Step(f"asking {self.report.remote}"))
        heads = self.new_heads()
        settle_chests(self.home).tell(self.report)
        state = self.state
        if self._nothing_to_do(state, heads, push):
            self.report.nothing_new = True
            return
        self._agree(push=push, upgrade=upgrade)
        if not pull and heads and (push or outbox_of(self.store) is not None):
            # Nothing can be sent past commits that were not taken in.
            self.report.refused_push = f"{len(heads)} commits must be taken in first."
            return
        for attempt in range(TRIES):
            if pull:
                self._pull(self.new_heads() if attempt else heads)
                settle_chests(self.home).tell(self.report)
            if not self._may_push or self._push():
                break
            sleep(min(1.0, 0.01 * 2**attempt) * random())  # noqa: S311 – spreads those who try at once
        else:
            raise OutsideMissing("Others write to the remote faster than this home can follow.", "Sync again.")
        self._show()

    def _agree(self, *, push: bool, upgrade: bool = False) -> None:
        agreed = agree(self.home, self.remote, upgrade=upgrade, found=True, push=push)
        self._schema = agreed.schema
        self.report.refused_push = agreed.refused_push or self.report.refused_push
        self.showing.applied = max(self.showing.applied, agreed.applied)
        self._may_push = push and not agreed.refused_push

    def _nothing_to_do(self, state: Document, heads: Sequence[LogHead], push: bool) -> bool:
        if heads or not state["checkpoint"] or not state.get("views") or outbox_of(self.store) is not None:
            return False
        if not push:
            return True
        unsent = look_through(self.store)
        if unsent.finished:
            with self.writing("sync: tidy up") as transaction:
                finish(transaction, unsent.finished)
        hold_back(unsent, self.store)
        return not unsent.changes

    def new_heads(self) -> list[LogHead]:
        """The commits after the checkpoint, without their content; raises HistoryGone."""
        state = self.state
        checkpoint, hash = int(state["checkpoint"]), str(state["hash"])
        heads = self.remote.heads(max(checkpoint, 1), HEADS)
        if not checkpoint:
            check_chain(0, FOUNDATION, heads)
            return heads
        if not heads:
            raise HistoryGone(f"The remote ends before commit {checkpoint}, which this home was synced with.")
        if heads[0].n != checkpoint or heads[0].hash != hash:
            raise HistoryGone(f"Commit {checkpoint} of the remote is not the one that this home was synced with.")
        check_chain(checkpoint, hash, heads[1:])
        return heads[1:]

    def writing(self, says: str, by: str = "") -> Transaction:
        """A transaction of sync itself, in the name of the acting user or of whoever made a commit."""
        return self.store.transaction(by or self.home.user["id"], says, {"sync": self.report.remote})

    def _pull(self, heads: list[LogHead]) -> None:
        total, done = len(heads), 0
        if total:
            self.tell(Step(f"taking in {total} commits"))
        while heads:
            check_wish(self.cancelled)
            entries = self._read_log(heads[0])
            for batch in _by_author(entries):
                self._take_in(batch)
            done += len(entries)
            self.tell(Progress(done, total, "commits"))
            heads = heads[len(entries) :] or (self.new_heads() if total == HEADS else [])

    def _read_log(self, head: LogHead) -> list[LogEntry]:
        entries = self.remote.read_log(head.n, PAGE)
        if not entries:
            raise HistoryGone(f"The remote ends before commit {head.n}.")
        check_chain(head.n - 1, head.prev, [entry.head for entry in entries])
        for entry in entries:
            check_content(entry)
        if max(entry.head.schema for entry in entries) > self._schema:
            # Somebody with a newer program came since the remote was asked what it demands.
            self._agree(push=self._may_push)
        return entries

    def _take_in(self, entries: Sequence[LogEntry]) -> None:
        contents = [unpack(entry) for entry in entries]
        author = entries[0].head.user
        says = f"sync: {entries[0].head.summary}" if len(entries) == 1 else f"sync: {len(entries)} commits"
        try:
            with self.writing(says, author) as transaction, collector_paused():
                self.land(transaction, entries, contents)
            self._pass_on()
        except Invalid as wrong:
            problem = wrong.problems[0] if wrong.problems else None
            raise broken(entries[0].head.n, f"{problem.path} {problem.says}" if problem else wrong.says) from wrong

    def land(self, transaction: Transaction, entries: Sequence[LogEntry], contents: Sequence[Changes]) -> None:
        """Takes in the commits that follow the checkpoint, inside a transaction."""
        books = Books(transaction)
        for entry, changes in zip(entries, contents, strict=True):
            state = state_of(transaction)
            assert state is not None
            if entry.head.n != int(state["checkpoint"]) + 1:
                continue
            check_chain(int(state["checkpoint"]), str(state["hash"]), [entry.head])
            if is_own(transaction, entry):
                self._acknowledged.append((entry.head.n, acknowledge(transaction, entry)))
                self.report.commits.append(CommitSeen.of(entry.head, sent=True))
                continue
            # Somebody was first: what was under way is made anew on top of this.
            books.drop_outbox()
            books.name_never_sent()
            self.take(transaction, changes)
            books.set_state(checkpoint=entry.head.n, hash=entry.head.hash, views=False)
            self.report.commits.append(CommitSeen.of(entry.head, sent=False))
            self.report.pulled_commits += 1

    def take(self, transaction: Transaction, changes: Changes) -> None:
        """Merges what the remote holds of documents with what is here, inside a transaction."""
        landing = Landing(transaction, holders_here(self.home))
        written = landing.land(dict(changes).items())
        collisions = Collisions(transaction)
        collisions.settle(written)
        self.report.notes += [*landing.notes, *collisions.notes]
        self.report.pulled += len(written)

    def _pass_on(self, *, beside: bool = False) -> None:
        """Has the commits shown that were taken note of."""
        for commit in self._acknowledged:
            self.showing.add(commit, beside=beside)
        self._acknowledged.clear()

    def _push(self) -> bool:
        """Sends everything that may go; False when somebody else was first."""
        commit = self._step(None)
        while commit is not None:
            check_wish(self.cancelled)
            self.tell(Step(f"sending {commit.entry.head.summary}"))
            if not self._send(commit.entry):
                return False
            self.report.commits.append(CommitSeen.of(commit.entry.head, sent=True))
            self.report.pushed_commits += 1
            self.report.pushed += commit.entry.head.documents
            self.tell(Progress(self.report.pushed, max(self._to_send, self.report.pushed), "documents"))
            commit = self._step(commit)
        return True

    def _send(self, entry: LogEntry) -> bool:
        try:
            self.remote.append(entry)
        except AppendConflict:
            return False
        return True

    def _step(self, sent: Prepared | None) -> Prepared | None:
        """Takes note of a commit that is there, and makes the next one durable: both or neither."""
        following: Prepared | None = None
        with self.writing("sync: sending") as transaction, collector_paused():
            # What was planned still holds when nothing else was written since.
            quiet = self._quiet_since == self.store.sequence
            if sent is not None and is_own(transaction, sent.entry):
                views = acknowledge(transaction, sent.entry, sent.changes if quiet else None)
                self._acknowledged.append((sent.entry.head.n, views))
            outbox = outbox_of(transaction)
            if outbox is not None:
                following, self._batches = Prepared(commit_in(outbox)), iter(())
            else:
                following = self._next_commit(transaction, planned=quiet)
        self._quiet_since = transaction.sequence
        self._pass_on(beside=following is not None)
        return following

    def _next_commit(self, transaction: Transaction, *, planned: bool) -> Prepared | None:
        batch = next(self._batches, None) if planned else None
        if batch is None:
            self._batches = self.plan(transaction, self.store)
            batch = next(self._batches, None)
        if batch is None:
            return None
        for key in batch.private:
            Books(transaction).set_base(key, None)
        commit, left = make_commit(transaction, batch.changes, self.home.user["id"], CLIENT)
        if left:
            self._batches = chain([Batch(left)], self._batches)
        return commit

    def plan(self, transaction: Transaction, documents: Store | Transaction) -> Iterator[Batch]:
        """What to send, in batches, as seen by a transaction that also tidies the books.

        `documents` is asked for what comes later, when the transaction may be over.
        """
        if self._is_first(transaction):
            first = FirstPush(transaction, documents)
            batches = first.batches(MOST_DOCUMENTS)
            batch = next(batches, None)
            if batch is not None:
                self._to_send = self.report.pushed + len(first)
                return chain([batch], batches)
        Books(transaction).name_never_sent()
        Collisions(transaction).release()
        unsent = look_through(transaction)
        finish(transaction, unsent.finished)
        hold_back(unsent, transaction)
        self.report.held = unsent.held
        self._to_send = self.report.pushed + len(unsent.changes)
        return map(Batch, in_batches(unsent.changes, unsent.heads, MOST_DOCUMENTS))

    def _is_first(self, transaction: Transaction) -> bool:
        """Whether the remote knows only what this home sent it first, and nothing here waits for a decision."""
        state = state_of(transaction) or {}
        if (state.get("checkpoint") and NEVER_SENT not in state) or conflict_records(transaction):
            return False
        return not any(record.get("body") for record in transaction.documents(BASE).values())

    def _show(self) -> None:
        """Brings the views up to the checkpoint, whoever left them behind."""
        state = self.state
        if state.get("views") or not state["checkpoint"]:
            return
        check_wish(self.cancelled)
        last = int(state["checkpoint"])
        self.showing.finish(last)
        self.remote.note_replica(str(state["replica"]), str(self.home.user.get("name")), last, CLIENT)
        with self.writing("sync: shown") as transaction:
            if state_of(transaction) == state:
                Books(transaction).set_state(views=True)

    def _count(self) -> None:
        self.store.refresh_view()
        unsent = look_through(self.store)
        if not self.report.held:
            hold_back(unsent, self.store)
            self.report.held = unsent.held
        self.report.conflicts = len(conflict_records(self.store))
        self.report.private = unsent.private
        self.report.unsent = len(unsent.changes) + len(self.report.held)
        self.report.checkpoint = int(self.state["checkpoint"])


def _by_author(entries: Sequence[LogEntry]) -> list[list[LogEntry]]:
    """The commits in runs of one author, so that each transaction here tells who did it."""
    runs: list[list[LogEntry]] = []
    for entry in entries:
        if runs and runs[-1][0].head.user == entry.head.user:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs


def sync(
    home: Home,
    remote: Remote,
    *,
    push: bool = True,
    pull: bool = True,
    dry_run: bool = False,
    upgrade: bool = False,
    tell: Tell = nobody,
    cancelled: Wish = never,
) -> SyncReport:
    """Brings this home and its remote together. `dry_run` writes nothing on either side and tells what would happen.

    Raises NotFound without a remote, HistoryGone when the remote lost or rewrote its history, Refused for what this
    program cannot take in, RemoteUnreachable; everything that was taken in or acknowledged before stays.
    """
    if home.user.get("state", "active") != "active":
        raise NotPermitted(f"User {home.user.get('name')} is {home.user.get('state')} and may do nothing.")
    session = Session(home, remote, tell, cancelled)
    if dry_run:
        try:
            return rehearse(session, push=push, pull=pull)
        except Cancelled:
            session.report.cancelled = True
            return session.report
    try:
        return session.run(push=push, pull=pull, upgrade=upgrade)
    finally:
        home.catch_up()
