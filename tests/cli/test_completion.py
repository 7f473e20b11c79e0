"""Completion of words, options and keys, as a shell asks for it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from modelops_tui.cli.words.shells import SCRIPTS
from tests.cli.conftest import Call


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("modelops trai", "training"),
        ("modelops stat", "status"),
        ("modelops training re", "rename"),
        ("modelops training show churn:night-3", "churn:night-3"),
        ("modelops train show churn:nig", "churn:night-4"),
        ("modelops training new --note", "--notebook"),
        ("modelops training new --project chu", "churn"),
        ("modelops training new --project=chu", "churn"),
        ("modelops training list -o jso", "jsonl"),
        ("modelops training list --sort noteb", "notebook"),
        ("modelops training set churn:night-3 noteb", "notebook="),
        ("modelops dt new --no-pub", "--no-public"),
        ("modelops build-version new --built-from g", "git"),
        ("modelops kinds train", "training"),
        ("MODELOPS_USER=x modelops trai", "training"),
        ("/usr/bin/modelops --as ada training show churn:night-3", "churn:night-3"),
    ],
)
def test_a_line_is_completed(modelops: Call, monkeypatch: pytest.MonkeyPatch, line: str, found: str) -> None:
    monkeypatch.setenv("_MODELOPS_COMPLETE", "fish")
    monkeypatch.setenv("_MODELOPS_LINE", line)
    told = modelops()
    assert (told.code, told.err) == (0, "")
    assert found in [row.split("\t")[0] for row in told.lines]


@pytest.mark.parametrize("line", ["", "modelops nope x", "modelops 'x", "modelops --as nobody project show c", "\x00"])
def test_what_cannot_be_completed_is_passed_over_in_silence(
    modelops: Call, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setenv("_MODELOPS_COMPLETE", "zsh")
    if "\x00" not in line:
        monkeypatch.setenv("_MODELOPS_LINE", line)
    told = modelops()
    assert (told.code, told.err) == (0, "")


def test_completing_a_key_makes_no_registry(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("_MODELOPS_COMPLETE", "bash")
    monkeypatch.setenv("_MODELOPS_LINE", "modelops project show c")
    told = call()
    assert (told.code, told.out, told.err) == (0, "", "")
    assert not (tmp_path / "home").exists()


def test_bash_gets_only_what_follows_a_sign_that_breaks_its_words(
    modelops: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_MODELOPS_COMPLETE", "bash")
    monkeypatch.setenv("_MODELOPS_BREAKS", " \"'@><=;|&(:")
    monkeypatch.setenv("_MODELOPS_LINE", "modelops training show churn:night-3")
    assert "night-3" in modelops().lines
    monkeypatch.setenv("_MODELOPS_LINE", "modelops dt show grace:Z")
    assert "Zürich\\ mobility" in modelops().lines


@pytest.mark.parametrize("shell", [name for name in SCRIPTS if shutil.which(name)])
def test_the_script_is_one_that_the_shell_can_read(modelops: Call, shell: str) -> None:
    script = modelops("completion", shell).out
    done = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
