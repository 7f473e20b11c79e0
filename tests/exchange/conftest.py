"""Homes to exchange with, databases as the original programs leave them, and a server that speaks their language."""

from __future__ import annotations

import json
import os
from collections import UserString
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from modelops_tui import open_home
from modelops_tui.services import loading
from modelops_tui.services.home import Home
from modelops_tui.services.sample import sample_documents

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "exchange"
Database = dict[str, list[dict[str, Any]]]


def original(name: str) -> Database:
    """A database written here as Extended JSON, in the values that an adapter gives."""
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"), object_hook=_value)


def _value(found: dict[str, Any]) -> Any:
    if found.keys() == {"$oid"}:
        return UserString(found["$oid"])
    if found.keys() == {"$date"}:
        return datetime.fromisoformat(found["$date"])
    return found


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Callable[..., Home]]:
    """Makes homes; the first user is `root` unless another is named."""
    homes: list[Home] = []

    def make(user: str = "root", *, sample: bool = False) -> Home:
        home = open_home(tmp_path / f"home-{len(homes)}", user)
        homes.append(home)
        if sample:
            loading.load(home, list(sample_documents()))
        return home

    yield make
    for home in homes:
        home.close()


@pytest.fixture(scope="session")
def mongo(server_port: int) -> str:
    """The address of a server: the one named by MODELOPS_TEST_MONGO_URI, else one of our own."""
    return os.environ.get("MODELOPS_TEST_MONGO_URI") or f"mongodb://127.0.0.1:{server_port}/?directConnection=true"
