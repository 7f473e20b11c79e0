"""What all tests share: nothing may be skipped, a home that no other test touches, a server where one is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import database_fixture, proxy_fixture, server_port_fixture
from tests.telling import TRIED, tell_random_work

__all__ = ["database_fixture", "proxy_fixture", "server_port_fixture"]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Ends red when something was skipped although everything must run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("MODELOPS_TESTS_MUST_RUN") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = 1
        reporter.write_line("something was skipped that must run", red=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells what random work and ordeals did."""
    tell_random_work(terminalreporter)


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Counts what an ordeal tried, for the line at the end of the run."""
    return lambda what, number: record_property(TRIED + what, number)


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keeps a test away from the registry, the settings and the editor of whoever runs it."""
    monkeypatch.setenv("MODELOPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("MODELOPS_USER", "VISUAL", "EDITOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    yield
