"""A sandbox does not exist for others: in no list, count, key, reference, history, search or message."""

from __future__ import annotations

from typing import Any

import pytest

from modelops_tui.entities.registry import kind_named
from modelops_tui.errors import NotFound, Refused
from modelops_tui.services import history, links, searching
from modelops_tui.services.removing import plan_removal
from tests.services.conftest import Desk

PUBLISHED, PRIVATE, BORN = "a" * 24, "b" * 24, "c" * 24
CONTENT, SECRET_CONTENT = "d" * 24, "e" * 24
ARTIFACT, HIDDEN = "1" * 24, "2" * 24
SECRET = "secret-plan"


@pytest.fixture
def two(desk: Desk, at_desk: Any) -> tuple[Desk, Desk]:
    """Ada has a sandbox of a published artifact, and an artifact that was never published; grace may do all."""
    ada = desk.home.user["id"]
    project = desk.new("project", "iris")["id"]
    desk.load(
        {"kind": "artifact", "id": ARTIFACT, "project": project, "next_number": 2},
        {"kind": "artifact", "id": HIDDEN, "project": project},
        {"kind": "artifact-content", "id": CONTENT, "sha256": "0" * 64, "size": 3},
        {"kind": "artifact-content", "id": SECRET_CONTENT, "sha256": "1" * 64, "size": 4},
        revision(PUBLISHED, ARTIFACT, path="models/a.pmml", content=CONTENT, state="PUBLISHED", number=1),
        revision(PRIVATE, ARTIFACT, path=f"models/{SECRET}.pmml", content=SECRET_CONTENT, owner=ada, parent=PUBLISHED),
        revision(BORN, HIDDEN, path=f"models/{SECRET}-2.pmml", content=SECRET_CONTENT, owner=ada),
        {"kind": "checkout", "user": ada, "artifact": ARTIFACT, "revisions": [PRIVATE]},
        {"kind": "artifact-property-value", "revision": PRIVATE, "definition": "Core:owner", "value": SECRET},
    )
    desk.new("group", "mine", artifacts=[ARTIFACT, HIDDEN])
    desk.new("group", "ours", artifacts=[ARTIFACT, HIDDEN], shared=True)
    desk.new("lock", f"{SECRET} lock", artifact=HIDDEN)
    return desk, at_desk("grace", {"category": "*"})


def revision(id: str, artifact: str, **values: Any) -> dict[str, Any]:
    return {"kind": "artifact-revision", "id": id, "artifact": artifact, **values}


HIDDEN_KINDS = {
    "artifact": 1,
    "artifact-revision": 1,
    "artifact-content": 1,
    "checkout": 0,
    "artifact-property-value": 0,
    "lock": 0,
    "group": 1,
}


@pytest.mark.parametrize(("name", "left"), HIDDEN_KINDS.items())
def test_counts_and_lists_hold_only_what_is_published(two: tuple[Desk, Desk], name: str, left: int) -> None:
    ada, grace = two
    kind = kind_named(name)
    assert grace.home.count(kind) == len(grace.home.documents(kind)) == left
    assert ada.home.count(kind) > left


@pytest.mark.parametrize("text", [PRIVATE, PRIVATE[:8], f"iris/models/{SECRET}.pmml@0", "iris/models/a.pmml@0"])
def test_no_key_and_no_id_finds_a_foreign_sandbox(two: tuple[Desk, Desk], text: str) -> None:
    with pytest.raises(NotFound):
        two[1].get("artifact-revision", text)


def test_its_owner_finds_it_by_the_number_zero(two: tuple[Desk, Desk]) -> None:
    assert two[0].get("artifact-revision", "iris/models/a.pmml@0")["id"] == PRIVATE
    assert two[1].get("artifact-revision", "iris/models/a.pmml@1")["id"] == PUBLISHED


def test_an_artifact_that_was_never_published_is_not_there(two: tuple[Desk, Desk]) -> None:
    with pytest.raises(NotFound):
        two[1].get("artifact", HIDDEN)
    assert two[1].keys("artifact") == ["iris/models/a.pmml"]


def test_a_shared_group_shows_each_viewer_what_that_viewer_may_see(two: tuple[Desk, Desk]) -> None:
    ada, grace = two
    assert grace.get("group", "ours")["artifacts"] == [ARTIFACT]
    grace.set("group", "ours", artifacts=[])
    assert ada.get("group", "ours")["artifacts"] == [HIDDEN]


def test_references_search_history_and_changes_are_silent_about_it(two: tuple[Desk, Desk]) -> None:
    ada, grace = two
    assert searching.search(ada.home, SECRET) and not searching.search(grace.home, SECRET)
    shown = links.links(grace.home, kind_named("artifact"), grace.get("artifact", ARTIFACT))
    assert {link.id for link in shown.pointed_at_by if link.kind.name == "artifact-revision"} == {PUBLISHED}
    assert history.history(grace.home, kind_named("artifact-revision"), PRIVATE) == []
    told = repr(history.changes(grace.home, limit=1000))
    assert SECRET not in told and PRIVATE not in told and HIDDEN not in told
    assert SECRET in repr(history.changes(ada.home, limit=1000))


def test_removing_a_project_tells_others_the_number_and_not_the_names(two: tuple[Desk, Desk]) -> None:
    grace = two[1]
    plan = plan_removal(grace.home, [(kind_named("project"), grace.get("project", "iris")["id"])])
    assert SECRET not in "".join(plan.lines()) and SECRET not in plan.refused
    assert any("private documents of other users" in line for line in plan.lines())


def test_nothing_published_may_point_at_a_sandbox(two: tuple[Desk, Desk]) -> None:
    ada = two[0]
    from modelops_tui.errors import Invalid

    with pytest.raises(Invalid, match="cannot be written"):
        ada.new("artifact-property-value", revision=PUBLISHED, definition="Model:training dataset", value=PRIVATE)


def test_a_published_revision_never_changes(two: tuple[Desk, Desk]) -> None:
    ada = two[0]
    with pytest.raises(Refused):
        ada.set("artifact-revision", PUBLISHED, path="models/b.pmml")
    from modelops_tui.errors import Failure

    with pytest.raises(Failure), ada.home.writing("around the verbs") as transaction:
        transaction.update("artifact-revision", PUBLISHED, {"path": "models/b.pmml"})
    assert ada.get("artifact-revision", PUBLISHED)["path"] == "models/a.pmml"
