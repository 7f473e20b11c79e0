"""Removal shows its whole effect and takes exactly that; what is refused touches nothing; undo brings all back."""

from __future__ import annotations

import pytest

from modelops_tui.entities.registry import kind_named
from modelops_tui.errors import Refused
from modelops_tui.services import history
from modelops_tui.services.removing import Removal, plan_removal, remove
from tests.services.conftest import Desk


def plan(desk: Desk, kind: str, text: str) -> Removal:
    return plan_removal(desk.home, [(kind_named(kind), desk.get(kind, text)["id"])])


def everything(desk: Desk) -> dict[str, object]:
    kinds = ("project", "model", "model-version", "training", "dataset", "deployment", "artifact")
    drop = ("rev", "updated_at")
    return {
        id: {name: value for name, value in item.items() if name not in drop}
        for kind in kinds
        for id, item in desk.home.store.documents(kind).items()
    }


@pytest.fixture
def full(desk: Desk) -> Desk:
    desk.new("model", "clf", model_files=[{"name": "m.pkl"}])
    desk.new("dataset", "clf:may")
    desk.new("project", "iris", models=["clf"])
    desk.new("training", "iris:t1", notebook="a.ipynb", datasets=["clf:may"])
    desk.new("model-version", "clf:v1", train="iris:t1", ds="clf:may")
    desk.new("deployment", "iris:live", notebook="serve.ipynb", movers=["clf:v1"])
    return desk


def test_a_model_that_a_project_uses_stays_and_nothing_is_touched(full: Desk) -> None:
    before, sequence = everything(full), full.home.store.sequence
    refused = plan(full, "model", "clf")
    assert refused.refused == "model clf is used by project iris."
    with pytest.raises(Refused, match="project iris"):
        remove(full.home, refused)
    assert everything(full) == before
    assert full.home.store.sequence == sequence


def test_a_project_goes_with_what_is_its_own_and_comes_back_whole(full: Desk) -> None:
    before = everything(full)
    shown = plan(full, "project", "iris")
    assert sorted(shown.lines()) == sorted(
        ["removes  project iris", "with it  training iris:t1", "with it  deployment iris:live"]
    )
    sequence = full.home.store.sequence
    assert remove(full.home, shown) == 3
    assert full.home.store.sequence == sequence + 1
    assert full.keys("training") == [] and full.keys("model-version") == ["clf:v1"]
    history.undo(full.home)
    assert everything(full) == before


def test_what_changed_since_it_was_shown_is_not_taken(full: Desk) -> None:
    shown = plan(full, "project", "iris")
    full.new("training", "iris:t2", notebook="a.ipynb")
    with pytest.raises(Refused, match="changed meanwhile"):
        remove(full.home, shown)
    assert full.keys("training") == ["iris:t1", "iris:t2"]


def test_a_pointer_in_a_list_is_taken_out(full: Desk) -> None:
    shown = plan(full, "dataset", "clf:may")
    assert "empties  datasets of training iris:t1" in shown.lines()
    remove(full.home, shown)
    assert full.get("training", "iris:t1")["datasets"] == []
    assert full.get("model-version", "clf:v1")["ds"]["name"] == "may"


def test_a_dataset_that_a_running_training_reads_stays(full: Desk) -> None:
    training = full.get("training", "iris:t1")
    with full.home.writing("start") as transaction:
        transaction.update("training", training["id"], {"task": {"state": "RUNNING", "progress": 0.1}})
    assert "training iris:t1 (while it runs)" in plan(full, "dataset", "clf:may").refused


def test_the_last_execution_of_a_result_stays(desk: Desk) -> None:
    desk.new("component", "loader", repo_link="https://example.org/loader")
    desk.new("component-version", "loader:v1", commit_hash="abc")
    desk.new("workflow", "flow", steps=[{"name": "load", "version": "loader:v1"}])
    desk.new("digital-twin", "city")
    for title in ("one", "two"):
        desk.new("execution", f"city:{title}", workflow="flow")
    desk.new("result", "city:both", executions=["city:one", "city:two"])
    remove(desk.home, plan(desk, "execution", "city:one"))
    assert "result ada:city:both (as the last one in the list)" in plan(desk, "execution", "city:two").refused


def test_a_component_goes_with_its_versions_unless_a_workflow_uses_one(desk: Desk) -> None:
    desk.new("component", "loader", repo_link="https://example.org/loader.git/")
    desk.new("component-version", "loader:v1", commit_hash="abc")
    desk.new("workflow", "flow", steps=[{"name": "load", "version": "loader:v1"}])
    assert "workflow flow" in plan(desk, "component", "loader").refused
    remove(desk.home, plan(desk, "workflow", "flow"))
    assert remove(desk.home, plan(desk, "component", "loader")) == 2


def test_what_is_built_in_stays(desk: Desk) -> None:
    for kind, name in (("role", "administrator"), ("property-category", "Core")):
        with pytest.raises(Refused, match="built in"):
            plan(desk, kind, name)


def test_undo_takes_back_only_what_nobody_changed_since(full: Desk) -> None:
    full.set("project", "iris", desc="one")
    full.set("project", "iris", desc="two")
    history.undo(full.home)
    assert full.get("project", "iris")["desc"] == "one"
    history.undo(full.home)
    assert "desc" not in full.get("project", "iris")
    history.redo(full.home)
    history.redo(full.home)
    assert full.get("project", "iris")["desc"] == "two"
    with pytest.raises(Refused, match="nothing of yours to redo"):
        history.redo(full.home)
