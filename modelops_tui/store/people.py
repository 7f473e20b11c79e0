"""Users stay: what they made and did names them for ever. It never looks at what a user may do."""

from __future__ import annotations

from modelops_tui.entities.keys import label_of
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.wording import counted
from modelops_tui.errors import Refused
from modelops_tui.store.bases import BASE, STATE, STATE_ID, book_id
from modelops_tui.store.transaction import Change, Transaction

UNDOES = "undoes"


def keep_users(transaction: Transaction) -> None:
    """Raises Refused when a user is removed, save where their making is taken back before anything names them."""
    for change in transaction.changes():
        if change.kind == "user" and change.after is None and change.before is not None:
            reason = _reason_to_stay(change, transaction)
            if reason:
                name = label_of(BY_NAME["user"], change.before, transaction)
                raise Refused(
                    f"The user {name} cannot be removed: {reason}.",
                    f"Say that they have left: modelops user set {name} state=deleted",
                )


def _reason_to_stay(change: Change, transaction: Transaction) -> str:
    if UNDOES not in transaction.marks:
        return "users are never really removed, and their names are reserved for ever"
    counts = [(kind, sum(1 for _ in transaction.holding(kind.name, change.id))) for kind in KINDS]
    # Who may not see a document must not learn from a refusal what it is called.
    named = [counted(count, kind.title) for kind, count in counts if count]
    if named:
        return (
            f"they made, or are named by, {' and '.join(part for part in (', '.join(named[:-1]), named[-1]) if part)}"
        )
    if transaction.wrote_before(change.id):
        return "the history tells what they did"
    return "a shared remote knows them" if _is_shared(change, transaction) else ""


def _is_shared(change: Change, transaction: Transaction) -> bool:
    if transaction.get(STATE, STATE_ID) is None:
        return False
    base = transaction.get(BASE, book_id(change.kind, change.id))
    return base is None or base.get("body") is not None
