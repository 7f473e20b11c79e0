"""The stores that are measured: each keeps documents by id with a unique name, every write durable before it returns.

None is tuned beyond what its own manual recommends for that promise. Where one does less, its class says so.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, Protocol

from modelops_tui.errors import Refused
from modelops_tui.store.identity import new_id
from modelops_tui.store.store import Store
from modelops_tui.store.transaction import Transaction
from tests.benchmarks.mlflow_contender import MlflowSqlite

Document = dict[str, Any]


def made_up(number: int) -> Document:
    """A document of about 250 bytes."""
    owner = f"team-{number % 100}"
    return {
        "name": f"night-{number}",
        "state": ("draft", "ready", "done")[number % 3],
        "details": {"owner": owner, "notes": "n" * 90, "score": number / 7, "tags": ["a", "b", f"t{number % 10}"]},
    }


class Contender(Protocol):
    """What every store can do here."""

    label: ClassVar[str]
    most: ClassVar[int]

    def bulk(self, documents: Iterable[Document]) -> None: ...
    def insert(self, document: Document) -> str: ...
    def update(self, id: str, state: str) -> None: ...
    def get(self, id: str) -> Document | None: ...
    def by_name(self, name: str) -> Document | None: ...
    def scan(self, owner: str) -> int: ...
    def ids(self) -> list[str]: ...
    def close(self) -> None: ...


class Unique:
    """The schema of the measured store: a unique name, checked in every transaction as SQLite and LMDB do."""

    kinds = ("training",)

    def terms(self, kind: str, document: Document) -> Iterable[str]:
        """The name."""
        return (document["name"],)

    def check(self, transaction: Transaction) -> None:
        """Refuses a name that is taken."""
        for change in transaction.changes():
            if change.after is not None and len(transaction.find(change.kind, change.after["name"])) > 1:
                raise Refused("The name is taken.")


class Ours:
    """The store of this project."""

    label = "modelops"
    most = 1_000_000

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "modelops", Unique())

    def bulk(self, documents: Iterable[Document]) -> None:
        rest = iter(documents)
        while some := list(islice(rest, 50_000)):
            with self.store.transaction("0" * 24, "bulk") as tx:
                for document in some:
                    tx.insert("training", document)
        self.store.compact()

    def insert(self, document: Document) -> str:
        with self.store.transaction("0" * 24, "insert") as tx:
            return str(tx.insert("training", document)["id"])

    def update(self, id: str, state: str) -> None:
        with self.store.transaction("0" * 24, "update") as tx:
            tx.update("training", id, {"state": state})

    def get(self, id: str) -> Document | None:
        return self.store.get("training", id)

    def by_name(self, name: str) -> Document | None:
        return next(iter(self.store.find("training", name)), None)

    def scan(self, owner: str) -> int:
        found = self.store.scan_bytes("training", f'"owner":{json.dumps(owner)}'.encode())
        return sum(1 for one in found if one["details"]["owner"] == owner)

    def scan_decoded(self, owner: str) -> int:
        """The same over the decoded documents."""
        return sum(1 for one in self.store.documents("training").values() if one["details"]["owner"] == owner)

    def ids(self) -> list[str]:
        return self.store.ids("training")

    def close(self) -> None:
        self.store.close()


class Sqlite:
    """SQLite with a write-ahead log and full synchronisation."""

    label = "SQLite WAL FULL"
    most = 1_000_000

    def __init__(self, folder: Path) -> None:
        (folder / "sqlite").mkdir(exist_ok=True)
        self.db = sqlite3.connect(folder / "sqlite" / "db", isolation_level=None, timeout=30)
        self.db.execute("pragma journal_mode=wal")
        self.db.execute("pragma synchronous=full")
        self.db.execute("create table if not exists d (id text primary key, name text unique, body text) without rowid")

    def bulk(self, documents: Iterable[Document]) -> None:
        rows = ((new_id(), one["name"], json.dumps(one)) for one in documents)
        self.db.execute("begin immediate")
        self.db.executemany("insert into d values (?, ?, ?)", rows)
        self.db.execute("commit")
        self.db.execute("pragma wal_checkpoint(truncate)")

    def insert(self, document: Document) -> str:
        id = new_id()
        self.db.execute("begin immediate")
        self.db.execute("insert into d values (?, ?, ?)", (id, document["name"], json.dumps(document)))
        self.db.execute("commit")
        return id

    def update(self, id: str, state: str) -> None:
        self.db.execute("begin immediate")
        document = self.get(id) or {}
        document["state"] = state
        self.db.execute("update d set body = ? where id = ?", (json.dumps(document), id))
        self.db.execute("commit")

    def get(self, id: str) -> Document | None:
        row = self.db.execute("select body from d where id = ?", (id,)).fetchone()
        return None if row is None else json.loads(row[0])

    def by_name(self, name: str) -> Document | None:
        row = self.db.execute("select body from d where name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def scan(self, owner: str) -> int:
        rows = self.db.execute("select body from d where json_extract(body, '$.details.owner') = ?", (owner,))
        return sum(1 for row in rows if json.loads(row[0]))

    def ids(self) -> list[str]:
        return [row[0] for row in self.db.execute("select id from d")]

    def close(self) -> None:
        self.db.close()


class Lmdb:
    """LMDB with synchronisation, documents and names in two databases."""

    label = "LMDB"
    most = 1_000_000

    def __init__(self, folder: Path) -> None:
        import lmdb

        self.env = lmdb.open(str(folder / "lmdb"), map_size=8 << 30, max_dbs=2)
        self.documents = self.env.open_db(b"documents")
        self.names = self.env.open_db(b"names")

    def bulk(self, documents: Iterable[Document]) -> None:
        with self.env.begin(write=True) as tx:
            for document in documents:
                self._put(tx, new_id(), document)

    def _put(self, tx: Any, id: str, document: Document) -> None:
        if not tx.put(document["name"].encode(), id.encode(), db=self.names, overwrite=False):
            raise Refused("The name is taken.")
        tx.put(id.encode(), json.dumps(document).encode(), db=self.documents)

    def insert(self, document: Document) -> str:
        id = new_id()
        with self.env.begin(write=True) as tx:
            self._put(tx, id, document)
        return id

    def update(self, id: str, state: str) -> None:
        with self.env.begin(write=True) as tx:
            document = json.loads(tx.get(id.encode(), db=self.documents))
            document["state"] = state
            tx.put(id.encode(), json.dumps(document).encode(), db=self.documents)

    def get(self, id: str) -> Document | None:
        with self.env.begin() as tx:
            found = tx.get(id.encode(), db=self.documents)
        return None if found is None else json.loads(found)

    def by_name(self, name: str) -> Document | None:
        with self.env.begin() as tx:
            id = tx.get(name.encode(), db=self.names)
            return None if id is None else json.loads(tx.get(id, db=self.documents))

    def scan(self, owner: str) -> int:
        with self.env.begin() as tx:
            bodies = (json.loads(body) for _, body in tx.cursor(db=self.documents))
            return sum(1 for one in bodies if one["details"]["owner"] == owner)

    def ids(self) -> list[str]:
        with self.env.begin() as tx:
            return [key.decode() for key in tx.cursor(db=self.documents).iternext(keys=True, values=False)]

    def close(self) -> None:
        self.env.close()


class Tiny:
    """TinyDB as it comes: one JSON file, written anew at every change and synced before it is cut to length.

    Its names are not checked: to look first whether one is taken would double what an insert costs it.
    """

    label = "TinyDB"
    most = 100_000

    def __init__(self, folder: Path) -> None:
        from tinydb import TinyDB

        (folder / "tinydb").mkdir(exist_ok=True)
        self.db = TinyDB(folder / "tinydb" / "db.json")

    def bulk(self, documents: Iterable[Document]) -> None:
        self.db.insert_multiple(documents)

    def insert(self, document: Document) -> str:
        return str(self.db.insert(document))

    def update(self, id: str, state: str) -> None:
        self.db.update({"state": state}, doc_ids=[int(id)])

    def get(self, id: str) -> Document | None:
        found = self.db.get(doc_id=int(id))
        return dict(found) if isinstance(found, dict) else None

    def by_name(self, name: str) -> Document | None:
        from tinydb import where

        found = self.db.get(where("name") == name)
        return dict(found) if isinstance(found, dict) else None

    def scan(self, owner: str) -> int:
        from tinydb import where

        self.db.clear_cache()
        return len(self.db.search(where("details").owner == owner))

    def ids(self) -> list[str]:
        return [str(one.doc_id) for one in self.db]

    def close(self) -> None:
        self.db.close()


_LINE = b"x" * 590 + b"\n"


class Raw:
    """The limit: the bytes of a journal line appended to a file, and one fdatasync."""

    label = "raw append + sync"

    def __init__(self, folder: Path) -> None:
        self.file = os.open(folder / "raw", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def insert(self) -> None:
        os.write(self.file, _LINE)
        os.fdatasync(self.file)

    def close(self) -> None:
        os.close(self.file)


def installed() -> list[type[Any]]:
    """The contenders whose libraries are there."""
    found: list[type[Any]] = [Ours, Sqlite]
    found += [Lmdb] if find_spec("lmdb") else []
    found += [Tiny]
    return found + ([MlflowSqlite] if MlflowSqlite.python else [])
