"""What is sealed when two documents turn out to be one: two chests of one name, or two users who are one person.

A chest is sealed for its own id, and for users by theirs: it is opened and sealed anew here, or the two stay two.
"""

from __future__ import annotations

from modelops_tui.entities.field import Document
from modelops_tui.errors import Refused, VaultFailure
from modelops_tui.ports import OpenChest, Recipient
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import Key
from modelops_tui.services.syncing.books import Books
from modelops_tui.services.syncing.chest_merging import Damaged, Side, take, values_of
from modelops_tui.services.syncing.sealed_parts import CHEST, entries_of, recipients_of, sealed_of, with_sealed
from modelops_tui.services.vault import demand_unlocked
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction


def demand_key_to_join(home: Home, mine: Key) -> None:
    """Makes sure that the vault is open where something is sealed. Raises VaultLocked, VaultFailure."""
    chests = _sealed_for(home.store, mine[1]) if mine[0] == "user" else []
    if chests or (mine[0] == CHEST and sealed_of(home.store.get(*mine))):
        demand_unlocked(home)


def join_sealed(home: Home, transaction: Transaction, mine: Key, theirs: Key) -> list[Document]:
    """Brings over what is sealed of `mine`, before both become `theirs`; gives the clashes of entries.

    Raises Refused where it cannot be, VaultFailure.
    """
    if mine[0] == "user":
        _hand_over(home, transaction, mine[1], theirs[1])
    elif mine[0] == CHEST and sealed_of(transaction.get(*mine)):
        return _join_chests(home, transaction, mine, theirs)
    return []


def _sealed_for(reader: Store | Transaction, user: str) -> list[Document]:
    chests = reader.documents(CHEST).values()
    return [item for item in chests if user in recipients_of(item) or (item.get("owner") == user and sealed_of(item))]


def _hand_over(home: Home, transaction: Transaction, former: str, user: str) -> None:
    chests = _sealed_for(transaction, former)
    if not chests:
        return
    name = (transaction.get("user", former) or {}).get("name")
    if home.user["id"] != former:
        raise Refused(f"{len(chests)} treasure chests are sealed for {name}, who alone can hand them over.")
    public_key = (transaction.get("user", user) or {}).get("public_key")
    if not public_key:
        raise Refused(
            f"{len(chests)} treasure chests are sealed for the vault of {name} here, and {name} has none there.",
            "Make one there first (modelops vault init) and sync; or let the two be two: mine=NEW-NAME.",
        )
    for chest in chests:
        opened = home.outside.vault.open_chest(chest, former)
        opened.hand_over(former, Recipient(user, str(public_key)))
        _write(transaction, chest, opened)


def _join_chests(home: Home, transaction: Transaction, mine: Key, theirs: Key) -> list[Document]:
    own, other = transaction.get(*mine) or {}, transaction.get(*theirs) or {}
    side = Side(sealed_of(own), home.outside.vault.open_chest(own, home.user["id"]))
    opened = _opened(home, other)
    if {one.user for one in opened.recipients()} != recipients_of(side.sealed).keys():
        raise Refused(
            f"The two treasure chests {own.get('name')} are for different people.",
            "Share or unshare one of them until both are for the same, or rename one.",
        )
    clashes = []
    there = Side(sealed_of(other), opened)
    for name in entries_of(side.sealed):
        known = there.entry(name)
        try:
            if known is not None:
                if values_of(there, name) == values_of(side, name):
                    continue
                clashes.append({"path": ["entries", name], "base": None, "theirs": known})
            take(opened, name, side, known)
        except Damaged as damaged:
            raise VaultFailure(str(damaged), "Take that entry out first, or rename one of the two.") from None
    _write(transaction, other, opened)
    return clashes


def _opened(home: Home, chest: Document) -> OpenChest:
    user, vault = home.user["id"], home.outside.vault
    if sealed_of(chest):
        return vault.open_chest(chest, user)
    if chest.get("owner") != user:
        raise Refused(
            f"The other treasure chest {chest.get('name')} is sealed by its owner first: "
            f"{home.user_name(str(chest.get('owner')))}.",
            "Rename one of the two.",
        )
    return vault.new_chest(chest, Recipient(user, vault.opened(user).public_key))


def _write(transaction: Transaction, chest: Document, opened: OpenChest) -> None:
    Books(transaction).ensure_base((CHEST, str(chest["id"])))
    transaction.adopt(CHEST, chest["id"], with_sealed(chest, opened.sealed()))
