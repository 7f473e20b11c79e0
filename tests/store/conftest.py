"""A fresh home and an open store for every test, and the sums of what the ordeals tried."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Tests are imported by their path, so that this folder is not on Python's own.
sys.path.insert(0, str(Path(__file__).parent))

from names_schema import opened

from modelops_tui.store.store import Store

_MARK = "ordeal: "


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a home"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    with opened(home) as store:
        yield store


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Counts what an ordeal tried, for the line at the end of the run."""
    return lambda what, number: record_property(_MARK + what, number)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with everything that was tried, and the seeds it was tried with."""
    sums: Counter[str] = Counter()
    seeds = set()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            for name, value in getattr(report, "user_properties", ()):
                if name == _MARK + "seed":
                    seeds.add(value)
                elif name.startswith(_MARK):
                    sums[name.removeprefix(_MARK)] += value
    if sums:
        counts = ", ".join(f"{number} {what}" for what, number in sorted(sums.items()))
        terminalreporter.write_line(f"ordeal: {counts}; seeds {sorted(seeds)}")
