"""Keys: what is printed is accepted, and leading parts may be left out where the rest is clear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from modelops_tui import open_home
from modelops_tui.entities.keys import candidates, key_of, label_of
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.errors import NotFound, WrongUse
from modelops_tui.services import filtering, history, records, removing
from modelops_tui.services.home import Home
from modelops_tui.services.known_keys import documents_beginning
from modelops_tui.services.loading import load
from modelops_tui.services.sample import sample_documents


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    opened = open_home(tmp_path_factory.mktemp("sample") / "lab", "me")
    load(opened, list(sample_documents()))
    yield opened
    opened.close()


def test_every_key_that_is_printed_names_its_document(home: Home) -> None:
    tried = 0
    for kind in KINDS:
        for document in home.documents(kind):
            key = key_of(kind, document, home.names)
            if key is not None:
                found = candidates(kind, key, home.names)
                assert document in found, f"{kind.name} {key}"
                same = {label_of(kind, item, home.names) for item in found}
                assert same == {key}, "only documents that are really called the same are found together"
                tried += 1
    assert tried > 300


def test_a_removed_artifact_leaves_its_path_to_others_and_is_called_by_its_id(home: Home) -> None:
    artifact = BY_NAME["artifact"]
    computed = artifact.computed_by_name
    gone = [item for item in home.documents(artifact) if computed["path"].compute(item, home.names) is None]
    named = [item for item in home.documents(artifact) if key_of(artifact, item, home.names) is None]
    assert named
    assert all(item in named for item in gone)
    for item in named:
        assert records.find_one(home, artifact, item["id"]) == item


@pytest.mark.parametrize(
    ("kind", "short", "whole"),
    [
        ("artifact", "models/iris-forest.pmml", "iris-lab/models/iris-forest.pmml"),
        ("artifact-revision", "models/iris-forest.pmml@1", "iris-lab/models/iris-forest.pmml@1"),
        ("training", "sweep-day-28", "iris-lab:sweep-day-28"),
    ],
)
def test_leading_parts_may_be_left_out(home: Home, kind: str, short: str, whole: str) -> None:
    assert records.find_one(home, BY_NAME[kind], short) == records.find_one(home, BY_NAME[kind], whole)


def test_a_key_that_is_nearly_that_of_an_artifact_comes_with_the_near_one(home: Home) -> None:
    with pytest.raises(NotFound) as told:
        records.find_one(home, BY_NAME["artifact"], "iris-lab/models/iris-forrest.pmml")
    assert "iris-lab/models/iris-forest.pmml" in told.value.hint


def select(home: Home, where: str) -> set[str]:
    return {item["name"] for item in filtering.select(home, BY_NAME["training"], where)}


def test_a_reference_is_compared_with_the_key_of_what_it_points_at(home: Home) -> None:
    churn = select(home, 'project.name == "churn"')
    assert churn
    assert select(home, 'project == "churn"') == churn
    assert select(home, '"churn" == project') == churn
    assert select(home, 'project in ["churn", "iris-lab"]') > churn
    assert select(home, 'project != "churn"') == select(home, 'project.name != "churn"')
    assert select(home, 'project == "CHURN"') == churn, "as the key is typed, in any case"


def test_an_element_of_a_list_of_references_is_found_by_its_key(home: Home) -> None:
    one = next(item for item in home.documents(BY_NAME["training"]) if item.get("datasets"))
    dataset = home.names.get("dataset", one["datasets"][0]) or {}
    key = label_of(BY_NAME["dataset"], dataset, home.names)
    assert one["name"] in select(home, f'datasets == "{key}"')
    assert select(home, f'"{key}" in datasets') == select(home, f'datasets == "{key}"')


def test_a_key_of_nothing_in_an_expression_is_pointed_at_with_the_nearest(home: Home) -> None:
    with pytest.raises(WrongUse) as told:
        select(home, 'project == "chrun"')
    assert "There is no project 'chrun'" in told.value.says
    assert "churn" in told.value.hint


def test_keys_are_found_by_how_they_begin(home: Home) -> None:
    found = [key for key, _ in documents_beginning(home, BY_NAME["training"], "iris-lab:night-1")]
    assert found
    assert all(key.startswith("iris-lab:night-1") for key in found)


def test_what_was_removed_is_called_in_full_when_it_is_told_of(home: Home) -> None:
    project = records.find_one(home, BY_NAME["project"], "iris-lab")
    removing.remove(home, removing.plan_removal(home, [(BY_NAME["project"], project["id"])]))
    told = history.changes(home, 1)[0]
    assert told.says == "rm project iris-lab", "who did it is told what it was, private documents or not"
    trainings = [label for kind, _, label, _ in told.entries if kind == "training"]
    assert trainings
    assert all(label.startswith("iris-lab:") for label in trainings)
    undone = history.undo(home)
    assert all(home.names.get(kind, id) for kind, id, _, _ in undone.entries), "nothing private is told of"
    redone = history.redo(home)
    assert not any("?" in label for _, _, label, _ in redone.entries)
    history.undo(home)
