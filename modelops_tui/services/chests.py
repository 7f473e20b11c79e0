"""Treasure chests: secrets in, out on purpose, and gone again. It writes no value and every reveal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.entities.secret_places import users_of_entry
from modelops_tui.errors import NotFound, NotPermitted, Problem, VaultFailure, WrongUse
from modelops_tui.ports import OpenChest, Recipient
from modelops_tui.services.chest_values import (
    DEFAULT_FIELD,
    demand_name,
    demand_value,
    entries_of,
    generate,
    parse_env_file,
    split_place,
)
from modelops_tui.services.home import Home, kind_of
from modelops_tui.services.own_changes import SEEN
from modelops_tui.services.vault import demand_unlocked
from modelops_tui.store.bases import remote_using
from modelops_tui.store.transaction import Transaction

__all__ = [
    "DEFAULT_FIELD",
    "check",
    "entries_of",
    "entry_names",
    "entry_users",
    "field_meant",
    "generate",
    "may_change_recipients",
    "parse_env_file",
    "put",
    "put_many",
    "remove_entry",
    "reveal",
    "reveal_many",
    "split_place",
    "take_over",
    "used",
]

CHEST = kind_of("treasure-chest")
_MOST_NAMED = 8


class EntryNames(NamedTuple):
    """An entry as it shows without a key: its name, its fields, how often it was sealed."""

    entry: str
    fields: tuple[str, ...]
    version: int


def entry_names(home: Home, chest: str) -> list[EntryNames]:
    """The entries of a chest (an id), in the order of their names; nothing has to be unlocked."""
    entries = home.read(CHEST, chest).get("entries") or {}
    return [
        EntryNames(name, tuple(sorted(entry.get("fields") or {})), int(entry.get("version") or 0))
        for name, entry in sorted(entries.items())
    ]


def entry_users(home: Home, chest: str, entry: str) -> list[tuple[str, str, str]]:
    """Who names an entry instead of keeping its secret, as (kind name, label, path); the kind may be `remote`."""
    home.read(CHEST, chest)
    found = users_of_entry(chest, entry, home.names)
    users = [(kind, label_of(kind_of(kind), document, home.names), path) for kind, document, path in found]
    remote = remote_using(home.store, chest, entry)
    return [*users, ("remote", remote, "credential")] if remote else users


def field_meant(home: Home, chest: str, entry: str, field: str = "") -> str:
    """The field that is meant where none is named: the one there is, or `value`.

    Raises NotFound for an entry that is not there, WrongUse when it must be said.
    """
    if field:
        return field
    fields = next((item.fields for item in entry_names(home, chest) if item.entry == entry), None)
    if fields is None:
        known = ", ".join(item.entry for item in entry_names(home, chest)[:_MOST_NAMED])
        raise NotFound(f"The treasure chest has no entry {entry}.", f"It has: {known}." if known else "It is empty.")
    if DEFAULT_FIELD in fields or len(fields) == 1:
        return DEFAULT_FIELD if DEFAULT_FIELD in fields else fields[0]
    raise WrongUse(f"The entry {entry} has several fields.", f"Name one: {entry}.{{{','.join(fields)}}}")


def put(home: Home, chest: str, entry: str, fields: Mapping[str, str | None]) -> Document:
    """Sets fields of an entry to values in clear, None takes one out; other fields stay. Gives the written chest.

    Raises Invalid for a value that cannot be kept, WrongUse for a name, NotPermitted, VaultFailure.
    """
    return put_many(home, chest, {entry: fields})


def put_many(home: Home, chest: str, entries: Mapping[str, Mapping[str, str | None]]) -> Document:
    """Sets fields of several entries, all or none; see `put`."""
    for entry, fields in entries.items():
        demand_name(entry, "entry")
        if not fields:
            raise WrongUse(f"There is nothing to put into {entry}.")
        for field, value in fields.items():
            demand_name(field, "field")
            if value is not None:
                demand_value(value, f"{entry}.{field}")

    def write(opened: OpenChest) -> None:
        for entry, fields in entries.items():
            opened.put(entry, fields)

    return changed(home, chest, "write", _doing(entries), write)


def take_over(home: Home, chest: str, entry: str, service: str, name: str, field: str = DEFAULT_FIELD) -> Document:
    """Puts the password that the operating system's keyring has for `name` at `service` into an entry.

    It stays in the keyring too. Raises NotFound where the keyring has none, OutsideMissing where there is no keyring,
    and what `put` raises.
    """
    home.demand("write", CHEST, chest)
    found = home.outside.keyring.password(service, name)
    if found is None:
        raise NotFound(f"The keyring has no password for {name} at {service}.")
    return put(home, chest, entry, {field: found})


def remove_entry(home: Home, chest: str, entry: str) -> Document:
    """Takes an entry out, readable or not; the credential itself still works elsewhere. Gives the written chest.

    Raises NotFound, Refused when documents name the entry, NotPermitted, VaultFailure.
    """
    return changed(home, chest, "write", f"remove {entry} from", lambda opened: opened.remove(entry))


def reveal(home: Home, chest: str, entry: str, field: str = "") -> str:
    """The secret in clear, after who saw it and when is written into the chest's history.

    Raises NotFound, NotPermitted (`treasure-chest:reveal`), VaultFailure.
    """
    return reveal_many(home, chest, [(entry, field)])[0]


def reveal_many(home: Home, chest: str, places: Sequence[tuple[str, str]], why: str = "reveal") -> list[str]:
    """Several secrets in clear, written down as one reveal; `why` is the word for it in the history."""
    home.catch_up()
    home.read(CHEST, chest)
    home.demand("reveal", CHEST, chest)
    demand_unlocked(home)
    document = home.read(CHEST, chest)
    places = [(entry, field_meant(home, chest, entry, field)) for entry, field in places]
    what = _named([f"{entry}.{field}" for entry, field in places])
    with home.writing(f"{why} {what} of {CHEST.name} {document.get('name')}", {SEEN: chest}) as transaction:
        now = _now(transaction, chest)
        opened = home.outside.vault.open_chest(now, home.user["id"])
        values = [opened.value(entry, field) for entry, field in places]
        note_reveal(home, transaction, now, what)
    return values


def note_reveal(home: Home, transaction: Transaction, now: Document, what: str) -> None:
    """Writes down who saw what of a chest; `now` is the chest as the transaction has it."""
    # The number makes two reveals of the same in one millisecond two changes.
    times = ((now.get("revealed") or {}).get("times") or 0) + 1
    seen = {"at": transaction.at, "by": home.user["id"], "what": what[:1024], "times": times}
    transaction.update(CHEST.name, now["id"], {"revealed": seen})


def used(home: Home, chest: str, entry: str, fields: Sequence[str]) -> list[str]:
    """Secrets in clear for the program's own use, such as logging in: they are shown to nobody.

    It is no reveal and not written down: a sync that changed the chest each time would never come to rest. Raises
    NotFound, NotPermitted (`treasure-chest:reveal`), VaultFailure.
    """
    home.catch_up()
    home.read(CHEST, chest)
    home.demand("reveal", CHEST, chest)
    demand_unlocked(home)
    document = home.read(CHEST, chest)
    opened = home.outside.vault.open_chest(document, home.user["id"])
    return [opened.value(entry, field) for field in fields]


def check(home: Home, chest: str) -> list[Problem]:
    """What is wrong with a chest, entry by entry, without showing or recording a value.

    Raises VaultFailure when its header is not to be trusted, NotPermitted.
    """
    document = home.read(CHEST, chest)
    if not document.get("header"):
        return []
    demand_unlocked(home)
    document = home.read(CHEST, chest)
    opened = home.outside.vault.open_chest(document, home.user["id"])
    problems = []
    for entry, there in sorted((document.get("entries") or {}).items()):
        for field in sorted(there["fields"]):
            try:
                opened.value(entry, field)
            except VaultFailure as failure:
                problems.append(Problem(f"{entry}.{field}", failure.says))
    for one in opened.recipients():
        user = home.store.get("user", one.user) or {}
        if user.get("public_key") != one.public_key:
            says = f"{home.user_name(one.user)} has another key now; share the chest again."
            problems.append(Problem("recipients", says))
    return problems


def may_change_recipients(home: Home, document: Document) -> bool:
    """Whether the user may share the chest: its owner, and who may administrate it."""
    return document.get("owner") == home.user["id"] or home.may("admin", CHEST, document["id"])


def demand_recipients(home: Home, document: Document) -> None:
    """Raises NotPermitted for anybody else."""
    if not may_change_recipients(home, document):
        owner = home.user_name(str(document.get("owner")))
        raise NotPermitted(
            f"Only {owner}, who owns the treasure chest {document.get('name')}, decides who opens it.",
            f"Ask {owner}, or someone with the permission treasure-chest:admin.",
        )


def changed(home: Home, chest: str, action: str, does: str, change: Callable[[OpenChest], Any]) -> Document:
    """Opens a chest, changes it and writes it, all in one transaction; `does` begins the sentence in the history."""
    home.catch_up()
    document = home.read(CHEST, chest)
    if action:
        home.demand(action, CHEST, chest)
    # The passphrase of a script is asked for before the store is held, since that takes a while.
    demand_unlocked(home)
    with opening(home, chest, f"{does} {CHEST.name} {document.get('name')}") as (transaction, opened, now):
        change(opened)
        sealed = opened.sealed()
        _demand_sealed(str(document.get("name")), sealed["entries"])
        return transaction.update(CHEST.name, chest, sealed, if_rev=now["rev"])


def _demand_sealed(chest: str, entries: Document) -> None:
    # The store would refuse it too, as a value that a person gave, and without a way out.
    for entry, there in entries.items():
        for field, token in there["fields"].items():
            if sealed_form_problem(token):
                raise VaultFailure(
                    f"The secret {entry}.{field} of {chest} was tampered with: it is no sealed value any more.",
                    f"Put it in again, or take it out: modelops treasure-chest remove-entry {chest} {entry}",
                )


@contextmanager
def opening(home: Home, chest: str, says: str) -> Iterator[tuple[Transaction, OpenChest, Document]]:
    """A transaction with the chest opened inside it; one that was never sealed is sealed for its owner.

    Raises NotFound, NotPermitted when somebody else would seal it first, VaultFailure.
    """
    vault, user = home.outside.vault, home.user["id"]
    with home.writing(says) as transaction:
        now = _now(transaction, chest)
        if now.get("header"):
            yield transaction, vault.open_chest(now, user), now
            return
        if now.get("owner") != user:
            owner = home.user_name(str(now.get("owner")))
            raise NotPermitted(f"The treasure chest {now.get('name')} is sealed by its owner first: {owner}.")
        yield transaction, vault.new_chest(now, Recipient(user, vault.opened(user).public_key)), now


def _now(transaction: Transaction, chest: str) -> Document:
    document = transaction.get(CHEST.name, chest)
    if document is None:
        raise NotFound("The treasure chest was removed meanwhile.")
    return document


def _doing(entries: Mapping[str, Mapping[str, str | None]]) -> str:
    if any(value is not None for fields in entries.values() for value in fields.values()):
        return f"put {_named(list(entries))} into"
    return f"remove {_named([f'{entry}.{field}' for entry, fields in entries.items() for field in fields])} from"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
