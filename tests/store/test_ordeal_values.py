"""Hostile values: stored as they are or refused with their place, never bent."""

from __future__ import annotations

import json
import math
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from names_schema import added, opened

from modelops_tui.errors import Invalid
from modelops_tui.store.store import Store

STORED = {
    "minus zero": -0.0,
    "largest": 2**63 - 1,
    "smallest": -(2**63),
    "tiny": 5e-324,
    "separators": "\u2028\u2029\u0085",
    "line ends": "\r\n\n\r",
    "zero bytes": "\0\0",
    "beyond the plane": "\U0010ffff🗄",
    "looks like a line": '{"sum":"00000000","seq":1}\n{"sum":"',
    "deep": json.loads("[" * 89 + "]" * 89),
    "empty name": {"": {"": None}},
    "names of ours": {"id": 1, "rev": "x", "gone": True},
}
REFUSED = {
    "too large": 2**63,
    "far too large": 2**64,
    "not a number": math.nan,
    "infinite": math.inf,
    "surrogate": "\ud800",
    "surrogate name": {"\udfff": 1},
    "depth 101": json.loads("[" * 101 + "]" * 101),
    "bytes": b"x",
    "tuple": (1,),
    "number name": {1: 2},
    "50 MB": "x" * 50_000_000,
}


@pytest.mark.parametrize("what", STORED)
def test_an_odd_value_survives_journal_segment_merge_and_history(store: Store, home: Path, what: str) -> None:
    value = STORED[what]
    document = added(store, value=value)
    for _ in range(2):
        for reached in (store, opened(home)):
            back = reached.get("training", document["id"])
            assert repr(back["value"]) == repr(value)
            assert repr(next(reached.history("training", document["id"])).after["value"]) == repr(value)
        store.compact()
        added(store, name="more")
        store.compact()
        assert opened(home).verify() == []
        with store.transaction("ada", "clear") as tx:
            for one in tx.find("training", "name:more"):
                tx.remove("training", one["id"])


@pytest.mark.parametrize("what", REFUSED)
def test_a_value_that_json_would_bend_is_refused(store: Store, home: Path, what: str) -> None:
    before = b"".join(path.read_bytes() for path in sorted(home.glob("journal*")))
    with pytest.raises(Invalid) as caught:
        added(store, value=REFUSED[what])
    assert all(len(str(problem)) < 5000 for problem in caught.value.problems)
    document = added(store, fine=1)
    with pytest.raises(Invalid), store.transaction("ada", "set") as tx:
        tx.update("training", document["id"], {"value": REFUSED[what]})
    assert store.count("training") == 1
    assert b"".join(path.read_bytes() for path in sorted(home.glob("journal*"))).startswith(before)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=json_values)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_comes_back_as_it_was_or_is_refused(store: Store, home: Path, value) -> None:
    try:
        document = added(store, value=value)
    except Invalid:
        return
    assert repr(opened(home).get("training", document["id"])["value"]) == repr(value)


def test_a_name_that_is_there_twice_after_a_hand_edit_is_noticed(store: Store, home: Path) -> None:
    added(store, name="aaaa")
    store.compact()
    segment = next(home.glob("training.*.jsonl"))
    segment.write_bytes(segment.read_bytes().replace(b'"name":"aaaa"', b'"name":"b","name":"aaaa"'))
    assert opened(home).verify() != []
