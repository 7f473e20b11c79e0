"""Every kind can be used with every general verb that it allows; a new kind is covered when it is declared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from modelops_tui.entities.kind import GENERAL_VERBS, Kind
from modelops_tui.entities.registry import KINDS
from modelops_tui.entities.scalars import DESCRIPTION, FREE_TEXT, LINE, TITLE
from tests.cli.conftest import Call

FORMS = ("table", "wide", "json", "jsonl", "yaml", "csv", "name")
ids = [kind.name for kind in KINDS]


def having(verb: str) -> list[Any]:
    return [pytest.param(kind, id=kind.name) for kind in KINDS if verb in kind.verbs]


def named(modelops: Call, kind: Kind) -> str:
    # Keys may be shared by several documents; ids never are.
    return str(modelops(kind.name, "list", "--json", "--all").value[0]["id"])


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_a_list_tells_the_same_documents_in_every_form(modelops: Call, kind: Kind) -> None:
    whole = modelops(kind.name, "list", "--all", "-o", "json")
    assert whole.code == 0
    count = next(row["count"] for row in modelops("kinds", "--json").value if row["kind"] == kind.name)
    assert len(whole.value) == count
    for form in FORMS:
        told = modelops(kind.name, "list", "--all", "-o", form)
        assert (told.code, told.err) == (0, "") or count == 0, form
        if form in ("jsonl", "name"):
            assert len(told.lines) == count
        if form in ("table", "wide") and count:
            assert len(told.lines) == count + 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name != "checkout"], ids=lambda kind: kind.name)
def test_each_document_can_be_shown_and_its_links_and_history_told(modelops: Call, kind: Kind) -> None:
    documents = modelops(kind.name, "list", "--all", "--json").value
    document = documents[0]
    shown = modelops(kind.name, "show", document["id"], "--json")
    assert shown.value == document
    assert document["kind"] == kind.name
    assert {"id", "key", "rev", "created_at", "updated_at", "created_by"} <= document.keys()
    sheet = modelops(kind.name, "show", document["id"])
    assert sheet.code == 0 and document["id"] in sheet.out
    assert modelops(kind.name, "refs", document["id"]).code == 0
    told = modelops(kind.name, "history", document["id"], "--json")
    assert told.value[-1]["action"] == "made"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name != "checkout"], ids=lambda kind: kind.name)
def test_what_is_shown_is_taken_back_by_load_as_the_same(modelops: Call, kind: Kind) -> None:
    document = modelops(kind.name, "list", "--all", "--json").value[0]
    again = modelops("load", "-", stdin=json.dumps(document))
    assert again.code == 0, again.err
    assert "0 new, 1 there already" in again.err


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_a_verb_that_the_kind_lacks_is_absent(modelops: Call, kind: Kind) -> None:
    assert modelops(kind.name, "--help").code == 0
    for verb in GENERAL_VERBS:
        told = modelops(kind.name, verb, "--help")
        assert told.code == (0 if verb in kind.verbs else 2), verb


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_short_names_call_the_same(modelops: Call, kind: Kind) -> None:
    whole = modelops(kind.name, "list", "-o", "name").out
    for short in kind.shorts:
        assert modelops(short, "list", "-o", "name").out == whole


@pytest.mark.parametrize("kind", having("new"))
def test_new_takes_the_form_that_show_gives(modelops: Call, kind: Kind) -> None:
    document = modelops(kind.name, "list", "--all", "--json").value[-1]
    told = modelops(kind.name, "new", "--from", "-", stdin=json.dumps(document))
    # It is there already, or holds what only runs set; but every name in it is a field.
    assert told.code in (0, 4, 6), told.err
    assert "is not a field" not in told.err
    assert "must be a" not in told.err


@pytest.mark.parametrize("kind", having("new"))
def test_new_has_an_option_for_each_field_and_none_for_what_a_run_sets(modelops: Call, kind: Kind) -> None:
    told = modelops(kind.name, "new", "--help").out.replace(",", " ").split()
    for field in kind.fields:
        option = f"--{field.name.replace('_', '-')}"
        assert (option in told) == (not field.set_by), field.name


@pytest.mark.parametrize("kind", having("edit"))
def test_an_edit_without_a_change_changes_nothing(modelops: Call, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")
    document = modelops(kind.name, "list", "--all", "--json").value[0]
    told = modelops(kind.name, "edit", document["id"])
    assert (told.code, told.err) == (0, "Nothing was changed.\n")
    assert modelops(kind.name, "show", document["id"], "--json").value == document


def text_fields(kind: Kind) -> list[str]:
    return [
        field.name
        for field in kind.fields
        if field.type in (DESCRIPTION, FREE_TEXT, LINE, TITLE) and not (field.set_by or field.fixed or field.required)
    ]


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if "set" in kind.verbs and text_fields(kind) and kind.name != "artifact-revision"],
    ids=lambda kind: kind.name,
)
def test_a_field_can_be_set_and_the_change_undone(modelops: Call, kind: Kind) -> None:
    id = named(modelops, kind)
    field = text_fields(kind)[0]
    before = modelops(kind.name, "show", id, "--json").value
    assert modelops(kind.name, "set", id, f"{field}=quite different").code == 0
    after = modelops(kind.name, "show", id, "--json").value
    assert after[field] == "quite different"
    assert after["rev"] == before["rev"] + 1
    assert modelops("undo").code == 0
    assert modelops(kind.name, "show", id, "--json").value.get(field) == before.get(field)


@pytest.mark.parametrize("kind", having("rename"))
def test_a_rename_gives_another_key_and_keeps_the_id(modelops: Call, kind: Kind) -> None:
    id = named(modelops, kind)
    told = modelops(kind.name, "rename", id, "another-name")
    assert told.code == 0, told.err
    assert told.out.strip().endswith("another-name")
    assert modelops(kind.name, "show", told.out.strip(), "--json").value["id"] == id


@pytest.mark.parametrize("kind", having("rm"))
def test_a_dry_removal_tells_the_effect_and_removes_nothing(modelops: Call, kind: Kind) -> None:
    documents = modelops(kind.name, "list", "--all", "--json").value
    told = modelops(kind.name, "rm", documents[-1]["id"], "--dry-run")
    assert told.code in (0, 4, 5), told.err
    assert told.code or told.out.startswith("removes ")
    assert modelops(kind.name, "list", "--all", "--json").value == documents
