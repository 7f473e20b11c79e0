"""Several people with a home each, at the command line, and one remote on a real server that they share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.field import Document
from tests.cli.conftest import Call
from tests.sync.conftest import Laptop

At = Callable[[str], Call]
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(name="uri")
def uri_fixture(server_port: int, database: str) -> str:
    """The address of the test's own database."""
    return f"mongodb://127.0.0.1:{server_port}/{database}?directConnection=true"


@pytest.fixture(name="ada")
def ada_fixture(at: At, uri: str) -> Call:
    return joined(at("ada"), uri)


@pytest.fixture(name="bob")
def bob_fixture(at: At, uri: str) -> Call:
    return joined(at("bob"), uri)


def joined(somebody: Call, uri: str) -> Call:
    """The command line of somebody whose home has the remote."""
    made = somebody("remote", "add", "team", uri)
    assert made.code == 0, made.err
    return somebody


def meet(*people: Call) -> None:
    """Everybody syncs twice; what waits for a decision is no failure."""
    for _ in range(2):
        for somebody in people:
            told = somebody("sync")
            assert told.code in (0, 4), told.err


def bodies(folder: Path, user: str) -> dict[tuple[str, str], Document]:
    """What of a home is for everybody, without times."""
    home = open_home(folder, user, create=False)
    try:
        return Laptop(home, None).bodies()
    finally:
        home.close()


@pytest.fixture(name="start")
def start_fixture(tmp_path: Path) -> Iterator[Start]:
    """Starts the program as a process of somebody, who may be interrupted; its talk may go to a `terminal`."""
    started: list[subprocess.Popen[str]] = []

    def start(name: str, *words: str, terminal: int = subprocess.PIPE) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "modelops_tui", "--home", str(tmp_path / name), "--as", name, *words],
            stdout=subprocess.PIPE,
            stderr=terminal,
            stdin=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TERM": "dumb" if terminal == subprocess.PIPE else "xterm"},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def next_value(process: subprocess.Popen[str]) -> Any:
    """The JSON value on the next line that a process writes."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr is not None else ""
    return json.loads(line)


def clash(ada: Call, bob: Call) -> None:
    """Both change the same place of one project, and each another place."""
    ada("project", "new", "iris", "--desc", "flowers")
    meet(ada, bob)
    assert ada("project", "set", "iris", "desc=ada says", "docker_repo=of-ada").code == 0
    assert bob("project", "set", "iris", "desc=bob says", "git_repo=https://host/of-bob").code == 0
    assert ada("sync").code == 0
