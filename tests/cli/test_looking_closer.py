"""What copies hold is shown, keys that several documents have are told apart, and a sample leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import which

import pytest

from modelops_tui.cli.words.shells import ZSH
from tests.cli.conftest import Call

ZSH_CALL = ZSH[ZSH.index("(f)") : ZSH.index("}; do")]


def test_what_a_copy_holds_is_shown_below_it(modelops: Call) -> None:
    told = modelops("deployment", "show", "churn:score-live")
    place = next(number for number, line in enumerate(told.lines) if "(copy of" in line)
    assert any(line.strip().startswith("docker_id: ") for line in told.lines[place:])
    assert "drifted: model.model_files[model.txt].max_mb: 64 → 128" in told.out
    assert '{"name"' not in told.out


def test_keys_in_full_are_asked_for_where_they_differ(call: Call) -> None:
    for name in ("a", "b"):
        call("model", "new", name)
        call("dataset", "new", f"{name}:same")
    told = call("dataset", "show", "same")
    assert told.code == 2 and "a:same" in told.err and "Write the whole key of the one you mean." in told.err


def test_ids_are_taken_in_capitals(call: Call) -> None:
    id = call("model", "new", "m", "--json").value["id"]
    assert call("model", "show", id.upper(), "-o", "name").lines == ["m"]


def test_users_are_completed_after_as(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_MODELOPS_COMPLETE", "bash")
    monkeypatch.setenv("_MODELOPS_LINE", "modelops --as keep")
    assert modelops().lines == ["keeper"]


@pytest.mark.skipif(not which("zsh"), reason="there is no zsh")
def test_zsh_shows_a_key_without_help_once() -> None:
    loop = ZSH[ZSH.index("  for line in") : ZSH.index("  if ((")].replace(ZSH_CALL, "(f)LINES_OF_US")
    told = subprocess.run(
        ["zsh", "-fc", f"{loop}print -rl -- $described"],
        env={**os.environ, "LINES_OF_US": "churn\nlist\tShow them."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.splitlines() == ["churn", "list  Show them."]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_sample_is_cleared_away_when_its_terminal_closes(tmp_path: Path, number: signal.Signals) -> None:
    surroundings = {**os.environ, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    words = [sys.executable, "-m", "modelops_tui", "demo", "--size", "20000"]
    process = subprocess.Popen(words, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while not list(tmp_path.glob("modelops-demo-*/MANIFEST")) and time.monotonic() < until:
        time.sleep(0.01)
    assert list(tmp_path.glob("modelops-demo-*/MANIFEST"))
    process.send_signal(number)
    assert process.wait(20) == -number
    assert not list(tmp_path.glob("modelops-demo-*"))
