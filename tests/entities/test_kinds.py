"""The declarations fit together: names, keys, references, snapshots, columns."""

from __future__ import annotations

import pytest

from modelops_tui.entities.field import Auto
from modelops_tui.entities.graph import reference_types
from modelops_tui.entities.kind import ENVELOPE, GENERAL_VERBS, Kind
from modelops_tui.entities.registry import AREAS, BY_CALL, BY_NAME, KINDS, kind_named
from modelops_tui.entities.structures import Snapshot
from modelops_tui.errors import WrongUse

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)

COUNTS = {"lifecycle": 8, "workflow": 9, "artifacts": 9, "properties": 4, "access": 4, "delivery": 4}
SHORTS = "proj bvers bv ds train movers mv depl tchest dt version rev descriptor target address history oidc scm"


def test_there_are_38_kinds_in_six_areas() -> None:
    assert {area: len(kinds) for area, kinds in AREAS.items()} == COUNTS
    assert len(BY_NAME) == 38


def test_every_name_and_short_name_means_one_kind() -> None:
    names = [name for kind in KINDS for name in (kind.name, *kind.shorts)]
    assert len(names) == len(set(names)) == len(BY_CALL)
    for short in SHORTS.split():
        assert kind_named(short) in KINDS


@pytest.mark.parametrize(
    "text", ["Training", "trainings", " train ", "build_version", "build versions", "properties-value"]
)
def test_a_kind_is_found_by_the_forms_people_type(text: str) -> None:
    if text == "properties-value":
        with pytest.raises(WrongUse, match="There is no kind"):
            kind_named(text)
    else:
        assert kind_named(text).name in ("training", "build-version")


@each_kind
def test_what_is_declared_exists(kind: Kind) -> None:
    fields = kind.by_name
    assert set(kind.key) <= set(fields)
    assert set(kind.snapshot) <= set(fields) | set(kind.computed_by_name)
    assert set(kind.verbs) <= set(GENERAL_VERBS)
    for rule in kind.unique:
        assert set(rule.fields) <= set(fields)
    for item in kind.fields:
        for reference in reference_types(item.type):
            assert reference.kind in BY_NAME
        if isinstance(item.type, Snapshot):
            assert BY_NAME[item.type.kind].snapshot, "a copy says which fields it keeps"
            assert not item.type.follows or item.type.follows in fields


@each_kind
def test_every_field_says_what_it_is_in_a_sentence(kind: Kind) -> None:
    for item in kind.fields:
        assert item.says.endswith(".") and item.type.describe()
        assert not item.name.startswith("-") and item.name == item.name.lower()
    assert kind.says.endswith(".")
    assert not {item.name for item in kind.fields} & {item.name for item in ENVELOPE}


@each_kind
def test_a_list_shows_something_beside_the_key(kind: Kind) -> None:
    assert kind.columns
    assert kind.key or kind.label or kind.columns


class _Lenient:
    importing = False

    def problem(self, path: str, says: str) -> None:
        raise AssertionError(f"{path} {says}")

    def reference(self, kind: str, value: object, path: str) -> str:
        return str(value)

    snapshot = sealed = reference


@each_kind
def test_every_default_fits_its_own_field(kind: Kind) -> None:
    for item in kind.fields:
        if item.default is not None and not isinstance(item.default, Auto):
            assert item.type.clean(item.fresh_default(), item.name, _Lenient()) == item.default  # type: ignore[arg-type]
