"""What a person needs next is said: what a bulk change would do, what a switch takes, what is there to be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call


def test_a_dry_run_of_many_changes_shows_before_and_after(modelops: Call) -> None:
    where = ("--where", 'name like "churn*"')
    told = modelops("project", "set", *where, "desc=other", "--dry-run")
    assert told.code == 0, told.err
    assert told.lines[0] == "churn" and told.lines[1].startswith("    desc: 'Who is about to leave")
    assert told.lines[1].endswith("→ 'other'")
    as_json = modelops("project", "set", *where, "desc=other", "--dry-run", "--json").value[0]["differences"]
    assert [(item["path"], item["new"]) for item in as_json] == [("desc", "other")]
    assert modelops("project", "set", *where, "desc=other", "--dry-run", "-o", "name").lines == ["churn"]
    assert modelops("project", "show", "churn", "--json").value["desc"] != "other"
    assert modelops("project", "set", *where, "models+=nosuch", "--dry-run").code == 6


@pytest.mark.parametrize("word", ["--public", "--no-public"])
def test_a_switch_with_a_word_that_is_no_answer_says_what_it_takes(call: Call, word: str) -> None:
    told = call("dt", "new", "t1", word, "maybe")
    assert told.code == 2 and f"{word} takes" in told.err and "not 'maybe'" in told.err
    assert "Write --public for yes, --no-public for no." in told.err
    assert call("dt", "new", "--no-public", "t1", "--user", "keeper").code == 0, "a key may follow a switch"
    assert call("dt", "new", "t2", "--user", "keeper", "--public", "no").code == 0


def test_status_says_that_nothing_is_here_only_where_nothing_is(call: Call) -> None:
    assert "Nothing is here yet" in call("status").err
    call("user", "new", "guest")
    call("model", "new", "m")
    assert call("status").err == ""
    told = call("--as", "guest", "status")
    assert "nothing here that you may read" in told.err and "project new" not in told.err


def test_loading_a_user_whose_name_is_taken_says_what_to_do(call: Call, tmp_path: Path) -> None:
    call("status")
    (tmp_path / "card.json").write_text(json.dumps({"kind": "user", "id": "a" * 24, "name": "keeper"}))
    told = call("load", str(tmp_path / "card.json"))
    assert told.code == 4 and "modelops user rename NAME NEW" in told.err


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("details.auc > 0.9", "No training has details.auc. Did you mean details.metrics.auc?"),
        ("details.zzqq == 1", "No training has details.zzqq.\n"),
        ("details.metrics.auc > 99", "No training fulfils that."),
        ("not (name like 'x*') and details.params.lrr in [1]", "Did you mean details.params.lr?"),
    ],
)
def test_a_place_that_no_map_has_is_told_where_nothing_fits(modelops: Call, where: str, says: str) -> None:
    for words in (["list"], ["rm", "--yes"], ["set", "details.x=1", "--yes"]):
        told = modelops("training", *words, "--where", where)
        assert told.code == 0 and says in told.err, told.err


def test_looking_into_a_folder_that_was_mistyped_makes_no_registry_there(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "mistyped"
    for words in (["project", "list"], ["status"], ["search", "x"], ["project", "show", "x"], ["changes"], ["kinds"]):
        told = call("--home", str(folder), *words)
        assert told.code == 3 and str(folder) in told.err and "by the first command that writes" in told.err, words
    assert not folder.exists()
    assert call("--home", str(folder), "project", "new", "first").code == 0
    assert call("--home", str(folder), "project", "list", "-o", "name").lines == ["first"]


def test_a_change_is_told_by_the_names_of_what_was_removed_since(call: Call) -> None:
    call("project", "new", "gone")
    call("training", "new", "gone:night", "--notebook", "t.ipynb")
    call("project", "rm", "gone", "--yes")
    told = call("changes")
    assert "made training gone:night" in told.out and "?:night" not in told.out


def test_the_origins_of_frozen_copies_are_among_the_references(call: Call) -> None:
    call("project", "new", "p")
    call("training", "new", "p:night", "--notebook", "t.ipynb")
    call("model", "new", "m")
    made = call("model-version", "new", "m:v1", "--train", "p:night", "--json")
    assert made.code == 0, made.err
    refs = call("model-version", "refs", "m:v1")
    assert any(line.split()[:3] == ["points", "to", "training"] and "a copy stays" in line for line in refs.lines)
    call("training", "rm", "p:night", "--yes")
    assert "p:night (gone)" in call("model-version", "refs", "m:v1").out


def test_every_problem_of_a_change_is_told_at_once(modelops: Call) -> None:
    told = modelops("project", "set", "churn", "desc+=x", "models+=nosuch", "colour=red", "name=no slug")
    assert told.code == 6
    for path in ("desc: ", "models[", "colour: ", "name: "):
        assert f"  {path}" in told.err, told.err
