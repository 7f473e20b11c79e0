"""Does what waits for a key as soon as one is at hand: chests from the remote are checked and merged, and written.

It asks nobody for a passphrase, sends nothing, and leaves what it cannot open as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.errors import Failure, VaultFailure
from modelops_tui.ports import VaultLocked
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import Key, alike, same_body
from modelops_tui.services.syncing.books import Books, base_of, conflict_of, head_body, local_body
from modelops_tui.services.syncing.chest_merging import ChestMerge, Merged, Side, opened_side
from modelops_tui.services.syncing.report import SyncReport
from modelops_tui.services.syncing.sealed_parts import (
    BROKEN,
    CLOSED,
    REPLACED,
    TAMPERED,
    Holders,
    entries_of,
    holders_of_both,
    is_entry,
    recipients_of,
    sealed_of,
    trouble_of,
    waits_for_key,
    with_sealed,
)
from modelops_tui.store.bases import CONFLICT
from modelops_tui.store.transaction import Transaction

# Not the name of a remote: what is written so came from nobody else.
MERGING = "treasure chests"
MOST_STATES = 50


@dataclass(slots=True)
class Settled:
    """What was done: how many chests were merged, what was tampered with, and what a person should know."""

    merged: int = 0
    tampered: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def tell(self, report: SyncReport) -> None:
        """Adds it to what a sync did."""
        report.merged_chests += self.merged
        report.tampered += self.tampered
        report.notes += self.notes

    def news(self) -> tuple[str, ...]:
        """All of it in sentences, for a person who unlocked the vault for something else."""
        merged = f"Merged {self.merged} treasure chest{'s' if self.merged > 1 else ''} with what the remote has."
        notes = [f"{note[:1].upper()}{note[1:]}." for note in self.notes]
        return (*([merged] if self.merged else []), *notes, *self.tampered)


def holders_here(home: Home) -> Holders:
    """Tells who of this home can open a chest, by the vaults that are in it; nothing needs to be unlocked."""
    known: dict[str, str] = {}

    def holders(sealed: Mapping[str, Any]) -> frozenset[str]:
        recipients = recipients_of(sealed)
        for user in recipients.keys() - known.keys():
            known[user] = _public_key_here(home, user)
        return frozenset(user for user, public_key in recipients.items() if known[user] == public_key)

    return holders


def _public_key_here(home: Home, user: str) -> str:
    try:
        identity = home.outside.vault.identity(user)
    except Failure:
        # A record that lost its form opens nothing.
        return ""
    return identity.public_key if identity is not None else ""


def settle_chests(home: Home) -> Settled:
    """Checks and merges the chests that wait, when the vault is open or a script's passphrase opens it.

    A chest that was tampered with is told of and left; the local one stays in use. Raises what writing raises.
    """
    if not any(_waits(record) or trouble_of(record) == CLOSED for record in home.store.documents(CONFLICT).values()):
        return Settled()
    holders = holders_here(home)
    with _writing(home, "see who can open treasure chests") as transaction:
        _see_who_opens(transaction, holders)
    settled = Settled()
    try:
        # The passphrase of a script is asked for before the store is held, since that takes a while.
        home.outside.vault.opened(home.user["id"])
        with _writing(home, "merge treasure chests") as transaction:
            for key, record in list(Books(transaction).conflicts()):
                if _waits(record):
                    _Settling(home, transaction, key, holders, settled).settle()
    except VaultFailure:
        # Locked, or locked again meanwhile: nothing was written.
        return Settled()
    home.catch_up()
    return settled


def _waits(record: Document) -> bool:
    return bool(record.get("sealed")) and not trouble_of(record)


def _writing(home: Home, says: str) -> Transaction:
    return home.store.transaction(home.user["id"], says, {"sync": MERGING})


def _see_who_opens(transaction: Transaction, holders: Holders) -> None:
    """Leaves to a person what waits for a vault that is not in this home any more, until it is there again."""
    books = Books(transaction)
    for key, record in list(books.conflicts()):
        document, trouble = transaction.get(*key), trouble_of(record)
        if document is None or not (waits_for_key(record) or trouble == CLOSED):
            continue
        theirs = sealed_of(head_body(transaction, key))
        known = CLOSED if not holders_of_both(sealed_of(document), theirs, holders) else ""
        if known != trouble:
            books.note_conflict(key, sealed={"base": record["sealed"]["base"], **({"trouble": known} if known else {})})


class _Unfit(Exception):
    """Two sides that no key merges."""

    def __init__(self, trouble: str, says: str) -> None:
        super().__init__(says)
        self.trouble = trouble
        self.says = says


def _related(one: Side, other: Side) -> bool:
    """Whether two sealed parts can have come of one another; nobody has a key before the first."""
    if one.opened is None or other.opened is None:
        return True
    return bool(one.opened.marks() & other.opened.marks())


class _Settling:
    """One chest that waits, with its document and both sides."""

    def __init__(self, home: Home, transaction: Transaction, key: Key, holders: Holders, settled: Settled) -> None:
        self.home = home
        self.transaction = transaction
        self.books = Books(transaction)
        self.key = key
        self.holders = holders
        self.settled = settled
        self.waiting: Document = (conflict_of(transaction, key) or {}).get("sealed") or {}
        self.checking = "former" in self.waiting

    def settle(self) -> None:
        """Checks or merges it, unless it is for somebody else's key. Raises VaultLocked."""
        document, head = self.transaction.get(*self.key), head_body(self.transaction, self.key)
        if document is None or head is None:
            return
        theirs = sealed_of(head)
        if self.checking and not alike(sealed_of(document), theirs):
            # Whoever sealed it anew has opened it before.
            self.books.note_conflict(self.key, sealed=None)
            return
        common = self.waiting["former"] if self.checking else self.waiting["base"]
        mine = common if self.checking else sealed_of(document)
        if self.home.user["id"] not in holders_of_both(mine, theirs, self.holders):
            return
        try:
            merged = self._merged(document, common, mine, theirs)
        except _Unfit as unfit:
            self._give_up(document, unfit)
            return
        self._write(document, merged.sealed, [self._clash(name, common, theirs) for name in merged.clashes])
        self.settled.merged += not self.checking
        self.settled.tampered += merged.damaged
        self._tell_new_recipients(document, mine, merged.sealed)

    def _merged(self, document: Document, common: Document, mine: Document, theirs: Document) -> Merged:
        """Raises _Unfit, VaultLocked."""
        my_side, their_side = self._side(document, mine, BROKEN), self._side(document, theirs, TAMPERED)
        if common and not _related(my_side, their_side):
            says = (
                f"The treasure chest {document.get('name')} of the remote was never sealed with a key of the one here."
            )
            raise _Unfit(REPLACED, says)
        try:
            base = self._side(document, common, BROKEN)
        except _Unfit:
            # Sealed before this key was a recipient: then what was sealed anew counts as changed.
            base = Side(common, None)
        undecided = frozenset(self._undecided())
        try:
            return ChestMerge(base, my_side, their_side, undecided, self._published, checking=self.checking).merged()
        except VaultLocked:
            raise
        except VaultFailure as failure:
            raise _Unfit(TAMPERED, failure.says) from failure

    def _side(self, document: Document, sealed: Document, trouble: str) -> Side:
        try:
            return opened_side(self.home, document, sealed)
        except VaultLocked:
            raise
        except VaultFailure as failure:
            raise _Unfit(trouble, failure.says) from failure

    def _undecided(self) -> dict[str, Any]:
        """The entries that are in conflict already, with what both sides began with."""
        fields = (conflict_of(self.transaction, self.key) or {}).get("fields") or []
        return {item["path"][1]: item["base"] for item in fields if is_entry(item)}

    def _published(self, user: str) -> str:
        return str((self.transaction.get("user", user) or {}).get("public_key") or "")

    def _clash(self, name: str, common: Document, theirs: Document) -> Document:
        base, there = entries_of(common).get(name), entries_of(theirs).get(name)
        # A conflict that was there before goes back further.
        base = self._undecided().get(name, base)
        return {"path": ["entries", name], "base": base, "theirs": there}

    def _give_up(self, document: Document, unfit: _Unfit) -> None:
        self.settled.tampered.append(unfit.says)
        if not self.checking:
            self.books.note_conflict(self.key, sealed={**self.waiting, "trouble": unfit.trouble})
        elif unfit.trouble == BROKEN:
            # What was here before is not whole either: there is nothing to go back to.
            self.books.note_conflict(self.key, sealed=None)
        else:
            self.books.ensure_base(self.key)
            former = self._newest_whole(document)
            self.transaction.adopt(*self.key, with_sealed(document, former))
            self.books.note_conflict(self.key, sealed={"base": former, "trouble": unfit.trouble})

    def _newest_whole(self, document: Document) -> Document:
        """The last state that opens, of those that came since a key looked at this chest."""
        former = self._side(document, self.waiting["former"], BROKEN)
        for entry in self.home.store.history(*self.key, limit=MOST_STATES):
            sealed = sealed_of(entry.before)
            if not sealed or alike(sealed, former.sealed):
                break
            with suppress(_Unfit):
                side = self._side(document, sealed, TAMPERED)
                if _related(former, side):
                    return sealed
        return former.sealed

    def _write(self, document: Document, sealed: Document, clashes: list[Document]) -> None:
        if not alike(sealed_of(document), sealed):
            self.books.ensure_base(self.key)
            stamp = {"updated_at": max(self.transaction.at, str(document["updated_at"]))}
            self.transaction.adopt(*self.key, {**with_sealed(document, sealed), **stamp})
        others = (conflict_of(self.transaction, self.key) or {}).get("fields") or []
        fields = [item for item in others if not is_entry(item)] + clashes
        self.books.note_conflict(self.key, sealed=None, fields=fields)
        record = base_of(self.transaction, self.key)
        followed = record is not None and same_body(record.get("body"), local_body(self.transaction, self.key))
        if followed and conflict_of(self.transaction, self.key) is None:
            self.books.drop_base(self.key)

    def _tell_new_recipients(self, document: Document, mine: Document, sealed: Document) -> None:
        for user in recipients_of(sealed).keys() - recipients_of(mine).keys():
            name = self.home.user_name(user)
            self.settled.notes.append(f"the treasure chest {document.get('name')} is shared with {name} now")
