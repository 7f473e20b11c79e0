"""The commands at work: lists, bulk changes, duplicates, switches, removal, undo, the words beside the kinds."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from modelops_tui.cli import session
from modelops_tui.cli.reference import reference_page
from modelops_tui.cli.vocabulary import VERBS, WORDS
from modelops_tui.entities import registry
from modelops_tui.present.notation import read_documents
from tests.cli.conftest import Call


def test_no_word_of_the_command_line_is_called_like_a_kind() -> None:
    taken = {word for kind in registry.KINDS for word in (kind.name, *kind.shorts)}
    assert not taken & WORDS.keys()


def test_every_word_and_verb_has_a_help(modelops: Call) -> None:
    for word in WORDS:
        assert modelops(word, "--help").code == 0
    for verb in VERBS:
        assert modelops("model", verb, "--help").out.startswith(f"Usage: modelops model {verb} ")


def test_a_list_is_filtered_sorted_limited_and_says_what_it_left_out(modelops: Call) -> None:
    told = modelops("training", "list", "--where", 'task.state == "FAILED"', "--sort", "-name", "-o", "name")
    names = [key.rsplit(":", 1)[1] for key in told.lines]
    assert names == sorted(names, key=str.casefold, reverse=True)
    few = modelops("training", "list", "--limit", "2")
    assert len(few.lines) == 3
    count = len(modelops("training", "list", "-o", "name").lines)
    assert f"{count - 2} more" in few.err


def test_chosen_columns_are_told_in_every_form(modelops: Call) -> None:
    words = ("training", "list", "--columns", "key,project,details.params.lr", "--limit", "1")
    assert modelops(*words).lines[0].split() == ["key", "project", "details.params.lr"]
    row = modelops(*words, "--json").value[0]
    assert row["project"].keys() == {"kind", "id", "key"}
    assert row["key"].startswith(row["project"]["key"])
    text = modelops(*words, "-o", "csv").out
    assert next(csv.DictReader(io.StringIO(text)))["project"] == row["project"]["key"]


def test_the_forms_of_one_document_tell_the_same(modelops: Call) -> None:
    as_json = modelops("training", "show", "churn:night-3", "--json").value
    for form in ("yaml", "jsonl"):
        text = modelops("training", "show", "churn:night-3", "-o", form).out
        assert read_documents(text, f"x.{form}") == [(1, as_json)]
    several = modelops("training", "show", "churn:night-3", "churn:night-4", "--json").value
    assert [item["key"] for item in several] == ["churn:night-3", "churn:night-4"]


def test_a_sheet_tells_how_a_copy_drifted_and_when_its_origin_is_gone(call: Call) -> None:
    call("project", "new", "p")
    call("build-version", "new", "p:v1", *("--docker-id", "sha", "--built-at", "2026-01-01", "--built-from", "git"))
    call("training", "new", "p:t", "--notebook", "a.py", "--bvers", "p:v1")
    assert "drifted" not in call("training", "show", "p:t").out
    call("build-version", "set", "p:v1", "docker_id=other")
    assert "drifted: docker_id: 'sha' → 'other'" in call("training", "show", "p:t").out
    assert call("build-version", "rm", "p:v1", "--yes").code == 0
    assert "origin gone" in call("training", "show", "p:t").out


def test_a_copy_tells_its_drift_down_to_the_entry_of_a_map(call: Call) -> None:
    call("project", "new", "p")
    call("model", "new", "m")
    call("training", "new", "p:t", "--notebook", "a.py", "--details", '{"metrics": {"auc": 0.9}, "origin": {"a": 1}}')
    call("model-version", "new", "m:v", "--train", "p:t")
    assert call("training", "set", "p:t", "details.metrics.auc=0.1", "details.origin.a=2").code == 0
    told = call("model-version", "show", "m:v").out
    assert "drifted: details.metrics.auc: 0.9 → 0.1\n" in told
    assert "drifted: details.origin.a: 1 → 2\n" in told


def test_switches_are_taken_bare_negated_and_with_a_value(call: Call) -> None:
    for words, value in (
        (["--public"], True),
        (["--no-public"], False),
        (["--public", "false"], False),
        (["--public=no"], False),
        ([], True),
    ):
        told = call("digital-twin", "new", f"twin {len(words)} {words}", *words, "--json")
        assert told.value["public"] is value


def test_a_text_that_looks_like_a_switch_stays_the_value_of_its_option(call: Call) -> None:
    assert call("digital-twin", "new", "--name", "--public", "--json").value["name"] == "--public"


def test_several_are_changed_at_once_after_a_yes(modelops: Call) -> None:
    words = ("training", "set", "--where", 'project.name == "churn"', "details.seen=true")
    asked = modelops(*words)
    assert asked.code == 2 and "--yes" in asked.err
    expected = modelops("training", "list", "--where", 'project.name == "churn"', "-o", "name").lines
    assert sorted(modelops(*words, "--dry-run", "-o", "name").lines) == sorted(expected)
    assert sorted(modelops(*words, "--yes").lines) == sorted(expected)
    seen = modelops("training", "list", "--where", "details.seen == true", "-o", "name").lines
    assert sorted(seen) == sorted(expected)


def test_a_change_of_many_that_one_cannot_take_changes_none(modelops: Call) -> None:
    told = modelops("model", "set", "--where", 'name like "*"', "name=x y", "--yes")
    assert told.code == 6
    assert modelops("model", "list", "--where", 'name == "x y"', "-o", "name").out == ""


def test_a_duplicate_has_the_fields_and_what_was_said_to_differ(modelops: Call) -> None:
    told = modelops("training", "duplicate", "churn:night-3", "churn:again", "details.params.lr=0.5", "--json")
    original = modelops("training", "show", "churn:night-3", "--json").value
    assert told.value["notebook"] == original["notebook"]
    assert told.value["details"]["params"] == original["details"]["params"] | {"lr": 0.5}
    assert told.value["task"] == {"state": "WAITING", "progress": 0}


def test_removal_shows_the_effect_and_undo_brings_all_of_it_back(modelops: Call) -> None:
    before = modelops("training", "list", "-o", "name").lines
    told = modelops("project", "rm", "churn", "--yes")
    assert told.code == 0, told.err
    assert "with it  training churn:night-3" in told.err
    assert told.out == ""
    assert modelops("training", "show", "churn:night-3").code == 3
    assert modelops("undo").code == 0
    assert modelops("training", "list", "-o", "name").lines == before
    assert modelops("redo").code == 0
    assert modelops("project", "show", "churn").code == 3


def test_many_are_removed_by_an_expression(modelops: Call) -> None:
    told = modelops("training", "rm", "--where", 'task.state == "FAILED"', "--yes")
    assert told.code == 0, told.err
    assert modelops("training", "list", "--where", 'task.state == "FAILED"', "-o", "name").out == ""


def test_the_past_of_what_was_removed_is_found_by_its_id(call: Call) -> None:
    id = call("model", "new", "m", "--json").value["id"]
    call("model", "rm", "m", "--yes")
    told = call("model", "history", id, "--json")
    assert [step["action"] for step in told.value] == ["removed", "made"]


def test_history_tells_field_by_field(modelops: Call) -> None:
    modelops("project", "set", "churn", "desc=other")
    told = modelops("project", "history", "churn", "--limit", "1")
    assert "desc: 'Who is about to leave, and why.' → 'other'" in told.out


def test_search_finds_over_kinds_and_says_when_there_is_more(modelops: Call) -> None:
    told = modelops("search", "churn", "--limit", "3", "--json")
    assert len(told.value) == 3
    assert "more than 3" in told.err
    assert modelops("search", "zzzzqqq").err.startswith("Nothing")


def test_status_and_kinds_tell_what_there_is(modelops: Call) -> None:
    told = modelops("status", "--json").value
    assert told["user"] == "keeper"
    assert told["counts"]["project"] == 6
    described = modelops("kinds", "train", "--json").value
    assert [field["field"] for field in described["fields"]][:2] == ["project", "name"]
    assert "goes with the project" in described["fields"][0]["rule"]


def test_the_reference_page_tells_every_kind_and_field(modelops: Call) -> None:
    page = modelops("kinds", "--markdown").out
    assert page == reference_page()
    for kind in registry.KINDS:
        assert f"### {kind.name}\n" in page
        for field in kind.fields:
            assert f"| `{field.name}`" in page


def test_the_demo_uses_a_home_of_its_own(call: Call, tmp_path: Path) -> None:
    told = call("demo", "--json")
    assert told.code == 0, told.err
    assert {row["kind"]: row["count"] for row in told.value}["training"] > 100
    assert not (tmp_path / "home").exists()
    kept = tmp_path / "kept"
    assert call("demo", "--keep", str(kept)).code == 0
    assert call("--home", str(kept), "--as", "ada", "project", "show", "churn").code == 0
    assert call("demo", "--keep", str(kept)).code == 4


def test_nothing_yet_says_how_to_begin(call: Call) -> None:
    assert "modelops training new" in call("training", "list").err
    assert "modelops project new" in call("status").err


def test_a_sealed_value_and_a_password_are_never_told(modelops: Call) -> None:
    for form in ("json", "yaml", "csv", "wide", "jsonl"):
        assert "password_verifier" not in modelops("user", "list", "-o", form).out
    for chest in modelops("treasure-chest", "list", "--json").value:
        for entry in (chest.get("entries") or {}).values():
            assert set((entry.get("fields") or {}).values()) <= {"sealed"}


def test_escape_sequences_in_data_are_shown_and_not_obeyed(call: Call) -> None:
    call("project", "new", "p", "--desc", "\x1b[31mred\x1b[0m \u202eeveil")
    for words in (["project", "list"], ["project", "show", "p"], ["search", "red"], ["project", "history", "p"]):
        told = call(*words).out
        assert "\x1b" not in told and "\u202e" not in told
    assert call("project", "show", "p", "--json").value["desc"] == "\x1b[31mred\x1b[0m \u202eeveil"


def test_at_a_terminal_a_list_keeps_to_fifty_and_to_the_line(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelops_tui.cli.output.at_terminal", lambda: True)
    monkeypatch.setattr("modelops_tui.cli.verbs.listing.at_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    told = modelops("training", "list")
    assert len(told.lines) == 51
    assert max(map(len, told.lines)) <= 80
    assert " more. " in told.err


def test_a_question_is_asked_at_a_terminal_and_no_means_no(modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "can_ask", lambda: True)
    told = modelops("lock", "rm", modelops("lock", "list", "-o", "name").lines[0], stdin="n\n")
    assert told.code == 0
    assert "[y/N]" in told.err and "Nothing was removed." in told.err


def test_an_option_of_new_never_clashes_with_a_field() -> None:
    own = {"from", "output", "json", "help"}
    for kind in registry.KINDS:
        if "new" in kind.verbs:
            assert not own & {field.name for field in kind.fields if not field.set_by}


def test_a_column_leads_through_a_reference(modelops: Call) -> None:
    rows = modelops("training", "list", "--columns", "project.name,datasets.name", "--limit", "3", "--json").value
    assert all(row["project.name"] for row in rows)


def test_a_number_that_json_does_not_have_is_refused_and_not_kept_as_text(modelops: Call) -> None:
    told = modelops("training", "new", "churn:odd", "--notebook", "n.ipynb", "--details", '{"a": NaN}')
    assert told.code == 6 and "--details" in told.err


def test_a_span_of_time_counts_back_from_now(modelops: Call) -> None:
    assert modelops("model", "new", "made-just-now").code == 0
    found = modelops("model", "list", "--where", 'created_at > ago("1h")', "-o", "name")
    assert (found.code, found.lines) == (0, ["made-just-now"])
    older = modelops("model", "list", "--where", 'not created_at > ago("1h")', "-o", "name").lines
    assert older
    assert "made-just-now" not in older
