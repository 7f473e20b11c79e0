"""`edit` with an editor that is a small program: what it writes is taken, refused with reasons, and never lost."""

from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Steps of an editor: each is Python that turns `text` into another one; the texts it saw are kept beside it."""
    steps: list[str] = []
    seen = tmp_path / "seen"
    seen.mkdir()
    program = tmp_path / "editor.py"
    plan = tmp_path / "plan"
    plan.mkdir()
    program.write_text(
        "import sys, os, pathlib\n"
        f"seen, plan = pathlib.Path({str(seen)!r}), pathlib.Path({str(plan)!r})\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "number = len(list(seen.iterdir()))\n"
        "text = path.read_text()\n"
        "(seen / str(number)).write_text(text)\n"
        "(seen / str(number)).chmod(path.stat().st_mode & 0o777)\n"
        "step = plan / str(number)\n"
        "scope = {'text': text}\n"
        "if step.exists(): exec(step.read_text(), scope)\n"
        "path.write_text(scope['text'])\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {program}")
    return steps


def plan(tmp_path: Path, *steps: str) -> None:
    for number, step in enumerate(steps):
        (tmp_path / "plan" / str(number)).write_text(step)


def seen(tmp_path: Path, number: int) -> str:
    return (tmp_path / "seen" / str(number)).read_text()


def test_what_was_written_is_taken(modelops: Call, editor: list[str], tmp_path: Path) -> None:
    plan(tmp_path, "text += 'home_dir: /tmp/x\\n'")
    assert modelops("project", "edit", "churn").lines == ["churn"]
    assert modelops("project", "show", "churn", "--json").value["home_dir"] == "/tmp/x"
    assert "desc: Who is about to leave, and why." in seen(tmp_path, 0)
    assert "models:\n- churn" in seen(tmp_path, 0)


def test_the_text_is_for_nobody_else_to_read(modelops: Call, editor: list[str], tmp_path: Path) -> None:
    modelops("project", "edit", "churn")
    assert stat.S_IMODE((tmp_path / "seen" / "0").stat().st_mode) == 0o600


def test_problems_come_back_as_comments_and_the_next_try_is_taken(
    modelops: Call, editor: list[str], tmp_path: Path
) -> None:
    plan(
        tmp_path,
        "text = text.replace('desc:', 'dsc:').replace('models:\\n-', 'models:\\n- nonsense\\n-')",
        "text = text.replace('\\ndsc:', '\\ndesc: really').replace('- nonsense\\n', '')",
    )
    told = modelops("project", "edit", "churn")
    assert told.code == 0, told.err
    again = seen(tmp_path, 1)
    assert "#!   dsc: is not a field here. Did you mean desc?" in again
    assert "#!   models[0]: names no model" in again
    assert "nonsense" in again
    assert modelops("project", "show", "churn", "--json").value["desc"].startswith("really")


def test_giving_up_tells_where_the_text_is_kept(modelops: Call, editor: list[str], tmp_path: Path) -> None:
    plan(tmp_path, "text = 'dsc: my long thoughts\\n'")
    told = modelops("project", "edit", "churn")
    assert told.code == 6
    path = re.search(r"kept in (\S+)\.\n", told.err)
    assert path is not None
    kept = Path(path[1])
    assert "my long thoughts" in kept.read_text()
    kept.unlink()


def test_a_field_that_was_taken_out_is_emptied(modelops: Call, editor: list[str], tmp_path: Path) -> None:
    plan(tmp_path, "text = ''.join(line for line in text.splitlines(True) if not line.startswith('desc:'))")
    assert modelops("project", "edit", "churn").code == 0
    assert "desc" not in modelops("project", "show", "churn", "--json").value


def test_an_editor_that_is_not_there_or_fails_loses_nothing(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no-such-editor-here", "false"):
        monkeypatch.setenv("EDITOR", name)
        told = modelops("project", "edit", "churn")
        assert told.code == 7
        path = re.search(r"kept in (\S+)\.\n", told.err)
        assert path is not None
        Path(path[1]).unlink()


def test_an_emptied_text_means_never_mind(modelops: Call, editor: list[str], tmp_path: Path) -> None:
    before = modelops("project", "show", "churn", "--json").value
    plan(tmp_path, "text = ''")
    assert modelops("project", "edit", "churn").code == 0
    assert modelops("project", "show", "churn", "--json").value == before
    assert len(list((tmp_path / "seen").iterdir())) == 1


def test_a_mistake_in_the_notation_is_told_by_the_line_that_the_editor_shows(
    modelops: Call, editor: list[str], tmp_path: Path
) -> None:
    plan(tmp_path, "text += 'home_dir: [1\\nmore: x\\n'", "text = ''")
    modelops("project", "edit", "churn")
    again = seen(tmp_path, 1)
    told = re.search(r"#! the text, line (\d+)", again)
    assert told is not None, again
    lines = again.splitlines()
    assert lines[int(told[1]) - 1] in ("home_dir: [1", "more: x"), again
