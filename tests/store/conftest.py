"""A fresh home and an open store for every test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Tests are imported by their path, so that this folder is not on Python's own.
sys.path.insert(0, str(Path(__file__).parent))

from names_schema import opened

from modelops_tui.store.store import Store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a home"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with opened(home) as store:
        yield store
