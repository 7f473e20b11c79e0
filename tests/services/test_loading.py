"""Whole documents of every kind come in by one validated way, all or none."""

from __future__ import annotations

from typing import Any

import pytest

from modelops_tui.errors import Invalid, NotPermitted, Refused
from modelops_tui.services import loading
from tests.services.conftest import Desk


def test_documents_may_point_forward_by_id(desk: Desk) -> None:
    desk.load(
        {
            "kind": "training",
            "id": "b" * 24,
            "project": "a" * 24,
            "name": "t",
            "notebook": "n.ipynb",
            "model_version": "d" * 24,
        },
        {"kind": "project", "id": "a" * 24, "name": "iris"},
        {"kind": "model-version", "id": "d" * 24, "model": "clf", "name": "v1"},
        {"kind": "model", "name": "clf"},
    )
    assert desk.get("training", "iris:t")["model_version"] == "d" * 24


def test_loading_the_same_again_changes_nothing(desk: Desk) -> None:
    document = {"kind": "project", "id": "a" * 24, "name": "iris", "desc": "flowers"}
    assert desk.load(document) == {"project": 1}
    sequence = desk.home.store.sequence
    assert desk.load(document) == {}
    assert desk.home.store.sequence == sequence
    with pytest.raises(Refused):
        desk.load({**document, "desc": "other"})


def test_run_fields_and_the_envelope_come_in_as_they_are(desk: Desk) -> None:
    desk.new("project", "iris")
    desk.load(
        {
            "kind": "training",
            "project": "iris",
            "name": "old.one",
            "notebook": "n.ipynb",
            "task": {"state": "FINISHED", "progress": 1},
            "rev": 7,
            "created_at": "2024-05-01T08:00:00Z",
            "origin": {"system": "noronha", "id": "iris:old.one"},
        }
    )
    found = desk.get("training", "old.one")
    assert (found["rev"], found["created_at"]) == (7, "2024-05-01T08:00:00.000Z")
    assert found["task"]["state"] == "FINISHED" and found["origin"]["system"] == "noronha"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"name": "x"}, "document 1, kind"),
        ({"kind": "projekt", "name": "x"}, "document 1, kind"),
        ({"kind": "project", "name": "x", "id": "abc"}, "document 1, id"),
        ({"kind": "project", "name": "x", "rev": 0}, "document 1, rev"),
        ({"kind": "project", "name": "x", "created_at": "yesterday"}, "document 1, created_at"),
        ({"kind": "project", "name": "x", "colour": "blue"}, "document 1, colour"),
        ({"kind": "training", "name": "x", "notebook": "n", "project": "nowhere"}, "document 1, project"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(desk: Desk, document: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as wrong:
        desk.load(document)
    assert path in [problem.path for problem in wrong.value.problems]


def test_only_an_administrator_loads(desk: Desk, at_desk: Any) -> None:
    grace = at_desk("grace", {"category": "project", "actions": ["read", "create", "write"]})
    with pytest.raises(NotPermitted):
        loading.load(grace.home, [{"kind": "project", "name": "iris"}])


def test_two_published_revisions_never_share_a_number_or_a_path(desk: Desk) -> None:
    project = desk.new("project", "iris")["id"]
    base = [
        {"kind": "artifact-content", "id": "c" * 24, "sha256": "0" * 64, "size": 1},
        {"kind": "artifact", "id": "a" * 24, "project": project, "next_number": 9},
        {"kind": "artifact", "id": "b" * 24, "project": project, "next_number": 9},
    ]
    desk.load(*base)
    one = {
        "kind": "artifact-revision",
        "artifact": "a" * 24,
        "content": "c" * 24,
        "state": "PUBLISHED",
        "number": 1,
        "path": "m/a",
    }
    desk.load(one)
    with pytest.raises(Refused):
        desk.load({**one, "path": "m/b"})
    with pytest.raises(Invalid):
        desk.load({**one, "artifact": "b" * 24})
    with pytest.raises(Invalid):
        desk.load({**one, "number": 0})
