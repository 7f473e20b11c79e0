"""A MongoDB server for the tests that need one, with a database and a faulty proxy of their own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sync.places import fast_disk
from tests.sync.wire import Proxy


@contextmanager
def guarded_server(folder: Path, prepare: Callable[[Any], object]) -> Iterator[int]:
    """The port of a server that asks who comes; `prepare` makes its users while it asks nobody yet."""
    from pymongo import MongoClient
    from secantus import SecantusDBServer

    server = SecantusDBServer(storage_path=str(folder), sync_on_commit=True)
    server.start()
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", server.port, directConnection=True)
    prepare(client)
    client.close()
    server.stop()
    server = SecantusDBServer(storage_path=str(folder), sync_on_commit=True, require_auth=True)
    server.start()
    yield int(server.port)
    server.stop()


@pytest.fixture(scope="session", name="server_port")
def server_port_fixture() -> Iterator[int]:
    """A wire server for the whole session, or the one that MODELOPS_TEST_MONGO_URI names (a host and port)."""
    named = os.environ.get("MODELOPS_TEST_MONGO_URI")
    if named:
        yield urlsplit(named).port or 27017
        return
    from secantus import SecantusDBServer

    with tempfile.TemporaryDirectory(prefix="modelops-server-", dir=fast_disk(), ignore_cleanup_errors=True) as folder:
        server = SecantusDBServer(storage_path=folder, sync_on_commit=True)
        server.start()
        yield int(server.port)
        server.stop()


@pytest.fixture(name="database")
def database_fixture() -> str:
    """A database of its own for each test."""
    return f"t{token_hex(6)}"


@pytest.fixture(name="proxy")
def proxy_fixture(server_port: int) -> Iterator[Proxy]:
    proxy = Proxy(server_port)
    yield proxy
    proxy.close()
