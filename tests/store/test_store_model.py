"""Any order of writes, refreshes, compactions and reopenings agrees with a plain dict."""

from __future__ import annotations

import shutil
import tempfile
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from names_schema import NamesSchema, opened

from modelops_tui.store.store import Store

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=2),
    max_leaves=4,
)
fields = st.dictionaries(st.sampled_from(["name", "project", "x", "y"]), values, max_size=3)


class Free(NamesSchema):
    """The same terms, without any rule."""

    def check(self, transaction) -> None:
        """Lets everything pass."""


class StoreMachine(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.writers = [Store.open(self.folder / "h", Free()) for _ in range(2)]
        self.model: dict[str, dict] = {}
        self.past: dict[str, int] = {}

    def teardown(self) -> None:
        for store in self.writers:
            store.close()
        shutil.rmtree(self.folder)

    @rule(target=ids, fields=fields, which=st.integers(0, 1))
    def insert(self, fields, which) -> str:
        with self.writers[which].transaction("ada", "insert") as tx:
            document = tx.insert("training", fields)
        self.model[document["id"]] = {**document, **fields}
        self.past[document["id"]] = 1
        return document["id"]

    @rule(id=ids, fields=fields, without=st.sampled_from(["x", "y"]), which=st.integers(0, 1))
    def update(self, id, fields, without, which) -> None:
        if id not in self.model:
            return
        store = self.writers[which]
        with store.transaction("ada", "update") as tx:
            document = tx.update("training", id, fields, without=[without])
        self.past[id] += document["rev"] != self.model[id]["rev"]
        expected = {**self.model[id], **fields}
        expected.pop(without, None)
        expected.update(rev=document["rev"], updated_at=document["updated_at"])
        self.model[id] = expected

    @rule(ids=st.lists(ids, max_size=3), which=st.integers(0, 1))
    def remove(self, ids, which) -> None:
        with self.writers[which].transaction("ada", "remove") as tx:
            for id in set(ids) & set(self.model):
                tx.remove("training", id)
                del self.model[id]
                self.past[id] += 1

    @rule(which=st.integers(0, 1))
    def compact(self, which) -> None:
        self.writers[which].compact()
        assert self.writers[which].compaction_trouble == ""

    @rule(which=st.integers(0, 1))
    def reopen(self, which) -> None:
        self.writers[which].close()
        self.writers[which] = Store.open(self.folder / "h", Free())

    @rule(id=ids, which=st.integers(0, 1))
    def look_back(self, id, which) -> None:
        store = self.writers[which]
        store.refresh()
        entries = list(store.history("training", id))
        assert len(entries) == self.past[id]
        assert entries[0].after == self.model.get(id)
        for newer, older in pairwise(entries):
            assert newer.before == older.after

    @invariant()
    def both_agree_with_the_model(self) -> None:
        for store in self.writers:
            store.refresh()
            assert store.ids("training") == sorted(self.model)
            assert store.count("training") == len(self.model)
            for id, document in self.model.items():
                assert store.get("training", id) == document
                if "name" in document:
                    term = f"name:{document['name']}"
                    assert document in store.find("training", term)

    @rule(which=st.integers(0, 1))
    def decode_all(self, which) -> None:
        store = self.writers[which]
        assert dict(store.documents("training")) == self.model
        assert list(store.documents("training")) == sorted(self.model)


StoreMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
test_any_order_of_calls_agrees_with_a_dict = StoreMachine.TestCase


def test_a_hundred_writes_of_one_document_are_told_in_order(tmp_path: Path) -> None:
    store = opened(tmp_path / "h")
    with store.transaction("ada", "add") as tx:
        id = tx.insert("training", {"depth": 0})["id"]
    for depth in range(1, 100):
        with store.transaction("ada", "set") as tx:
            tx.update("training", id, {"depth": depth}, if_rev=depth)
    assert [one.after["depth"] for one in store.history("training", id)] == list(range(99, -1, -1))
