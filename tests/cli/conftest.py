"""A command line on a copy of the sample registry, called inside this process."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.__main__ import run
from modelops_tui.bootstrap import open_home
from modelops_tui.services.loading import load
from modelops_tui.services.sample import sample_documents

USER = "keeper"


@dataclass(frozen=True)
class Outcome:
    """What one call gave."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


Call = Callable[..., Outcome]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "home"
    home = open_home(folder, USER)
    load(home, list(sample_documents()))
    home.store.compact()
    home.close()
    return folder


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """Calls the command line on an empty home of its own."""
    monkeypatch.setenv("MODELOPS_USER", USER)
    monkeypatch.setenv("TERM", "dumb")

    def call_it(*words: str, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capsys.readouterr()
        code = run(list(words))
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    yield call_it


@pytest.fixture
def at(call: Call, tmp_path: Path) -> Callable[[str], Call]:
    """Gives the command line of somebody by name, on a home of their own."""

    def somebody(name: str) -> Call:
        def call_it(*words: str, stdin: str = "") -> Outcome:
            return call("--home", str(tmp_path / name), "--as", name, *words, stdin=stdin)

        return call_it

    return somebody


@pytest.fixture
def modelops(call: Call, template: Path, tmp_path: Path) -> Call:
    """Calls the command line on a copy of the sample registry."""
    shutil.copytree(template, tmp_path / "home")
    return call
