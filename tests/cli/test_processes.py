"""The command line as a process: what it loads, and how it ends when the reader leaves or the disk is full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "textual",
    "rich",
    "docker",
    "pymongo",
    "cryptography",
    "filelock",
    "tinydb",
    "yaml",
    "regex",
    "asyncio",
    "wcwidth",
}


def environment(folder: Path) -> dict[str, str]:
    return {"MODELOPS_HOME": str(folder), "MODELOPS_USER": "keeper", "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.mark.parametrize(
    "words",
    [
        ["training", "list"],
        ["training", "list", "-o", "csv"],
        ["training", "show", "churn:night-3", "-o", "json"],
        ["training", "show", "churn:night-3"],
        ["training", "lst"],
        ["training", "new", "--help"],
        ["project", "history", "churn"],
        ["project", "refs", "churn"],
    ],
    ids=" ".join,
)
def test_reading_loads_nothing_heavy(template: Path, words: list[str]) -> None:
    program = (
        "import sys\nfrom modelops_tui.__main__ import run\nrun(sys.argv[1:])\n"
        f"heavy = {HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment(template),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_help_loads_no_store_and_no_service() -> None:
    program = (
        "import sys\nfrom modelops_tui.__main__ import run\nrun(['--help'])\n"
        "early = ('modelops_tui.services', 'modelops_tui.store', 'orjson')\n"
        "sys.exit(any(name.startswith(early) for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0


def test_a_reader_that_leaves_ends_it_quietly(template: Path) -> None:
    command = f"{sys.executable} -m modelops_tui training list -o json | head -c 10; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=environment(template), capture_output=True, check=False)
    assert done.returncode in (0, 141)
    assert done.stderr == b""


def test_a_full_disk_is_told(template: Path) -> None:
    command = f"{sys.executable} -m modelops_tui training list -o json > /dev/full"
    done = subprocess.run(["bash", "-c", command], env=environment(template), capture_output=True, check=False)
    assert done.returncode == 7
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_bytes_that_are_no_text_are_refused(template: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modelops_tui", "project", "show", b"\xff"],
        env=environment(template),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"no UTF-8 text" in done.stderr


def test_closed_streams_end_a_call_without_a_word(template: Path) -> None:
    for words in ("project list", "status", "kinds", "project show nowhere"):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m modelops_tui {words} >&-"],
            env=environment(template),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 3)
        assert "Traceback" not in done.stdout + done.stderr
