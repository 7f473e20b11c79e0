"""Compaction changes the files and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from names_schema import NamesSchema, added, opened

from modelops_tui.store import compaction
from modelops_tui.store import store as store_module
from modelops_tui.store.manifest import SegmentEntry
from modelops_tui.store.merging import suffix_to_merge
from modelops_tui.store.store import Store


@pytest.fixture(autouse=True)
def small_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "JOURNAL_LIMIT", 4000)
    monkeypatch.setattr(compaction, "GRACE_SECONDS", 0.0)


def test_a_grown_journal_becomes_segments(home: Path) -> None:
    store = opened(home)
    documents = [added(store, name=f"n{number}", x="y" * 100) for number in range(200)]
    store.close()
    assert store.manifest.epoch > 3 and store.compaction_trouble == ""
    assert len(store.manifest.segments["training"]) <= 5
    again = opened(home)
    assert [one["id"] for one in documents] == again.ids("training")
    for document in documents[::7]:
        assert again.get("training", document["id"]) == document
        assert again.find("training", f"name:{document['name']}") == [document]
    listed = again.manifest.files()
    assert {one.name for one in home.glob("training.*.jsonl")} == listed
    assert again.verify() == []


def test_removed_documents_stay_removed_through_every_merge(home: Path) -> None:
    store = opened(home)
    documents = [added(store, name=f"n{number}", x="y" * 100) for number in range(60)]
    for document in documents[::2]:
        with store.transaction("ada", "remove") as tx:
            tx.remove("training", document["id"])
    store.compact()
    for reached in (store, opened(home)):
        assert reached.ids("training") == [one["id"] for one in documents[1::2]]
        assert list(reached.documents("training")) == reached.ids("training")
        assert reached.count("training") == 30
        assert reached.find("training", "name:n0") == []
        assert list(reached.scan_bytes("training", b'"n0"')) == []


def test_a_reader_keeps_what_it_decoded_across_a_compaction(home: Path) -> None:
    store, reader = opened(home), opened(home)
    first = added(store, name="a")
    reader.refresh()
    cached = reader.documents("training")[first["id"]]
    added(store, name="b")
    store.compact()
    assert reader.refresh() == {"training"}
    assert reader.documents("training")[first["id"]] is cached
    assert reader.count("training") == 2


def test_a_reader_asleep_during_many_compactions_wakes_up_right(home: Path) -> None:
    store, mapped, closed = opened(home), opened(home), opened(home)
    first = added(store, name="first")
    store.compact()
    mapped.refresh()
    assert mapped.get("training", first["id"]) == first
    closed.refresh()
    for number in range(100):
        added(store, name=f"n{number}", x="y" * 100)
    store.compact()
    assert mapped.get("training", first["id"]) == first
    assert closed.get("training", first["id"]) == first
    for reader in (mapped, closed):
        reader.refresh()
        assert reader.ids("training") == store.ids("training")
        assert dict(reader.documents("training")) == dict(store.documents("training"))


def test_the_lines_of_a_segment_are_documents_in_id_order(home: Path) -> None:
    import json

    store = opened(home)
    documents = [added(store, name=f"n{number}") for number in range(5)]
    store.compact()
    lines = next(home.glob("training.*.jsonl")).read_text().splitlines()
    assert [json.loads(line) for line in lines] == documents


def test_an_index_made_with_other_terms_is_made_anew(home: Path) -> None:
    store = opened(home)
    document = added(store, name="a")
    store.compact()

    class Newer(NamesSchema):
        terms_version = "2"

        def terms(self, kind, document):
            yield f"called:{document['name']}"

    assert Store.open(home, Newer()).find("training", "called:a") == [document]


class Stopped(BaseException):
    """Stands for the process being killed."""


def stop_after(patch: pytest.MonkeyPatch, calls: int) -> None:
    """Lets so many calls that change files through, and none after them."""
    left = [calls]

    def stopping(real):
        def call(*arguments, **options):
            left[0] -= 1
            if left[0] < 0:
                raise Stopped
            return real(*arguments, **options)

        return call

    for name in ("write", "fsync", "rename", "unlink", "open"):
        patch.setattr(os, name, stopping(getattr(os, name)))


def test_a_stop_at_any_step_of_a_compaction_is_harmless(home: Path, monkeypatch) -> None:
    store = opened(home)
    expected = {added(store, name=f"n{n}")["id"] for n in range(3)}
    finished = 0
    for step in range(80):
        with opened(home) as writer:
            expected.add(added(writer, name=f"step{step}")["id"])
        with monkeypatch.context() as patch:
            stop_after(patch, step)
            working = store
            try:
                working = opened(home)
                working.compact()
                finished += 1
            except Stopped:
                pass
            working.close()
        after = opened(home)
        assert set(after.ids("training")) == expected, step
        assert set(after.documents("training")) == expected, step
        assert after.verify() == [], step
        assert sum(1 for _ in after.changes()) == after.sequence, step
    assert 0 < finished < 80
    final = opened(home)
    final.compact()
    assert final.compaction_trouble == ""
    assert {one.name for one in home.glob("*.jsonl")} == {
        *final.manifest.files(),
        final.manifest.journal,
    }
    assert not list(home.glob("*.merging*"))


def test_damage_is_not_sealed_in_by_a_merge(home: Path) -> None:
    store = opened(home)
    added(store, name="aaaa")
    store.compact()
    segment = next(home.glob("training.*.jsonl"))
    segment.write_bytes(segment.read_bytes().replace(b"aaaa", b"bbbb"))
    again = opened(home)
    added(again, name="c")
    again.compact()
    assert segment.name in again.compaction_trouble
    assert segment.exists()


@pytest.mark.parametrize(("sizes", "start"), [([], 0), ([5], 1), ([9, 5], 2), ([5, 5], 0), ([20, 4, 2, 2], 1)])
def test_only_segments_of_like_size_are_merged(sizes: list[int], start: int) -> None:
    entries = [SegmentEntry("x", 1, size, 0, 0) for size in sizes]
    assert suffix_to_merge(entries) == start


def test_the_number_of_open_files_does_not_grow(home: Path) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    store = opened(home)
    added(store, name="first")
    counts = []
    for number in range(150):
        added(store, name=f"n{number}", x="y" * 200)
        store.documents("training")
        counts.append(len(os.listdir("/proc/self/fd")))
    assert max(counts[75:]) <= max(counts[:75]) + 2


def test_a_reader_leaves_no_file_open_that_was_compacted_away_or_that_it_had_when_it_was_dropped(home: Path) -> None:
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc")
    store, reader = opened(home), opened(home)
    counts = []
    for number in range(12):
        with store.transaction("ada", "add") as tx:
            # Enough for segments that are mapped, and for documents that the collector is told to leave alone.
            for place in range(1100 if number == 0 else 200):
                tx.insert("training", {"name": f"{number}-{place}", "x": "y" * 400})
        store.compact()
        reader.refresh()
        for one in (reader, opened(home)):
            assert len(one.documents("training")) == 1100 + 200 * number
        del one
        counts.append(len(os.listdir("/proc/self/fd")))
    assert max(counts[6:]) <= max(counts[:6])
