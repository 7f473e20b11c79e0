"""Search finds names of map entries, computed texts, and words without their accents; never what is sealed."""

from __future__ import annotations

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services.texts import folded
from modelops_tui.tui.haystack import Haystack
from tests.cli.conftest import Call
from tests.cli.vaults import *  # noqa: F403


def hits(call: Call, *words: str) -> set[tuple[str, str]]:
    told = call("search", *words, "--limit", "999", "--json")
    assert told.code == 0, told.err
    return {(hit["kind"], hit["key"]) for hit in told.value}


@pytest.mark.parametrize("word", ["num_leaves", "NUM_LEAVES"])
def test_names_of_map_entries_are_found(call: Call, word: str) -> None:
    call("model", "new", "forest")
    assert call("dataset", "new", "forest:d", "--details", '{"params": {"num_leaves": 31, "deep": true}}').code == 0
    assert hits(call, word) == {("dataset", "forest:d")}
    assert hits(call, "31", word) == {("dataset", "forest:d")}
    assert hits(call, "true") == set(), "a truth is no word"


@pytest.mark.parametrize("word", ["zurich", "Zürich", "ZÜRICH", "Zu\u0308rich"])
def test_accents_do_not_matter(call: Call, word: str) -> None:
    call("model", "new", "lake", "--desc", "Level of the lake at Zürich")
    assert hits(call, word) == {("model", "lake")}


def test_computed_texts_are_found(modelops: Call) -> None:
    artifact = modelops("artifact", "list", "-o", "json").value[0]
    assert ("artifact", artifact["key"]) in hits(modelops, artifact["path"].rpartition("/")[2])


def test_both_faces_look_in_the_same_texts(modelops: Call, tmp_path) -> None:
    home = open_home(tmp_path / "home", "keeper")
    for name in ("training", "artifact", "dataset"):
        kind = BY_NAME[name]
        haystack = Haystack(kind)
        documents = home.documents(kind)
        haystack.build(documents, home.readable)
        for word in ("night", "f1", "auc", "md", "iris"):
            labels = [label_of(kind, item, home.names) for item in documents]
            on_screen = {label for label, text in zip(labels, haystack.texts, strict=True) if folded(word) in text}
            assert {key for found, key in hits(modelops, word) if found == name} <= on_screen
    home.close()
