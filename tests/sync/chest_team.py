"""Ada and bob, each at a laptop, with a chest that both may open: made once, copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.chest_laptops import (
    ChestLaptop,
    Team,
    team_of,
)
from tests.sync.memory_remote import Shared

Template = tuple[Path, Shared, tuple[str, ...]]
WAITS = "was changed on both sides: it waits for your vault to be unlocked"


@pytest.fixture
def team(chest_template: Template, tmp_path: Path) -> Iterator[Team]:
    with team_of(tmp_path / "team", chest_template) as team:
        yield team


@pytest.fixture
def ada(team: Team) -> ChestLaptop:
    return team["ada"]


@pytest.fixture
def bob(team: Team) -> ChestLaptop:
    return team["bob"]
