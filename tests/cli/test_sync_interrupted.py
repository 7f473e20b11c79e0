"""Sync as a process that is interrupted: it stops between steps, keeps all, and says so with 130."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.cli.teams import At, Start, ada_fixture, joined, next_value, start_fixture, uri_fixture
from tests.sync.wire import Proxy, away, is_append

pytestmark = pytest.mark.slow

__all__ = ["ada_fixture", "start_fixture", "uri_fixture"]
PATIENCE = 30.0


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str, float]:
    began = time.monotonic()
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err, time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sync_stops_after_its_step_and_the_next_sends_the_rest(
    at: At, proxy: Proxy, database: str, start: Start, number: signal.Signals
) -> None:
    ada = joined(at("ada"), proxy.uri.replace("/?", f"/{database}?"))
    for batch in range(3):
        lines = [json.dumps({"kind": "model", "name": f"m{batch}-{one}"}) for one in range(900)]
        assert ada("load", "-", stdin="\n".join(lines)).code == 0
    interrupted: list[bytes] = []

    def interrupt(message: bytes) -> str:
        if is_append(message) and not interrupted:
            interrupted.append(message)
            process.send_signal(number)
            time.sleep(0.3)
        return ""

    proxy.judge = interrupt
    process = start("ada", "sync", "--json")
    code, out, err, _ = ended(process)
    assert code == 130 and "Stopped. What came and went is kept." in err and "Traceback" not in err
    report = json.loads(out)
    assert report["cancelled"] and report["pushed_commits"] == 1 and report["unsent"] > 900
    rest = ada("sync", "--json").value
    assert rest["pushed"] == report["unsent"] and ada("sync", "verify").code == 0
    assert sum(row["documents"] for row in ada("sync", "log", "--json").value) == report["pushed"] + rest["pushed"]


def test_a_second_interruption_does_not_wait_for_the_step(at: At, proxy: Proxy, database: str, start: Start) -> None:
    ada = joined(at("ada"), proxy.uri.replace("/?", f"/{database}?"))
    released: list[bytes] = []

    def interrupt(message: bytes) -> str:
        if is_append(message) and not released:
            released.append(message)
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                time.sleep(0.3)
            return "late"
        return ""

    proxy.judge = interrupt
    process = start("ada", "sync")
    code, _, err, seconds = ended(process)
    assert code == 130 and "Traceback" not in err and seconds < 8
    proxy.deliver()
    assert ada("sync").code == 0 and len(ada("sync", "log", "--json").value) == 1
    assert ada("sync", "status", "--json").value["unsent"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_rounds_end_at_once_while_they_wait(ada: Call, start: Start, number: signal.Signals) -> None:
    process = start("ada", "sync", "--every", "1h", "-o", "jsonl")
    first: Any = next_value(process)
    assert first["pushed"] > 0 and first["at"]
    process.send_signal(number)
    code, out, err, seconds = ended(process)
    assert (code, out) == (130, "") and "Stopped." in err and seconds < 5


def test_rounds_whose_remote_is_away_end_at_once_too(at: At, proxy: Proxy, database: str, start: Start) -> None:
    ada = joined(at("ada"), proxy.uri.replace("/?", f"/{database}?"))
    proxy.judge = away
    process = start("ada", "sync", "--every", "1h", "--json")
    assert "does not answer" in next_value(process)["failed"]
    process.send_signal(signal.SIGINT)
    code, _, _, seconds = ended(process)
    assert code == 130 and seconds < 5 and ada("sync", "status", "--json").value["last_sync"] is None


def test_a_long_first_sync_shows_nothing_on_the_way_without_a_terminal(ada: Call, start: Start) -> None:
    lines = [json.dumps({"kind": "model", "name": f"m{one}"}) for one in range(2500)]
    assert ada("load", "-", stdin="\n".join(lines)).code == 0
    code, out, err, _ = ended(start("ada", "sync"))
    assert (code, err) == (0, "") and out.startswith("sent ") and "3 commits" in out


def seen(terminal: int) -> str:
    """What a terminal was shown up to the end of the program that wrote to it."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    return shown.decode()


def test_a_terminal_sees_how_far_it_is_and_that_an_end_is_near(
    at: At, proxy: Proxy, database: str, start: Start
) -> None:
    ada = joined(at("ada"), proxy.uri.replace("/?", f"/{database}?"))
    lines = [json.dumps({"kind": "model", "name": f"m{one}"}) for one in range(2500)]
    assert ada("load", "-", stdin="\n".join(lines)).code == 0
    appended: list[bytes] = []

    def slowly(message: bytes) -> str:
        if is_append(message):
            appended.append(message)
            time.sleep(0.4)
            if len(appended) == 2:
                process.send_signal(signal.SIGINT)
        return ""

    proxy.judge = slowly
    terminal, other_end = pty.openpty()
    process = start("ada", "sync", terminal=other_end)
    os.close(other_end)
    shown = seen(terminal)
    code, out, _, _ = ended(process)
    assert code == 130 and out.startswith("sent ") and "2 commits" in out
    assert "▇" in shown and " 1,000 of 2,5" in shown and "documents  sending " in shown and "\r\x1b[K" in shown
    assert "Stopping after this step. Press Ctrl+C again to stop now." in shown
    assert shown.rstrip().endswith("Sync again for the rest.")


@pytest.mark.parametrize("words", [["sync", "verify"], ["sync", "reclone", "--yes"], ["sync", "--dry-run"]])
def test_looking_at_a_remote_stops_when_it_is_interrupted_and_changes_nothing(
    at: At, proxy: Proxy, database: str, start: Start, words: list[str]
) -> None:
    ada = joined(at("ada"), proxy.uri.replace("/?", f"/{database}?"))
    for number in range(3):
        assert ada("project", "new", f"p{number}").code == 0 and ada("sync").code == 0
    bob = joined(at("bob"), proxy.uri.replace("/?", f"/{database}?"))
    before = bob("changes", "--json").out
    interrupted: list[bytes] = []

    def interrupt(message: bytes) -> str:
        if b"find" in message and b"_log" in message and not interrupted:
            interrupted.append(message)
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        return ""

    proxy.judge = interrupt
    process = start("bob", *words)
    code, _, err, _ = ended(process)
    assert interrupted and code == 130 and "Stopped" in err and "Traceback" not in err
    assert bob("changes", "--json").out == before and len(ada("sync", "log", "--json").value) == 3
    assert bob("sync").code == 0 and bob("sync", "verify").code == 0


def test_the_log_tells_when_each_commit_was_made(at: At, database: str, proxy: Proxy) -> None:
    ada = joined(at("ada"), proxy.uri.replace("/?", f"/{database}?"))
    assert ada("project", "new", "iris").code == 0 and ada("sync").code == 0
    made = ada("project", "show", "iris", "--json").value["created_at"]
    (row,) = ada("sync", "log", "--json").value
    assert made <= row["at"] and len(row["at"]) == len(made) and row["by"] == "ada"
    assert row["at"][:4] in ada("sync", "log").out
