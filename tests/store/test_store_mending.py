"""What mending does to a damaged store: it keeps what can be told, and makes nothing up."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from names_schema import NamesSchema, added, names, opened, renamed

from modelops_tui.errors import Damaged
from modelops_tui.store import mending, rebuilding
from modelops_tui.store.store import Store


def damaged_journal(store: Store, home: Path) -> Path:
    for name in ("aaaa", "bbbb", "cccc", "dddd"):
        added(store, name=name)
    return next(home.glob("journal.*.jsonl"))


def test_a_journal_is_mended_but_for_its_bad_line(store: Store, home: Path) -> None:
    journal = damaged_journal(store, home)
    journal.write_bytes(journal.read_bytes().replace(b"bbbb", b"xxxx"))
    with pytest.raises(Damaged):
        opened(home)
    assert mending.mend_journal(str(home)) == ([2], [])
    mended = opened(home)
    assert names(mended) == ["aaaa", "cccc", "dddd"] and mended.verify() == []
    assert [one.seq for one in mended.changes()] == [4, 3, 2, 1]
    assert b"xxxx" in next((home / "set-aside").glob("journal*")).read_bytes()
    store.refresh()
    assert names(store) == names(mended)


def test_a_line_that_nothing_proves_is_kept_and_told(store: Store, home: Path) -> None:
    journal = damaged_journal(store, home)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(
        b"".join([lines[0], b"what was the second line\n", lines[2].replace(b"cccc", b"cxcc"), lines[3]])
    )
    assert mending.mend_journal(str(home)) == ([2], [3])
    assert names(opened(home)) == ["aaaa", "cxcc", "dddd"]


def test_a_line_that_nothing_proves_and_that_contradicts_itself_is_lost(store: Store, home: Path) -> None:
    journal = damaged_journal(store, home)
    lines = journal.read_bytes().splitlines(keepends=True)
    id = next(one["id"] for one in store.documents("training").values() if one["name"] == "cccc").encode()
    other = id[:-1] + (b"0" if id[-1:] != b"0" else b"1")
    lines[1], lines[2] = b"what was the second line\n", lines[2].replace(id, other, 1)
    journal.write_bytes(b"".join(lines))
    assert mending.mend_journal(str(home)) == ([2, 3], [4])
    assert names(opened(home)) == ["aaaa", "dddd"]


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (3, 2, 1, 0), (0, 1, 1, 2, 3), (0, 0, 1, 2, 3)])
def test_lines_out_of_order_are_mended_without_loss(store: Store, home: Path, order: tuple[int, ...]) -> None:
    journal = damaged_journal(store, home)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"\xef\xbb\xbf" + b"".join(lines[place] for place in order).replace(b"\n", b"\r\n"))
    assert mending.mend_journal(str(home)) == ([], [])
    assert names(opened(home)) == ["aaaa", "bbbb", "cccc", "dddd"]
    assert opened(home).verify() == []


def test_a_former_journal_is_mended(store: Store, home: Path) -> None:
    damaged_journal(store, home)
    store.compact()
    past = next((home / "history").glob("journal.*.jsonl"))
    past.write_bytes(past.read_bytes().replace(b"dddd", b"x\nxx"))
    assert [one.path for one in opened(home).verify()]
    assert mending.mend_history(str(home), past.name) == ([4], [])
    mended = opened(home)
    assert mended.verify() == [] and len(list(mended.changes())) == 4
    assert names(mended) == ["aaaa", "bbbb", "cccc", "dddd"]


@pytest.mark.parametrize("harm", ["edited", "missing"])
def test_a_segment_is_set_right_from_the_history(store: Store, home: Path, harm: str) -> None:
    documents = [added(store, name=f"n{number}") for number in range(3)]
    store.compact()
    with store.transaction("ada", "remove") as tx:
        tx.remove("training", documents[0]["id"])
    segment = next(home.glob("training.*.jsonl"))
    if harm == "missing":
        segment.unlink()
    else:
        segment.write_bytes(segment.read_bytes().replace(b"n2", b"xx"))
    mending.set_right(str(home), NamesSchema(), "training")
    mended = opened(home)
    assert names(mended) == ["n1", "n2"] and mended.count("training") == 2 and mended.verify() == []
    mended.compact()
    assert names(opened(home)) == ["n1", "n2"]


def test_what_the_history_does_not_tell_is_not_made_up(store: Store, home: Path) -> None:
    added(store, name="a")
    store.compact()
    shutil.rmtree(home / "history")
    with pytest.raises(Damaged, match="does not go back"):
        mending.set_right(str(home), NamesSchema(), "training")


@pytest.mark.parametrize("manifest_is", ["missing", "garbage"])
def test_a_lost_manifest_is_rebuilt_from_the_journals(store: Store, home: Path, manifest_is: str) -> None:
    documents = [added(store, name=f"n{number}") for number in range(3)]
    store.compact()
    renamed(store, documents[0], "other")
    store.compact()
    added(store, name="last")
    expected = dict(store.documents("training"))
    (home / "MANIFEST").unlink() if manifest_is == "missing" else (home / "MANIFEST").write_bytes(b"\0\0")
    assert rebuilding.rebuild(str(home), NamesSchema()) == store.sequence
    mended = opened(home)
    assert dict(mended.documents("training")) == expected and mended.verify() == []
    assert len(list(mended.changes())) == mended.sequence == 5
    assert mended.find("training", "name:other")
