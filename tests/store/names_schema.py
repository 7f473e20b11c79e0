"""A schema for tests: names are unique in a kind, and nothing else is asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from modelops_tui.errors import Refused
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction


class NamesSchema:
    """Two kinds, looked up by name and by the project they refer to."""

    kinds = ("training", "project")

    def terms(self, kind: str, document: dict[str, Any]) -> Iterable[str]:
        if "name" in document:
            yield f"name:{document['name']}"
        if document.get("project"):
            yield str(document["project"])

    def check(self, transaction: Transaction) -> None:
        for change in transaction.changes():
            if change.after is not None and "name" in change.after:
                name = change.after["name"]
                if len(transaction.find(change.kind, f"name:{name}")) > 1:
                    raise Refused(f"The name {name} is taken.")


def opened(home: Path, **options: Any) -> Store:
    """The store of a folder with the schema for tests."""
    return Store.open(home, NamesSchema(), **options)


def added(store: Store, **fields: Any) -> dict[str, Any]:
    """One training, written in a transaction of its own."""
    with store.transaction("ada", "add") as tx:
        return tx.insert("training", fields)


def names(store: Store) -> list[str]:
    """The names of all trainings, in order."""
    return sorted(one["name"] for one in store.documents("training").values())


def renamed(store: Store, document: dict[str, Any], name: str) -> None:
    """Gives a training another name, in a transaction of its own."""
    with store.transaction("ada", f"rename to {name}") as tx:
        tx.update("training", document["id"], {"name": name})


def bytes_of(home: Path) -> bytes:
    """Every byte of every file of a home."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
