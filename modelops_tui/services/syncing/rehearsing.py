"""What a sync would do now: all of it is done apart, and dropped. It writes nothing, and keeps nobody waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelops_tui.ports_remote import LogEntry
from modelops_tui.services.syncing.agreement import agree
from modelops_tui.services.syncing.books import conflict_records, state_of
from modelops_tui.services.syncing.commits import PAGE, HistoryGone, check_chain, check_content, unpack
from modelops_tui.services.syncing.report import CommitSeen, SyncReport
from modelops_tui.services.syncing.sending import summary
from modelops_tui.services.syncing.stopping import check_wish
from modelops_tui.services.syncing.unsent import look_through
from modelops_tui.store.rehearsal import rehearsal
from modelops_tui.store.transaction import Transaction

if TYPE_CHECKING:
    from modelops_tui.services.syncing.session import Session


def rehearse(session: Session, *, push: bool, pull: bool) -> SyncReport:
    """What a sync would do now; the remote is only read. Raises as a sync does, Cancelled."""
    report = session.report
    report.dry_run = True
    session.store.refresh_view()
    heads = session.new_heads()
    report.refused_push = agree(session.home, session.remote, upgrade=False, found=False, push=push).refused_push
    entries: list[LogEntry] = []
    while pull and len(entries) < len(heads):
        check_wish(session.cancelled)
        page = session.remote.read_log(heads[len(entries)].n, PAGE)
        if not page:
            raise HistoryGone("The remote ended while it was read.")
        entries += page
    state = session.state
    check_chain(int(state["checkpoint"]), str(state["hash"]), [entry.head for entry in entries])
    marks = {"sync": report.remote}
    with rehearsal(session.store, session.home.user["id"], "sync: dry run", marks) as transaction:
        _rehearse_in(session, transaction, entries, push=push and not report.refused_push)
    return report


def _rehearse_in(session: Session, transaction: Transaction, entries: list[LogEntry], *, push: bool) -> None:
    report = session.report
    for entry in entries:
        check_content(entry)
    check_wish(session.cancelled)
    session.land(transaction, entries, [unpack(entry) for entry in entries])
    report.conflicts = len(conflict_records(transaction))
    report.private = look_through(transaction).private
    if push:
        batches = list(session.plan(transaction, transaction))
        report.pushed_commits = len(batches)
        report.pushed = sum(len(batch.changes) for batch in batches)
        for batch in batches:
            says = summary(batch.changes)
            report.commits.append(CommitSeen(0, session.home.user["id"], len(batch.changes), says, True))
    report.nothing_new = not entries and not report.pushed
    report.checkpoint = int((state_of(transaction) or {}).get("checkpoint", 0))
