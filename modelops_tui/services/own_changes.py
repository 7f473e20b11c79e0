"""Which of one's own transactions can be taken back or done again. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from modelops_tui.errors import NotFound, Refused
from modelops_tui.services.home import Home
from modelops_tui.store.history import TransactionRecord

FOUNDING = "a new registry"
# What was seen cannot be unseen: a reveal is no change to take back, and stands in the way of no other.
SEEN = "reveals"
SYNC = "sync"
PURGED = "purged_writes"
RESTORED = "restored"
UNDOES, REDOES = "undoes", "redoes"
DOCTOR = "See what can be done: modelops doctor"


def last_to_undo(home: Home) -> TransactionRecord | None:
    """The user's last transaction that stands. Raises Refused where nobody can tell what came next."""
    return next(_standing(home), None)


def next_to_undo(home: Home, target: TransactionRecord) -> TransactionRecord | None:
    """The user's last transaction before `target` that stands."""
    return next((record for record in _standing(home) if record.seq < target.seq), None)


def _standing(home: Home) -> Iterator[TransactionRecord]:
    undone: set[int] = set()
    for record in _own(home):
        if UNDOES in record.marks:
            undone.add(record.marks[UNDOES])
        elif record.seq not in undone and record.says != FOUNDING:
            yield record


def last_to_redo(home: Home) -> TransactionRecord | None:
    """The user's last undo that was not done again, if nothing else was done since."""
    redone: set[int] = set()
    for record in _own(home):
        if REDOES in record.marks:
            redone.add(record.marks[REDOES])
        elif UNDOES in record.marks:
            if record.seq not in redone:
                return record
        else:
            return None
    return None


def own_to_undo(home: Home, number: int) -> TransactionRecord:
    """The user's own transaction `number`, if it can be taken back.

    Raises NotFound where there is none, Refused for another's, for one that was taken back, and for what is no change.
    """
    target = next(home.store.changes(before=number + 1, limit=1), None)
    if target is None or target.seq != number:
        raise NotFound(f"There is no transaction {number} in the history.", "See their numbers: modelops changes")
    undone: dict[int, int] = {}
    for record in home.store.changes_by(home.user["id"]):
        if isinstance(record, range):
            continue
        if record.seq <= number:
            break
        if UNDOES in record.marks and record.seq not in undone:
            undone[record.marks[UNDOES]] = record.seq
        elif REDOES in record.marks and record.seq not in undone:
            undone[record.marks[REDOES]] = record.seq
    _refuse_unfit(home, target, undone)
    return target


def _refuse_unfit(home: Home, record: TransactionRecord, undone: dict[int, int]) -> None:
    if record.by != home.user["id"]:
        raise Refused(
            f"Transaction {record.seq} is not yours: {home.user_name(record.by)} did it.",
            "Change the documents, or ask them to take it back.",
        )
    if UNDOES in record.marks:
        raise Refused(
            f"Transaction {record.seq} took back transaction {record.marks[UNDOES]}.", "Do it again: modelops redo"
        )
    if record.seq in undone:
        raise Refused(f"Transaction {record.seq} was taken back already, by transaction {undone[record.seq]}.")
    if SEEN in record.marks or SYNC in record.marks or record.says == FOUNDING:
        raise Refused(f"Transaction {record.seq} is nothing that can be taken back: {record.says}.")


def _own(home: Home) -> Iterator[TransactionRecord]:
    """What the acting user did, the newest first; raises Refused where nobody can tell what came next."""
    later = home.store.sequence + 1
    for record in home.store.changes_by(home.user["id"]):
        numbers = record if isinstance(record, range) else range(record.seq, record.seq + 1)
        _refuse_hole(numbers.stop, later - 1)
        later = numbers.start
        if not isinstance(record, range) and SEEN not in record.marks and SYNC not in record.marks:
            yield record
    if missing_files(home):
        _refuse_hole(1, later - 1)


def _refuse_hole(first: int, last: int) -> None:
    if first <= last:
        raise Refused(f"Transactions {first} to {last} are not in the history, and one may be yours.", DOCTOR)


def missing_files(home: Home) -> set[str]:
    """The files of the history that the MANIFEST lists but that are not there."""
    store = home.store
    if all(_is_there(home, entry.file) for entry in store.manifest.history):
        return set()
    # A compaction may have let go of a file since the MANIFEST was read.
    store.refresh_view()
    return {entry.file for entry in store.manifest.history if not _is_there(home, entry.file)}


def _is_there(home: Home, file: str) -> bool:
    # A compaction that was stopped may have left it beside the folder it belongs in.
    return (home.folder / "history" / file).exists() or (home.folder / file).exists()


def standing_author(home: Home, target: TransactionRecord, kind: str, id: str) -> str:
    """The id of the user whose later change of a document still stands, else of who wrote it last."""
    cancelled: set[int] = set()
    later = [entry for entry in home.store.history(kind, id) if entry.seq > target.seq]
    for entry in later:
        if entry.seq in cancelled:
            continue
        pair = entry.marks.get(UNDOES, entry.marks.get(REDOES))
        if pair is None or pair <= target.seq:
            return entry.by
        cancelled.add(pair)
    return later[0].by if later else target.by
