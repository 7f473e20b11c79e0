"""What a whole run tells at its end of its random work: with which seeds, and how much of it was tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

TRIED = "ordeal: "
"""Before the name of a property that counts what an ordeal tried, or names its seed."""

RANDOM_WORK = "random work"
"""The property that tells in words what random work did."""


def tell_random_work(reporter: pytest.TerminalReporter) -> None:
    """A line for each random work, and one with the sums of all ordeals and their seeds."""
    sums: Counter[str] = Counter()
    seeds = set()
    for test, name, told in _properties(reporter):
        if name == RANDOM_WORK:
            reporter.write_line(f"random work: {test}: {told}")
        elif name == TRIED + "seed":
            seeds.add(told)
        elif name.startswith(TRIED):
            sums[name.removeprefix(TRIED)] += int(str(told))
    if sums:
        counts = ", ".join(f"{number:,} {what}" for what, number in sorted(sums.items()))
        reporter.write_line(f"ordeal: {counts}; seeds {sorted(seeds)}")


def _properties(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, str, object]]:
    for outcome in ("passed", "failed"):
        for report in reporter.getreports(outcome):
            if report.when == "call":
                for name, told in report.user_properties:
                    yield report.nodeid.rpartition("::")[2], name, told
