"""Values cross between JSON and the original types without loss, and names fit without clashing."""

from __future__ import annotations

from collections import UserString
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from modelops_tui.entities.scalars import SLUG_WITH_DOTS
from modelops_tui.services.exchange.values import ObjectId, derived_id, plain, slug_of, title_of, told_apart, typed
from modelops_tui.store.door import check_document

ids = st.text("0123456789abcdef", min_size=24, max_size=24)
moments = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(codec="utf-8")),
    ids.map(ObjectId),
    moments,
)
names = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8), st.sampled_from(["$oid", "$date", "$numberDouble"])
)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=12)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[n], other[n]) for n in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, UserString) == isinstance(other, UserString) and (
        one == other or (one != one and other != other)
    )


@given(values)
def test_what_is_taken_can_be_stored_and_says_the_same_afterwards(value: Any) -> None:
    stored = plain(value)
    assert check_document("model", {"details": stored}) == []
    assert plain(typed(stored)) == stored


@given(st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner), max_leaves=12))
def test_types_come_back(value: Any) -> None:
    assert same(typed(plain(value)), value)


@given(st.text())
def test_a_fitted_name_is_one_and_fitting_it_again_changes_nothing(text: str) -> None:
    name = slug_of(text)
    assert name == "" or (SLUG_WITH_DOTS.match(name) and len(name) <= 64 and slug_of(name) == name)
    title = title_of(text)
    assert len(title) <= 200 and "\n" not in title and title_of(title) == title


@given(st.text("abc-", min_size=1, max_size=64), ids, st.booleans())
def test_a_name_told_apart_still_fits(name: str, id: str, slug: bool) -> None:
    told = told_apart(name, id, slug=slug)
    assert told != name and len(told) <= (64 if slug else 200) and id[-6:] in told


def test_a_derived_id_depends_on_system_collection_and_key() -> None:
    found = {
        derived_id(*parts)
        for parts in (("a", "b", "c"), ("a", "b", "d"), ("a", "d", "c"), ("d", "b", "c"), ("a", "bc", ""))
    }
    assert len(found) == 5 and all(len(id) == 24 for id in found)
