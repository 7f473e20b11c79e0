"""Beginning anew with a remote, and what that would come to. It drops nothing that is here."""

from __future__ import annotations

from typing import NamedTuple

from modelops_tui.entities.registry import KINDS
from modelops_tui.ports_remote import Remote
from modelops_tui.services.home import Home
from modelops_tui.services.news import Tell, nobody
from modelops_tui.services.syncing.bodies import Key, same_body
from modelops_tui.services.syncing.books import (
    Books,
    base_of,
    conflict_of,
    demand_state,
    key_of_record,
    local_body,
    outbox_of,
)
from modelops_tui.services.syncing.checking import Fold, fold
from modelops_tui.services.syncing.chest_resolving import is_kept_by_key
from modelops_tui.services.syncing.commits import FOUNDATION
from modelops_tui.services.syncing.outgoing import outgoing
from modelops_tui.services.syncing.report import SyncReport
from modelops_tui.services.syncing.session import Session
from modelops_tui.services.syncing.stopping import Cancelled, Wish, never
from modelops_tui.store.bases import BASE
from modelops_tui.store.codec import collector_paused
from modelops_tui.store.transaction import Transaction


class ReclonePlan(NamedTuple):
    """The remote beside this home: commits and documents there, documents that are the same on both sides, that only
    one side has, that were removed there or here, and that differ.

    `under_way` is true when a commit is forgotten that may have been sent.
    """

    remote: str
    commits: int
    there: int
    same: int
    only_there: int
    only_here: int
    removed_there: int
    removed_here: int
    differ: int
    under_way: bool


def plan_reclone(home: Home, remote: Remote, tell: Tell = nobody, cancelled: Wish = never) -> ReclonePlan:
    """Reads the whole remote and compares it with what is here; writes nothing. Raises as `reclone` does, Cancelled."""
    home.store.refresh_view()
    state = demand_state(home.store)
    folded, last = fold(remote, tell, cancelled)
    counts = dict.fromkeys(("same", "only_there", "removed_there", "removed_here", "differ"), 0)
    for key, (_, _, body) in folded.items():
        word = _beside(home, key, body)
        if word:
            counts[word] += 1
    return ReclonePlan(
        remote=str(state["name"]),
        commits=last.n if last is not None else 0,
        there=sum(body is not None for _, _, body in folded.values()),
        only_here=_only_here(home, folded),
        under_way=outbox_of(home.store) is not None,
        **counts,
    )


def _beside(home: Home, key: tuple[str, str], body: dict[str, object] | None) -> str:
    mine = local_body(home.store, key)
    if mine is None:
        if body is None:
            return ""
        return "removed_here" if base_of(home.store, key) is not None else "only_there"
    if body is None:
        return "removed_there"
    return "same" if same_body(mine, body) else "differ"


def _only_here(home: Home, folded: Fold) -> int:
    return sum(
        outgoing(kind.name, document, home.store) is not None
        for kind in KINDS
        for id, document in home.store.documents(kind.name).items()
        if (kind.name, id) not in folded
    )


def reclone(
    home: Home, remote: Remote, *, push: bool = True, tell: Tell = nobody, cancelled: Wish = never
) -> SyncReport:
    """Begins anew with a remote that lost or rewrote its history, or is another one.

    What the remote holds now is compared with what is here, document by document; what it lacks counts as unsent, and
    where both differ without a known common state both stay as a conflict. Nothing that is here is dropped, and what
    is the same on both sides is not written. It happens in one transaction, before which `cancelled` leaves all as it
    was, and after which it stops a sync. Raises as `sync` does.
    """
    home.store.refresh_view()
    demand_state(home.store)
    session = Session(home, remote, tell, cancelled)
    meta = remote.read_meta()
    try:
        folded, last = fold(remote, tell, cancelled)
    except Cancelled:
        session.report.cancelled = True
        return session.report
    try:
        with session.writing("sync: reclone") as transaction, collector_paused():
            _compare_anew(transaction, home, folded)
            different = [
                (key, body)
                for key, (_, _, body) in folded.items()
                if base_of(transaction, key) is not None or not same_body(local_body(transaction, key), body)
            ]
            session.take(transaction, different)
            Books(transaction).set_state(
                checkpoint=last.n if last is not None else 0,
                hash=last.hash if last is not None else FOUNDATION,
                remote_id=meta.remote_id if meta is not None else None,
                views=False,
            )
        session.report.pulled_commits = last.n if last is not None else 0
        return session.run(push=push, pull=True, upgrade=False)
    finally:
        home.catch_up()


def _compare_anew(transaction: Transaction, home: Home, folded: Fold) -> None:
    """Remembers of each document what both sides are known to have had, and nothing of what the old log held."""
    books = Books(transaction)
    books.drop_outbox()
    books.name_never_sent()
    for kind in KINDS:
        for id in home.store.ids(kind.name):
            _forget_head(books, (kind.name, id), folded)
    for record in list(transaction.documents(BASE).values()):
        key = key_of_record(record)
        if transaction.get(*key) is None and key not in folded:
            # It was removed here, and is not there any more.
            books.drop_base(key)


def _forget_head(books: Books, key: Key, folded: Fold) -> None:
    record = base_of(books.transaction, key)
    there = folded.get(key)
    if there is None:
        books.set_base(key, None)
        conflict = conflict_of(books.transaction, key) or {}
        # A chest that stays only with a new key needs its person's decision all the same.
        if conflict.get("deleted") and not is_kept_by_key(conflict):
            books.note_conflict(key, deleted=None)
        return
    body = there[2]
    if record is None:
        mine = local_body(books.transaction, key)
        if body is None:
            # What was removed there after this home last saw it is removed here.
            books.set_base(key, mine)
        elif not same_body(mine, body):
            # Any other difference is asked about.
            books.set_base(key, None)
    elif body is not None and not same_body(record.get("body"), body) and books.transaction.get(*key) is not None:
        # The remote may be older than what this home saw last: nothing tells which side moved.
        books.set_base(key, None)
