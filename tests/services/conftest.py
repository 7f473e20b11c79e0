"""Homes for the tests of the services: an empty one, and one with a little of everything that points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelops_tui import open_home
from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import kind_named
from modelops_tui.services import loading, records
from modelops_tui.services.home import Home


class Desk:
    """A person at a home: short words for what the tests do all the time."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def new(self, kind: str, key: str = "", **values: Any) -> Document:
        return records.create(self.home, kind_named(kind), values, key)

    def get(self, kind: str, text: str) -> Document:
        return records.find_one(self.home, kind_named(kind), text)

    def set(self, kind: str, text: str, **changes: Any) -> Document:
        return records.change(self.home, kind_named(kind), self.get(kind, text)["id"], changes)

    def load(self, *documents: dict[str, Any]) -> dict[str, int]:
        return loading.load(self.home, documents)

    def keys(self, kind: str, where: str = "") -> list[str]:
        from modelops_tui.entities.keys import label_of

        found = records.select(self.home, kind_named(kind), where)
        return [label_of(kind_named(kind), item, self.home.names) for item in found]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    home = open_home(tmp_path / "home", "ada")
    yield Desk(home)
    home.close()


@pytest.fixture
def at_desk(tmp_path: Path, desk: Desk) -> Iterator[Any]:
    """Opens the same home as another user, who is made with the given permissions."""
    opened: list[Home] = []

    def sit(name: str, *permissions: dict[str, Any]) -> Desk:
        role = desk.new("role", f"{name}-role")
        for permission in permissions:
            desk.new("permission", role=role["id"], **permission)
        desk.new("user", name, roles=[role["id"]])
        opened.append(open_home(tmp_path / "home", name))
        return Desk(opened[-1])

    yield sit
    for home in opened:
        home.close()
