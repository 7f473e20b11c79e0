"""Where a home stands, what its remote holds, and whether that is whole. It writes nothing on either side."""

from __future__ import annotations

from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import KINDS
from modelops_tui.errors import Problem, Refused
from modelops_tui.ports_remote import LogHead, Remote
from modelops_tui.services.home import Home
from modelops_tui.services.news import Progress, Tell, nobody
from modelops_tui.services.syncing.bodies import Key, same_body
from modelops_tui.services.syncing.books import (
    base_of,
    conflict_records,
    demand_state,
    head_body,
    outbox_of,
    state_of,
)
from modelops_tui.services.syncing.commits import FOUNDATION, PAGE, check_chain, check_content, unpack
from modelops_tui.services.syncing.report import SyncStatus
from modelops_tui.services.syncing.stopping import Wish, check_wish, never
from modelops_tui.services.syncing.unsent import hold_back, look_through

Fold = dict[Key, tuple[int, str, Document | None]]


def sync_status(home: Home) -> SyncStatus:
    """Where this home stands; raises NotFound without a remote."""
    home.store.refresh_view()
    state = demand_state(home.store)
    unsent = look_through(home.store)
    hold_back(unsent, home.store)
    return SyncStatus(
        str(state["name"]),
        str(state["uri"]),
        int(state["checkpoint"]),
        str(state["synced_at"]) if state["checkpoint"] else "",
        len(unsent.changes) + len(unsent.held),
        unsent.private,
        len(conflict_records(home.store)),
        outbox_of(home.store) is not None,
        unsent.held,
    )


def sync_log(remote: Remote, limit: int = 50) -> list[LogHead]:
    """The last commits of the remote, the newest first."""
    return remote.last_heads(limit)


def fold(remote: Remote, tell: Tell = nobody, cancelled: Wish = never) -> tuple[Fold, LogHead | None]:
    """What the whole log comes to: commit, author and body of every document, and the last commit.

    Raises HistoryGone for a gap or a broken chain, Refused for content that is not what its hash says, Cancelled.
    """
    found: Fold = {}
    last: LogHead | None = None
    while True:
        check_wish(cancelled)
        entries = remote.read_log(last.n + 1 if last else 1, PAGE)
        if not entries:
            return found, last
        check_chain(last.n if last else 0, last.hash if last else FOUNDATION, [entry.head for entry in entries])
        for entry in entries:
            check_content(entry)
            for key, body in unpack(entry):
                found[key] = (entry.head.n, entry.head.user, body)
            last = entry.head
        tell(Progress(last.n if last else 0, 0, "commits"))


def verify_remote(home: Home, remote: Remote, tell: Tell = nobody, cancelled: Wish = never) -> list[Problem]:
    """Reads the whole log and every view, and says what is not as it should be: where, then a sentence.

    It writes nothing. Raises Cancelled when `cancelled` says between two steps that no more is wanted.
    """
    problems: list[Problem] = []
    try:
        folded, last = fold(remote, tell, cancelled)
    except Refused as refused:
        return [Problem("log", refused.says)]
    meta = remote.read_meta()
    n = last.n if last else 0
    if meta is not None and meta.applied >= n:
        problems += _view_problems(remote, folded, cancelled)
    elif meta is not None:
        problems.append(
            Problem("views", f"show only what came up to commit {meta.applied} of {n}; a sync brings them up.")
        )
    state = state_of(home.store)
    if state is not None and int(state["checkpoint"]) == n:
        problems += _home_problems(home, folded)
    return problems


def _view_problems(remote: Remote, folded: Fold, cancelled: Wish) -> list[Problem]:
    problems = []
    left = {key for key, (_, _, body) in folded.items() if body is not None}
    for kind in KINDS:
        check_wish(cancelled)
        for shown in remote.read_view(kind.name):
            n, _, body = folded.get((shown.kind, shown.id), (0, "", None))
            left.discard((shown.kind, shown.id))
            if shown.seq != n or not same_body(shown.body, body):
                problems.append(Problem(f"{shown.kind}/{shown.id}", f"is shown otherwise than commit {n} has it."))
    problems += [Problem("/".join(key), "is not shown.") for key in sorted(left)]
    return problems


def _home_problems(home: Home, folded: Fold) -> list[Problem]:
    problems = []
    for key, (n, _, body) in folded.items():
        if not same_body(head_body(home.store, key), body):
            problems.append(Problem("/".join(key), f"is known here otherwise than commit {n} has it."))
    for kind in KINDS:
        for id in home.store.ids(kind.name):
            if (kind.name, id) not in folded and base_of(home.store, (kind.name, id)) is None:
                problems.append(Problem(f"{kind.name}/{id}", "is thought sent, but the remote never had it."))  # noqa: PERF401
    return problems
