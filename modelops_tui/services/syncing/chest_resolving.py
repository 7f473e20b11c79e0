"""What a person decides about the sealed part of a chest, entry by entry, and what it shows: values only on request.

Whoever keeps mine as a whole instead of what the remote holds, or held before it was removed there, seals it anew with
a new key. Somebody may have been let in there since, with the very key that mine has, and a forged header or a removal
does not tell who. The new key was never wrapped for anybody but the recipients of mine, so that nobody else opens what
is sealed from then on, whatever was done there and in whatever order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.errors import NotFound, Refused, VaultFailure, WrongUse
from modelops_tui.services.chests import CHEST as KIND
from modelops_tui.services.chests import note_reveal
from modelops_tui.services.home import Home
from modelops_tui.services.own_changes import SEEN
from modelops_tui.services.syncing.books import conflict_of, head_body
from modelops_tui.services.syncing.chest_merging import Damaged, Side, Values, opened_side, take, values_of
from modelops_tui.services.syncing.chest_settling import holders_here
from modelops_tui.services.syncing.sealed_parts import (
    BROKEN,
    CHEST,
    CLOSED,
    REMOVED,
    REPLACED,
    TAMPERED,
    UNSHARED,
    entries_of,
    epoch_of,
    recipients_of,
    sealed_of,
    trouble_of,
    waits_for_key,
    with_sealed,
)
from modelops_tui.services.vault import demand_unlocked
from modelops_tui.store.transaction import Transaction

MINE, THEIRS = "mine", "theirs"
WHOLE = "entries"
TROUBLES: dict[str, tuple[str, tuple[str, ...]]] = {
    TAMPERED: ("tampered with there: its header does not vouch for what it holds", (MINE,)),
    BROKEN: ("changed on both sides, and tampered with here", (THEIRS,)),
    REPLACED: ("another one there, sealed by somebody who never had the key of this one", (MINE, THEIRS)),
    UNSHARED: ("changed here, and no longer shared with you there", (THEIRS,)),
    CLOSED: ("changed on both sides, and nobody here can open what is here", (THEIRS,)),
}


def is_sealed(kind: str, path: Sequence[str]) -> bool:
    """Whether a clash is about something sealed."""
    return kind == CHEST and path[0] == WHOLE


def masked(value: Any) -> str | None:
    """A sealed entry, or the sealed part of a chest, as far as it shows without a key; None for what is not there."""
    if not value:
        return None
    if "version" in value:
        return f"sealed, version {value['version']}"
    return f"sealed, {len(entries_of(value))} entries, key {epoch_of(value)}, for {len(recipients_of(value))}"


def whole_clash(record: Document, document: Document, head: Document | None) -> Document:
    """The clash of a chest that no key merges: the sealed parts of both sides."""
    return {"path": [WHOLE], "base": record["sealed"]["base"], "mine": sealed_of(document), "theirs": sealed_of(head)}


def decide(home: Home, transaction: Transaction, document: Document, choices: Mapping[str, Any]) -> Document:
    """The chest after decisions about what is sealed of it, `mine` or `theirs` by dotted path.

    Raises WrongUse for another choice, Refused for one that would let somebody in or lose what cannot be sealed,
    VaultFailure.
    """
    for path, choice in choices.items():
        if choice not in (MINE, THEIRS):
            raise WrongUse(f"{path} is sealed: choose mine or theirs.", "Then any other value can be put in.")
    key = (CHEST, str(document["id"]))
    theirs = sealed_of(head_body(transaction, key))
    if WHOLE in choices:
        trouble = trouble_of(conflict_of(transaction, key) or {})
        if choices[WHOLE] == MINE:
            _demand_mine(document, trouble)
            return sealed_anew(home, document)
        whole = with_sealed(document, theirs)
        if trouble == TAMPERED:
            says = f"The treasure chest {document.get('name')} of the remote was tampered with, and cannot be taken."
            raise VaultFailure(says, "Keep yours: mine. Or have it sealed anew there.")
        if _opens(home, theirs):
            home.outside.vault.open_chest(whole, home.user["id"])
        return whole
    taken = [path.partition(".")[2] for path, choice in choices.items() if choice == THEIRS]
    return _with_entries(home, document, theirs, taken) if taken else document


def sealed_anew(home: Home, document: Document) -> Document:
    """A chest with a new key for the same people, where it was sealed at all. Raises VaultFailure."""
    if not sealed_of(document):
        return document
    opened = home.outside.vault.open_chest(document, home.user["id"])
    opened.rotate()
    return with_sealed(document, opened.sealed())


def is_kept_by_key(record: Mapping[str, Any]) -> bool:
    """Whether a chest that was removed there, and was not there as it is here, stays only with a new key."""
    return trouble_of(record) == REMOVED


def demand_key(home: Home, chest: str, choices: Mapping[str, Any]) -> None:
    """Makes sure that the vault is open where a decision needs it.

    Raises VaultLocked, VaultFailure, and Refused where opening it merged what waited and left other places to decide.
    """
    key = (CHEST, chest)
    theirs, record = sealed_of(head_body(home.store, key)), conflict_of(home.store, key) or {}
    if WHOLE not in choices:
        # What nobody has merged yet, nobody has seen: it could go back to where it was, and mine would win unasked.
        needed = THEIRS in choices.values() or waits_for_key(record)
    elif choices[WHOLE] == MINE:
        needed = trouble_of(record) in (TAMPERED, REPLACED)
    else:
        needed = _opens(home, theirs)
    if needed:
        demand_unlocked(home)
    if (conflict_of(home.store, key) or {}).get("fields") != record.get("fields"):
        raise Refused("This conflict has changed since it was shown.", "Look at it again, then decide.")


def _opens(home: Home, sealed: Document) -> bool:
    return home.user["id"] in holders_here(home)(sealed)


def _demand_mine(document: Document, trouble: str) -> None:
    name = document.get("name")
    if trouble == BROKEN:
        raise VaultFailure(f"The treasure chest {name} was tampered with here.", "Take the remote's: theirs.")
    if trouble == UNSHARED:
        raise Refused(
            f"The treasure chest {name} is not shared with you there any more: nothing of yours can be sealed in it.",
            "Reveal what you put in and put it into a chest of your own, then choose theirs.",
        )
    if trouble == CLOSED:
        raise Refused(
            f"Nobody here can open the treasure chest {name} as it is here, so nothing of it can be sealed there.",
            "Bring the vault back that it was sealed with, then sync; or choose theirs.",
        )


def _with_entries(home: Home, document: Document, theirs: Document, names: Sequence[str]) -> Document:
    opened = home.outside.vault.open_chest(document, home.user["id"])
    side = opened_side(home, document, theirs)
    for name in names:
        try:
            take(opened, name, side, entries_of(document).get(name))
        except Damaged as damaged:
            raise VaultFailure(str(damaged), "Choose mine.") from None
    sealed = opened.sealed()
    # Nothing is left of mine: then it is the remote's as it is, and nothing has to be sent.
    same = side.opened is not None and _same(Side(sealed, opened), side)
    return with_sealed(document, theirs if same else sealed)


def _same(one: Side, other: Side) -> bool:
    headers = [(side.sealed["header"]["recipients"], side.sealed["header"]["epoch"]) for side in (one, other)]
    names = entries_of(one.sealed).keys()
    if headers[0] != headers[1] or names != entries_of(other.sealed).keys():
        return False
    try:
        return all(values_of(one, name) == values_of(other, name) for name in names)
    except Damaged:
        return False


def conflict_values(home: Home, chest: str, entry: str) -> tuple[Values, Values]:
    """Mine and theirs of an entry in conflict, in clear, after who saw them is written into the chest's history.

    None for the side that took the entry out. Raises NotFound, NotPermitted, VaultFailure.
    """
    home.catch_up()
    home.read(KIND, chest)
    home.demand("reveal", KIND, chest)
    demand_unlocked(home)
    document = home.read(KIND, chest)
    says = f"reveal {entry} of {CHEST} {document.get('name')} in conflict"
    with home.writing(says, {SEEN: chest}) as transaction:
        document, theirs = _in_conflict(transaction, chest, entry)
        sides = [opened_side(home, document, sealed) for sealed in (sealed_of(document), theirs)]
        try:
            mine, there = (values_of(side, entry) for side in sides)
        except Damaged as damaged:
            raise VaultFailure(str(damaged)) from None
        note_reveal(home, transaction, document, f"{entry}, mine and theirs")
    return mine, there


def _in_conflict(transaction: Transaction, chest: str, entry: str) -> tuple[Document, Document]:
    key = (CHEST, chest)
    fields = (conflict_of(transaction, key) or {}).get("fields") or []
    document = transaction.get(*key)
    if document is None or [WHOLE, entry] not in [item["path"] for item in fields]:
        raise NotFound(f"The entry {entry} is in no conflict.", "See what is: modelops sync conflicts")
    return document, sealed_of(head_body(transaction, key))
