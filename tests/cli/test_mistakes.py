"""What people are told when something does not fit: a sentence, every problem, the nearest right word, a number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["project", "list"], 0),
        (["--version"], 0),
        (["training"], 0),
        (["trainig", "list"], 2),
        (["training", "shwo", "x"], 2),
        (["training", "list", "--wher", "x"], 2),
        (["training", "list", "--where", "nam == 1"], 2),
        (["training", "list", "--where", "name =="], 2),
        (["training", "list", "--sort", "nam"], 2),
        (["training", "list", "--columns", "nam"], 2),
        (["training", "list", "--limit", "x"], 2),
        (["training", "list", "-o", "yamll"], 2),
        (["training", "list", "--json", "-o", "csv"], 2),
        (["training", "show"], 2),
        (["training", "set", "churn:night-3"], 2),
        (["training", "set", "churn:night-3", "nonsense"], 2),
        (["training", "new"], 2),
        (["training", "rm"], 2),
        (["training", "rm", "churn:night-3"], 2),
        (["training", "edit", "churn:night-3"], 2),
        (["tui"], 2),
        (["kinds", "trainnig"], 2),
        (["search", " "], 2),
        (["completion", "tcsh"], 2),
        (["training", "show", "churn:nite-3"], 3),
        (["--as", "nobody", "project", "list"], 3),
        (["project", "new", "churn"], 4),
        (["model", "rm", "churn-gbm", "--yes"], 4),
        (["redo"], 4),
        (["--as", "mina", "project", "new", "mine"], 5),
        (["training", "new", "churn:a", "--notebook", "/abs"], 6),
        (["training", "set", "churn:night-3", "notebok=x"], 6),
        (["training", "new", "--from", "/nowhere/file.yaml"], 7),
        (["load", "/nowhere/file.yaml"], 7),
        (["--home", "/dev/null/home", "project", "list"], 7),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else None,
)
def test_the_exit_code_tells_what_went_wrong(modelops: Call, words: list[str], code: int) -> None:
    told = modelops(*words)
    assert told.code == code, told.err
    assert "Traceback" not in told.err
    if code:
        assert told.out == ""
        assert "modelops: " in told.err


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["trainig", "list"], "training"),
        (["stauts"], "status"),
        (["training", "shwo", "x"], "show"),
        (["training", "list", "--wher", "x"], "--where"),
        (["training", "new", "x", "--notebok", "y"], "--notebook"),
        (["training", "show", "churn:nite-3"], "churn:night-3"),
        (["training", "list", "--where", "notebok == 1"], "notebook"),
        (["training", "list", "--sort", "notebok"], "notebook"),
        (["training", "list", "--columns", "notebok"], "notebook"),
        (["training", "set", "churn:night-3", "notebok=x"], "notebook"),
        (["training", "new", "chrn:a", "--notebook", "a.py"], "churn"),
        (["training", "list", "-o", "jsn"], "json"),
        (["project", "list", "--home", "x"], "before"),
        (["project", "list", "--as", "x"], "before"),
        (["project", "delete", "churn"], "Did you mean rm?"),
        (["project", "get", "churn"], "Did you mean show?"),
        (["project", "ls"], "Did you mean list?"),
        (["artifact", "delete", "x"], "See what there is"),
        (["user", "delete", "ada"], "state=deleted"),
        (["list", "training"], "The kind comes first: modelops KIND list"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else None,
)
def test_a_slip_is_answered_with_the_nearest_right_word(modelops: Call, words: list[str], near: str) -> None:
    assert near in modelops(*words).err.split("\n", 1)[1]


def test_wrong_in_five_fields_names_all_five_by_option(modelops: Call) -> None:
    told = modelops(
        *("training", "new", "churn:x", "--notebook", "/abs", "--details", "3"),
        *("--bvers", "none", "--datasets", "a", "--datasets", "b"),
    )
    assert told.code == 6
    for option in ("--bvers:", "--notebook:", "--details:", "--datasets[0]:", "--datasets[1]:"):
        assert f"\n  {option} " in told.err


def test_a_file_is_answered_by_line_and_nothing_of_it_is_made(modelops: Call) -> None:
    before = modelops("training", "list", "-o", "name").out
    text = (
        '{"project": "churn", "name": "q1", "notebook": "a.py"}\n{"project": "chrn", "name": "q2", "noteboo": "a.py"}\n'
    )
    told = modelops("training", "new", "--from", "-", stdin=text)
    assert told.code == 6
    for place in ("line 2, project:", "line 2, notebook:", "line 2, noteboo:"):
        assert place in told.err
    assert "line 1" not in told.err
    assert modelops("training", "list", "-o", "name").out == before


def test_many_from_a_file_are_made_together_and_may_name_each_other(modelops: Call, tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text("- name: first\n  desc: no\n- name: second\n  desc: 1:30\n")
    told = modelops("model", "new", "--from", str(file))
    assert (told.code, told.lines) == (0, ["first", "second"])
    assert modelops("model", "show", "first", "--json").value["desc"] == "no"
    assert len(modelops("changes", "--limit", "1", "--json").value[0]["entries"]) == 2


def test_a_document_of_another_kind_is_refused(modelops: Call) -> None:
    told = modelops("model", "new", "--from", "-", stdin='{"kind": "project", "name": "x"}')
    assert told.code == 6
    assert "must be model, not project" in told.err


def test_words_that_are_no_text_are_refused(modelops: Call) -> None:
    told = modelops("project", "show", "\udcff")
    assert (told.code, told.out) == (2, "")


def test_control_signs_in_a_word_never_reach_the_terminal(modelops: Call) -> None:
    assert "\x1b" not in modelops("project", "show", "\x1b[31mred").err


def test_a_fault_of_ours_is_one_sentence_and_a_file_with_the_details(
    modelops: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of a test")

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("modelops_tui.services.status.status", fail)
    told = modelops("status")
    assert told.code == 1
    assert told.err.startswith("modelops: A fault of our own: ZeroDivisionError: of a test.")
    assert told.err.count("\n") == 1
    (log,) = tmp_path.rglob("faults.log")
    assert "Traceback" in log.read_text()


def test_an_interruption_is_130(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("modelops_tui.services.status.status", interrupt)
    assert modelops("status").code == 130


def test_damaged_files_are_pointed_at_by_line(modelops: Call, tmp_path: Path) -> None:
    for name, data, line in (
        ("a.json", b'{"name": "x",\n"name": "y"}', 1),
        ("b.jsonl", b'{"name": "x"}\n{"name":', 2),
        ("c.yaml", b"name: x\nname: y\n", 2),
        ("d.yaml", b"name: x\n\tdesc: y\n", 2),
        ("e.json", b'{"name":\n"\xff"}', 2),
    ):
        file = tmp_path / name
        file.write_bytes(data)
        told = modelops("model", "new", "--from", str(file))
        assert told.code == 6, name
        assert f"{name}, line {line}" in told.err


def test_a_stale_revision_is_refused(modelops: Call) -> None:
    assert modelops("project", "set", "churn", "desc=a", "--if-rev", "1").code == 0
    told = modelops("project", "set", "churn", "desc=b", "--if-rev", "1")
    assert told.code == 4
    assert modelops("project", "show", "churn", "--json").value["desc"] == "a"


def test_set_from_a_file_takes_the_form_that_show_gives(modelops: Call) -> None:
    document = modelops("project", "show", "churn", "--json").value
    document["desc"] = "changed in a file"
    assert modelops("project", "set", "churn", "--from", "-", stdin=json.dumps(document)).code == 0
    assert modelops("project", "show", "churn", "--json").value["desc"] == "changed in a file"


@pytest.mark.parametrize(
    "words", [("rm", "--where", "", "--yes"), ("set", "desc=x", "--where", " ", "--yes"), ("list", "--where", "")]
)
def test_an_empty_condition_never_means_everything(modelops: Call, words: tuple[str, ...]) -> None:
    before = modelops("training", "list", "-o", "name").lines
    told = modelops("training", *words)
    assert told.code == 2
    assert "--where is empty" in told.err
    assert modelops("training", "list", "-o", "name").lines == before
