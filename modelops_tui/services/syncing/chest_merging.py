"""Merges what two sides sealed of one chest, entry by entry, once a key is at hand. It asks nobody for a passphrase.

Every entry is compared with the base by its value, so that what was only sealed anew counts as unchanged. What one side
changed is taken; what both changed differently stays mine and is a conflict of its own. Recipients are merged alike,
and who was removed on one side is out. The result stands on the side with the newer key, the remote's where both have
the same number, and gets a key of its own where somebody who had that key is out: whoever is a recipient of any of the
three states with a key of that number may have kept it, so that a list without them needs another. Where the result is
what the remote has, the remote's is taken as it is, so that laptops come to rest. A header is made only over what was
opened before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.errors import VaultFailure
from modelops_tui.ports import OpenChest, Recipient, VaultLocked
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import alike
from modelops_tui.services.syncing.sealed_parts import entries_of, epoch_of, recipients_of, with_sealed

Values = dict[str, str] | None


class Side(NamedTuple):
    """A sealed part, and the chest opened by it; none for a chest that was never sealed or cannot be opened."""

    sealed: Document
    opened: OpenChest | None

    def entry(self, name: str) -> Any:
        """The sealed entry, or None."""
        return entries_of(self.sealed).get(name)


class Merged(NamedTuple):
    """A merged sealed part, the entries that both sides changed, and what is damaged on the other side."""

    sealed: Document
    clashes: list[str]
    damaged: list[str]


class Damaged(Exception):
    """An entry that does not open; it says which."""


class ChestMerge:
    """One merge of two sealed parts.

    `undecided` are the entries that are in conflict already, `published` tells the public key of a user as it is known
    here, and `checking` is for a remote's part that only has to be found whole: it then is what the result stands on.
    """

    def __init__(
        self,
        base: Side,
        mine: Side,
        theirs: Side,
        undecided: frozenset[str],
        published: Callable[[str], str],
        *,
        checking: bool,
    ) -> None:
        self.base, self.mine, self.theirs = base, mine, theirs
        self.undecided = undecided
        self.published = published
        newer = theirs.opened is not None and (checking or epoch_of(theirs.sealed) >= epoch_of(mine.sealed))
        self.onto, self.other = (theirs, mine) if newer or mine.opened is None else (mine, theirs)
        self.touched = False
        self.clashes: list[str] = []
        self.damaged: list[str] = []

    def merged(self) -> Merged:
        """Does it. Raises VaultFailure for an entry that must be sealed anew and does not open."""
        for name in dict.fromkeys([*entries_of(self.theirs.sealed), *entries_of(self.mine.sealed)]):
            self._merge_entry(name)
        self._merge_recipients()
        sealed = self.onto.opened.sealed() if self.touched and self.onto.opened is not None else self.onto.sealed
        return Merged(sealed, self.clashes, self.damaged)

    def _merge_entry(self, name: str) -> None:
        m, t = self.mine.entry(name), self.theirs.entry(name)
        if alike(m, t):
            return
        try:
            theirs = values_of(self.theirs, name)
        except Damaged as damaged:
            self.damaged.append(str(damaged))
            self._take(name, self.mine)
            self.clashes.append(name)
            return
        try:
            mine = values_of(self.mine, name)
        except Damaged:
            # Nobody can read it any more.
            self._take(name, self.theirs)
            return
        if mine == theirs:
            return
        if name in self.undecided or not (self._unchanged(name, t, theirs) or self._unchanged(name, m, mine)):
            self._take(name, self.mine)
            self.clashes.append(name)
        else:
            self._take(name, self.mine if self._unchanged(name, t, theirs) else self.theirs)

    def _unchanged(self, name: str, entry: Any, values: Values) -> bool:
        base = self.base.entry(name)
        if alike(entry, base):
            return True
        if base is None or values is None:
            return False
        try:
            return values_of(self.base, name) == values
        except Damaged:
            return False

    def _take(self, name: str, side: Side) -> None:
        if side is self.onto:
            return
        assert self.onto.opened is not None
        self.touched = True
        with suppress(Damaged):
            take(self.onto.opened, name, side, self.onto.entry(name))

    def _merge_recipients(self) -> None:
        if self.onto.opened is None:
            return
        wanted = dict(self._recipients())
        known = recipients_of(self.onto.sealed)
        gone = self._key_holders() - wanted.keys()
        if gone:
            self.touched = True
            self.onto.opened.rotate(without=gone)
        for user, public_key in wanted.items():
            if known.get(user) != public_key:
                self.touched = True
                self.onto.opened.share(Recipient(user, public_key))

    def _key_holders(self) -> set[str]:
        """Who has the key that the result stands on, as the three states tell; other keys of its number count too."""
        epoch = epoch_of(self.onto.sealed)
        sides = [side.sealed for side in (self.base, self.mine, self.theirs) if epoch_of(side.sealed) == epoch]
        return {user for sealed in sides for user in recipients_of(sealed)}

    def _recipients(self) -> Iterator[tuple[str, str]]:
        base, mine, theirs = (recipients_of(side.sealed) for side in (self.base, self.mine, self.theirs))
        for user in dict.fromkeys([*theirs, *mine]):
            was, m, t = base.get(user), mine.get(user), theirs.get(user)
            if m and t:
                yield user, _public_key(was, m, t, self.published(user))
            elif was is None or not (self.mine.sealed and self.theirs.sealed):
                yield user, m or t or ""


def _public_key(was: str | None, mine: str, theirs: str, published: str) -> str:
    if theirs in (mine, published) or mine == was:
        return theirs
    return mine if theirs == was or mine == published else theirs


def opened_side(home: Home, document: Document, sealed: Document) -> Side:
    """A sealed part of a chest, opened. Raises VaultFailure."""
    if not sealed:
        return Side(sealed, None)
    return Side(sealed, home.outside.vault.open_chest(with_sealed(document, sealed), home.user["id"]))


def values_of(side: Side, name: str) -> Values:
    """The secrets of an entry in clear, None for one that is not there. Raises Damaged, VaultLocked."""
    if side.entry(name) is None:
        return None
    if side.opened is None:
        raise Damaged(f"The entry {name} cannot be opened.")
    try:
        return side.opened.values(name)
    except VaultLocked:
        raise
    except VaultFailure as failure:
        raise Damaged(failure.says) from failure


def take(opened: OpenChest, name: str, side: Side, there: Mapping[str, Any] | None) -> None:
    """Makes an entry of an open chest what it is on a side, where `there` is what it is in the chest now.

    Raises Damaged for one that does not open on that side, VaultLocked.
    """
    values = values_of(side, name)
    if values is not None:
        opened.replace(name, values, int(side.entry(name)["version"]))
    elif there is not None:
        opened.remove(name)
