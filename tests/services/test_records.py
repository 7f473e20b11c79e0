"""Making, finding, changing and renaming documents through the one gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.entities.registry import kind_named
from modelops_tui.errors import Invalid, NotFound, NotPermitted, Refused, WrongUse
from modelops_tui.services import records
from tests.services.conftest import Desk


def test_a_home_begins_with_its_first_user_and_the_built_in_things(desk: Desk) -> None:
    assert desk.home.user["name"] == "ada"
    assert desk.keys("role") == ["administrator"]
    assert sorted(desk.keys("property-category")) == ["Core", "Model"]


def test_what_is_wrong_in_five_fields_is_told_for_all_five(desk: Desk) -> None:
    desk.new("model", "iris-clf")
    values = {"model": "iris-clff", "name": "a b", "compressed": "perhaps", "details": 3, "lightweight": "x"}
    with pytest.raises(Invalid) as wrong:
        desk.new("model-version", **values)
    assert {problem.path for problem in wrong.value.problems} == set(values)
    assert any("Did you mean iris-clf?" in problem.says for problem in wrong.value.problems)


def test_an_unknown_field_gets_its_nearest_neighbour(desk: Desk) -> None:
    with pytest.raises(Invalid) as wrong:
        desk.new("project", "iris", git_rep="https://example.org/iris")
    assert wrong.value.problems[0].says == "is not a field here. Did you mean git_repo?"


def test_a_key_finds_with_and_without_its_parent_and_an_id_by_its_beginning(desk: Desk) -> None:
    desk.new("project", "iris")
    made = desk.new("training", "iris:night-1", notebook="train.ipynb")
    for text in ("iris:night-1", "night-1", made["id"], made["id"][:20]):
        assert desk.get("train", text)["id"] == made["id"]


def test_a_key_that_fits_two_lists_both(desk: Desk) -> None:
    for project in ("iris", "churn"):
        desk.new("project", project)
        desk.new("training", f"{project}:night-1", notebook="train.ipynb")
    with pytest.raises(WrongUse) as unclear:
        desk.get("training", "night-1")
    assert "iris:night-1" in unclear.value.says and "churn:night-1" in unclear.value.says


def test_a_missing_key_gets_its_nearest_neighbour(desk: Desk) -> None:
    desk.new("project", "demand-forecast")
    with pytest.raises(NotFound) as missing:
        desk.get("project", "demand-forcast")
    assert missing.value.hint == "Did you mean demand-forecast?"


def test_a_project_name_is_unique_ignoring_case(desk: Desk) -> None:
    desk.new("project", "iris")
    with pytest.raises(Refused):
        desk.new("project", "Iris")
    assert desk.get("project", "IRIS")["name"] == "iris"


def test_many_documents_that_name_each_other_come_in_together_or_not_at_all(desk: Desk) -> None:
    batch = [
        (kind_named("training"), {"project": "iris", "name": "t1", "notebook": "a.ipynb"}),
        (kind_named("project"), {"name": "iris", "models": ["clf"]}),
        (kind_named("model"), {"name": "clf"}),
    ]
    records.create_many(desk.home, batch)
    assert desk.keys("training") == ["iris:t1"]
    before = desk.home.store.sequence
    with pytest.raises(Invalid):
        records.create_many(
            desk.home, [(kind_named("model"), {"name": "other"}), (kind_named("project"), {"name": "not a slug"})]
        )
    assert desk.home.store.sequence == before
    assert desk.keys("model") == ["clf"]


def test_a_change_touches_only_what_was_named_and_can_empty_a_field(desk: Desk) -> None:
    desk.new("project", "iris", desc="flowers", git_repo="https://example.org/iris.git")
    desk.set("project", "iris", desc=None)
    changed = desk.get("project", "iris")
    assert "desc" not in changed
    assert changed["git_repo"] == "https://example.org/iris.git"
    with pytest.raises(Invalid):
        desk.set("project", "iris", name=None)


def test_a_stale_change_is_refused(desk: Desk) -> None:
    project = desk.new("project", "iris")
    desk.set("project", "iris", desc="one")
    with pytest.raises(Refused):
        records.change(desk.home, kind_named("project"), project["id"], {"desc": "two"}, if_rev=1)
    assert desk.get("project", "iris")["desc"] == "one"


def test_what_only_a_run_may_set_cannot_be_set_by_hand(desk: Desk) -> None:
    desk.new("project", "iris")
    desk.new("training", "iris:t", notebook="a.ipynb")
    with pytest.raises(Invalid) as wrong:
        desk.set("training", "iris:t", task={"state": "FINISHED", "progress": 1})
    assert wrong.value.problems[0].says == "is set by a run, not by hand."


def raw_lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.glob("journal.*.jsonl") for line in file.read_text().split("\n")[:-1]]


def test_renaming_a_project_writes_no_other_document(desk: Desk) -> None:
    desk.new("project", "iris")
    for number in range(5):
        desk.new("training", f"iris:t{number}", notebook="a.ipynb")
    others = {item["id"]: json.dumps(item) for item in desk.home.documents(kind_named("training"))}
    records.rename(desk.home, kind_named("project"), desk.get("project", "iris")["id"], "iris-lab")
    assert [write["kind"] for write in raw_lines(desk.home.folder)[-1]["writes"]] == ["project"]
    assert {item["id"]: json.dumps(item) for item in desk.home.documents(kind_named("training"))} == others
    assert desk.keys("training")[0] == "iris-lab:t0"


def test_parts_of_a_key_that_hold_separators_are_quoted(desk: Desk) -> None:
    desk.new("digital-twin", name="city: north/south")
    assert desk.keys("digital-twin") == ['ada:"city: north/south"']
    assert desk.get("digital-twin", 'ada:"city: north/south"')["name"] == "city: north/south"
    assert desk.get("digital-twin", "city: north/south")["name"] == "city: north/south"


def test_unknown_fields_of_a_newer_program_survive_a_change(desk: Desk) -> None:
    project = desk.new("project", "iris")
    with desk.home.writing("a newer program") as transaction:
        transaction.update("project", project["id"], {"colour": "blue"})
    desk.set("project", "iris", desc="flowers")
    assert desk.home.store.get("project", project["id"])["colour"] == "blue"


def test_a_sealed_field_takes_no_value_by_any_door(desk: Desk) -> None:
    secret = {"login": {"fields": {"password": "hunter2-canary"}}}
    desk.new("treasure-chest", "box")
    with pytest.raises(Invalid):
        desk.set("treasure-chest", "box", entries=secret)
    with pytest.raises(Invalid):
        desk.load({"kind": "treasure-chest", "name": "other", "owner": desk.home.user["id"], "entries": secret})
    with pytest.raises(Invalid), desk.home.writing("around the doors") as transaction:
        transaction.update("treasure-chest", desk.get("treasure-chest", "box")["id"], {"entries": secret})
    everything = b"".join(file.read_bytes() for file in desk.home.folder.rglob("*") if file.is_file())
    assert b"hunter2-canary" not in everything


def test_a_user_without_permission_is_told_which_one_is_missing(desk: Desk, at_desk: Any) -> None:
    desk.new("project", "iris")
    grace = at_desk("grace", {"category": "project", "actions": ["read"]})
    assert grace.keys("project") == ["iris"]
    assert grace.keys("model") == []
    with pytest.raises(NotPermitted) as refused:
        grace.new("project", "mine")
    assert "project:create" in refused.value.says


def test_a_grant_on_one_instance_shows_that_one_only(desk: Desk, at_desk: Any) -> None:
    iris = desk.new("project", "iris")
    desk.new("project", "churn")
    grace = at_desk("grace", {"category": "project", "instances": [iris["id"]]})
    assert grace.keys("project") == ["iris"]
    grace.set("project", "iris", desc="mine to change")
    with pytest.raises(NotPermitted):
        grace.get("project", "churn")


def test_a_disabled_user_may_not_act(desk: Desk, at_desk: Any, tmp_path: Path) -> None:
    from modelops_tui import open_home

    grace = at_desk("grace", {"category": "*"})
    desk.set("user", "grace", state="disabled")
    grace.home.refresh()
    with pytest.raises(NotPermitted):
        grace.new("project", "mine")
    with pytest.raises(NotPermitted):
        open_home(tmp_path / "home", "grace")


def test_references_are_taken_out_of_a_list_by_their_keys(desk: Desk) -> None:
    for name in ("one", "two"):
        desk.new("model", name)
    project = desk.new("project", "iris", models=["one", "two"])
    changes = records.assigned(desk.home, kind_named("project"), project, ["models-=one", "models+=two"])
    records.change(desk.home, kind_named("project"), project["id"], changes)
    assert desk.get("project", "iris")["models"] == [desk.get("model", "two")["id"]]


def test_changes_that_differ_from_one_document_to_the_next_are_made_together_or_not_at_all(desk: Desk) -> None:
    ids = [desk.new("project", name)["id"] for name in ("a", "b")]
    with pytest.raises(Invalid):
        records.change_each(desk.home, kind_named("project"), [(ids[0], {"desc": "x"}), (ids[1], {"name": "no slug"})])
    assert "desc" not in desk.get("project", "a")
    records.change_each(desk.home, kind_named("project"), [(ids[0], {"desc": "x"}), (ids[1], {"desc": "y"})])
    assert [item.get("desc") for item in desk.home.documents(kind_named("project"))] == ["x", "y"]


def test_the_first_few_are_the_same_as_the_beginning_of_all(desk: Desk) -> None:
    for number in range(30):
        desk.new("model", f"m{number}")
    desk.home.store.compact()
    for number in range(30, 40):
        desk.new("model", f"m{number}")
    kind = kind_named("model")
    with desk.home.writing("some go") as transaction:
        for name in ("m3", "m35"):
            transaction.remove("model", desk.get("model", name)["id"])
    everything = list(desk.home.documents(kind))
    for most in (1, 5, 34, 60):
        assert desk.home.first(kind, most) == everything[:most]
    assert [item["name"] for item in desk.home.holding(kind, '"m35"')] == []
    assert [item["name"] for item in desk.home.holding(kind, '"m36"')] == ["m36"]


def test_the_last_who_may_do_everything_stays(desk: Desk) -> None:
    for changes in ({"state": "disabled"}, {"roles": []}):
        with pytest.raises(Refused, match="nobody who may do everything"):
            desk.set("user", "ada", **changes)
    desk.new("user", "grace", roles=["administrator"])
    desk.set("user", "ada", state="disabled")
