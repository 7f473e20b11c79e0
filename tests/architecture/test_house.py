"""The house keeps its walls: sizes, words, totality, and what a command may load."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import modelops_tui

PACKAGE = Path(modelops_tui.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "stuff"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def test_there_are_files_to_check() -> None:
    assert len(FILES) > 50


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_is_short_and_says_what_it_is(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    assert ast.get_docstring(ast.parse(text)), "a module says what lives there and what never does"
    assert file.stem not in BANNED_NAMES


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_functions_are_short(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_is_left_open(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for mark in ("TODO", "FIXME", "XXX"):
        assert mark not in text


def loaded_after(words: list[str], home: Path) -> set[str]:
    """The top-level modules that a command loads, run in a process of its own."""
    program = (
        "import sys\n"
        "from modelops_tui.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    code = end.code\n"
        "sys.stderr.write('LOADED ' + ' '.join(sorted({name.split('.')[0] for name in sys.modules})))\n"
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", str(home), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("LOADED ")[2].split())


@pytest.mark.parametrize(
    "words",
    [["training", "list"], ["model", "show", "seen", "-o", "json"], ["kinds"], ["--help"], ["training", "--help"]],
    ids=" ".join,
)
def test_a_command_that_reads_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    loaded_after(["model", "new", "seen"], home)
    loaded = loaded_after(words, home)
    heavy = {
        "textual",
        "rich",
        "docker",
        "pymongo",
        "cryptography",
        "tinydb",
        "filelock",
        "yaml",
        "pydantic",
        "asyncio",
    }
    assert not loaded & heavy
