"""Laptops with homes of their own, and a remote in memory that they share."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelops_tui import open_home
from modelops_tui.adapters.mongo_remote import MongoRemote, open_mongo_remote
from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.ports_remote import RemoteAddress
from modelops_tui.services import loading, records, removing, sync
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import fields_of
from modelops_tui.services.syncing.books import base_records
from modelops_tui.services.syncing.outgoing import outgoing
from tests.sync.memory_remote import MemoryRemote, Shared
from tests.sync.places import fast_disk


class Laptop:
    """A home with a person at it, and its connection to the remote."""

    def __init__(self, home: Home, remote: Any) -> None:
        self.home = home
        self.remote = remote

    def new(self, kind: str, key: str = "", **values: Any) -> Document:
        return records.create(self.home, BY_NAME[kind], values, key)

    def get(self, kind: str, text: str) -> Document:
        return records.find_one(self.home, BY_NAME[kind], text)

    def set(self, kind: str, text: str, **changes: Any) -> Document:
        return records.change(self.home, BY_NAME[kind], self.get(kind, text)["id"], changes)

    def rename(self, kind: str, text: str, new: str) -> Document:
        return records.rename(self.home, BY_NAME[kind], self.get(kind, text)["id"], new)

    def remove(self, kind: str, text: str) -> None:
        plan = removing.plan_removal(self.home, [(BY_NAME[kind], self.get(kind, text)["id"])])
        removing.remove(self.home, plan)

    def load(self, *documents: dict[str, Any]) -> None:
        loading.load(self.home, documents)

    def sync(self, **options: Any) -> sync.SyncReport:
        return sync.sync(self.home, self.remote, **options)

    def resolve(self, text: str, choice: Any = None, **options: Any) -> None:
        sync.resolve(self.home, text, choice, **options)

    def conflicts(self) -> list[sync.Conflict]:
        return sync.conflicts(self.home)

    def bodies(self) -> dict[tuple[str, str], Document]:
        """What of this home is for everybody, without times."""
        store = self.home.store
        store.refresh_view()
        found = {}
        for kind in KINDS:
            for id, document in store.documents(kind.name).items():
                body = outgoing(kind.name, document, store)
                if body is not None:
                    found[kind.name, id] = fields_of(body)
        return found

    def unsent_records(self) -> int:
        return sum(1 for _ in base_records(self.home.store))


Opener = Callable[..., Laptop]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of its own for each test, where writing is fast."""
    with tempfile.TemporaryDirectory(prefix="modelops-sync-", dir=fast_disk(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def shared() -> Shared:
    return Shared()


@pytest.fixture
def open_laptop(tmp_path: Path, shared: Shared) -> Iterator[Opener]:
    """Opens a laptop by its name; its person is called by `user`, or as the laptop."""
    homes: list[Home] = []

    def open_one(name: str, user: str = "", *, met: bool = True) -> Laptop:
        home = open_home(tmp_path / name, user or name)
        homes.append(home)
        laptop = Laptop(home, MemoryRemote(shared))
        if met and not sync.remotes(home):
            sync.add_remote(home, "team", "mongodb://localhost/team")
        return laptop

    yield open_one
    for home in homes:
        home.close()


@pytest.fixture
def ada(open_laptop: Opener) -> Laptop:
    return open_laptop("ada")


@pytest.fixture
def bob(open_laptop: Opener) -> Laptop:
    return open_laptop("bob")


def meet(*laptops: Laptop) -> None:
    """Everybody syncs until nobody has anything new."""
    for _ in range(2):
        for laptop in laptops:
            laptop.sync()


@pytest.fixture
def open_mongo(server_port: int, database: str) -> Iterator[Callable[..., MongoRemote]]:
    """Opens connections to the test's own database."""
    opened: list[MongoRemote] = []

    def connect(port: int = server_port, timeout: float = 5.0) -> MongoRemote:
        uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        opened.append(open_mongo_remote(RemoteAddress(uri, database, timeout=timeout)))
        return opened[-1]

    yield connect
    for remote in opened:
        remote.close()


@pytest.fixture(scope="session")
def chest_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Shared, tuple[str, ...]]:
    """Ada and bob have met and share a chest: made once, whoever copies it."""
    from tests.sync.chest_laptops import make_template

    return make_template(tmp_path_factory.mktemp("chests") / "team", "ada", "bob")
