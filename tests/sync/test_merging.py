"""Two sides of one document merge field by field; what both changed is told, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services.syncing.bodies import alike, fields_of
from modelops_tui.services.syncing.merging import merge, merged_lines, merged_set, value_at_path, with_value
from modelops_tui.store.rules import shape_problems

STAMPS = {"created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z", "created_by": "a" * 24}
TRAINING = {"project": "1" * 24, "name": "t", "notebook": "n.ipynb"}
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b\nc", 1.0]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
maps = st.dictionaries(st.sampled_from("abc"), values, max_size=3)
bodies = st.fixed_dictionaries(
    {"details": maps},
    optional={
        "datasets": st.lists(st.sampled_from(["2" * 24, "3" * 24, "4" * 24]), unique=True, max_size=3),
        "bvers": st.sampled_from([{"origin": {"kind": "build-version", "id": c * 24}, "taken_at": "t"} for c in "78"]),
        "machine": st.sampled_from(["x", "y"]),
    },
).map(lambda fields: {**STAMPS, **TRAINING, **fields})


def merged(kind: str, base: Any, mine: Any, theirs: Any) -> tuple[Document, list[tuple[str, ...]]]:
    document, clashes = merge(BY_NAME[kind], base, {**STAMPS, **mine}, {**STAMPS, **theirs})
    return fields_of(document), [clash.path for clash in clashes]


@given(bodies, bodies)
def test_what_only_one_side_changed_is_taken(base: Document, changed: Document) -> None:
    kind = BY_NAME["training"]
    for sides in ((base, changed, base), (base, base, changed), (base, changed, changed)):
        document, clashes = merge(kind, *sides)
        assert not clashes
        assert alike(fields_of(document), fields_of(changed))


@given(bodies, bodies, bodies)
def test_both_orders_clash_in_the_same_places_and_keep_mine(base: Document, mine: Document, theirs: Document) -> None:
    kind = BY_NAME["training"]
    document, clashes = merge(kind, base, mine, theirs)
    _, others = merge(kind, base, theirs, mine)
    assert {clash.path for clash in clashes} == {clash.path for clash in others}
    assert not shape_problems(kind, document)
    for clash in clashes:
        assert alike(value_at_path(kind, document, clash.path), clash.mine)
        assert alike(value_at_path(kind, mine, clash.path), clash.mine)
        assert alike(value_at_path(kind, theirs, clash.path), clash.theirs)
        taken = with_value(kind, document, clash.path, clash.theirs)
        assert alike(value_at_path(kind, taken, clash.path), clash.theirs)


def test_maps_merge_down_to_their_leaves() -> None:
    base = {"details": {"params": {"lr": 1, "n": 1}, "old": 1}}
    mine = {"details": {"params": {"lr": 2, "n": 1}, "old": 1, "mine": 1}}
    theirs = {"details": {"params": {"lr": 1, "n": 3}, "theirs": 1}}
    document, clashes = merged("training", base, mine, theirs)
    assert document["details"] == {"params": {"lr": 2, "n": 3}, "mine": 1, "theirs": 1} and not clashes
    theirs = {"details": {"params": {"lr": 9, "n": 1}, "old": 1}}
    document, clashes = merged("training", base, mine, theirs)
    assert document["details"]["params"]["lr"] == 2 and clashes == [("details", "params", "lr")]


def test_numbers_and_truth_are_different_values() -> None:
    _, clashes = merged("training", {"details": {"a": 0}}, {"details": {"a": 1}}, {"details": {"a": True}})
    assert clashes == [("details", "a")]
    document, clashes = merged("training", {"details": {"a": 1}}, {"details": {"a": 1}}, {"details": {"a": 1.0}})
    assert repr(document["details"]["a"]) == "1.0" and not clashes


def test_tags_are_sets() -> None:
    assert merged_set(["a", "b"], ["a", "b", "m"], ["t", "b"]) == ["t", "b", "m"]
    document, clashes = merged("result", {"tags": ["a"]}, {"tags": ["a", "m"]}, {"tags": ["t"]})
    assert document["tags"] == ["t", "m"] and not clashes


def test_a_set_that_must_not_be_empty_is_a_clash_rather_than_empty() -> None:
    one, two = "1" * 24, "2" * 24
    rest = {"digital_twin": "3" * 24, "title": "t"}
    base, mine, theirs = ({**rest, "executions": ids} for ids in ([one, two], [one], [two]))
    document, clashes = merged("result", base, mine, theirs)
    assert document["executions"] == [one] and clashes == [("executions",)]


def test_lists_of_named_things_merge_by_their_names() -> None:
    def files(**sizes: int) -> dict[str, Any]:
        return {"name": "m", "model_files": [{"name": name, "max_mb": size} for name, size in sizes.items()]}

    document, clashes = merged("model", files(a=1, b=1), files(a=2, b=1, m=1), files(t=1, a=1))
    assert {item["name"]: item["max_mb"] for item in document["model_files"]} == {"t": 1, "a": 2, "m": 1}
    assert not clashes
    document, clashes = merged("model", files(a=1), files(a=2), files(a=3))
    assert clashes == [("model_files", "a", "max_mb")]
    assert with_value(BY_NAME["model"], document, clashes[0], 3)["model_files"] == [{"name": "a", "max_mb": 3}]


def test_text_merges_by_lines() -> None:
    assert merged_lines("a\nb\nc\n", "A\nb\nc\n", "a\nb\nc\nd\n") == "A\nb\nc\nd\n"
    assert merged_lines("a\nb\nc\n", "a\nM\nc\n", "a\nT\nc\n") is None
    assert merged_lines("a\nb\nc\n", "a\nM\nc\n", "a\nb\nT\n") is None
    document, clashes = merged("project", {"desc": "a\nb\nc"}, {"desc": "A\nb\nc"}, {"desc": "a\nb\nC"})
    assert document["desc"] == "A\nb\nC" and not clashes


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abcm"), max_size=6))
def test_lines_changed_on_one_side_only_are_taken(base: list[str], mine: list[str]) -> None:
    old, new = "\n".join(base), "\n".join(mine)
    assert merged_lines(old, new, old) == merged_lines(old, old, new) == merged_lines(old, new, new) == new


def test_a_frozen_copy_is_never_mixed() -> None:
    def copy(tag: str, at: str) -> dict[str, Any]:
        return {"bvers": {"origin": {"kind": "build-version", "id": "1" * 24}, "taken_at": at, "tag": tag}}

    document, clashes = merged("training", copy("a", "1"), copy("b", "1"), copy("a", "2"))
    assert clashes == [("bvers",)] and document["bvers"]["taken_at"] == "1"


def test_the_next_number_never_falls() -> None:
    sides = [{"project": "1" * 24, "next_number": number} for number in (2, 4, 7)]
    assert merged("artifact", *sides) == (sides[2], [])
    assert merged("artifact", sides[0], sides[2], sides[1]) == (sides[2], [])


def test_a_chest_comes_whole_from_one_side() -> None:
    def chest(value: str) -> dict[str, Any]:
        return {"name": "keys", "owner": "1" * 24, "entries": {value: {"version": 1}}, "header": {"mac": value}}

    document, clashes = merged("treasure-chest", chest("b"), chest("m"), {**chest("t"), "desc": "theirs"})
    assert document["entries"] == {"m": {"version": 1}} and document["header"] == {"mac": "m"}
    assert document["desc"] == "theirs" and clashes == [("entries",)]
    taken = with_value(BY_NAME["treasure-chest"], document, ("entries",), {"entries": {"t": 1}, "header": {"mac": "t"}})
    assert taken["header"] == {"mac": "t"}
    document, clashes = merged("treasure-chest", chest("b"), chest("b"), chest("t"))
    assert document["header"] == {"mac": "t"} and not clashes


@pytest.mark.parametrize("both", [{"details": {"a": 1}}, {"datasets": ["2" * 24]}, {}])
def test_the_same_new_document_on_both_sides_is_no_clash(both: dict[str, Any]) -> None:
    document, clashes = merged("training", None, {**TRAINING, **both}, {**TRAINING, **both})
    assert document == {**TRAINING, **both} and not clashes
