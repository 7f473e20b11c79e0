"""The list of what the store is put through names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent.parent


def test_the_index_of_the_ordeal_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", (TESTS / "store" / "README.md").read_text()))
    there = {name for path in TESTS.rglob("test_*.py") for name in re.findall(r"def (test_\w+)", path.read_text())}
    assert named - there == set() and len(named) > 50
