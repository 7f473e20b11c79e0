"""Room behind the last line of the journal: it makes a commit cheaper and is never taken for anything else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from names_schema import added, names, opened
from test_store_processes import started

from modelops_tui.errors import OutsideMissing
from modelops_tui.store import disk
from modelops_tui.store.journal import ROOM
from modelops_tui.store.store import Store
from modelops_tui.store.tail import PIECE


def journal(home: Path) -> Path:
    return next(home.glob("journal.*.jsonl"))


def test_a_commit_does_not_make_the_journal_longer_while_there_is_room(store: Store, home: Path) -> None:
    added(store, name="a")
    size = journal(home).stat().st_size
    for number in range(20):
        added(store, name=f"n{number}")
        assert journal(home).stat().st_size == size
    added(store, name="long", x="y" * len(ROOM))
    assert journal(home).stat().st_size > size
    assert opened(home).count("training") == 22 and opened(home).verify() == []


def test_a_journal_at_rest_is_lines_and_nothing_else(store: Store, home: Path) -> None:
    for name in ("a", "b"):
        added(store, name=name)
    assert journal(home).read_bytes().endswith(ROOM[:100])
    store.close()
    assert [json.loads(line)["seq"] for line in journal(home).read_text().splitlines()] == [1, 2]
    added(store, name="c")
    store.close()
    assert journal(home).read_bytes().endswith(b"}\n") and names(opened(home)) == ["a", "b", "c"]


def test_who_closes_while_others_write_takes_nothing_of_theirs(store: Store, home: Path) -> None:
    added(store, name="a")
    other = opened(home)
    with other.transaction("ada", "long") as tx:
        tx.insert("training", {"name": "b"})
        store.close()
    added(store, name="c")
    other.close()
    added(store, name="d")
    for reached in (store, other, opened(home)):
        reached.refresh()
        assert names(reached) == ["a", "b", "c", "d"] and reached.verify() == []


def test_room_that_a_killed_process_left_is_used_and_is_no_fault(home: Path) -> None:
    script = """
store = opened(home)
added(store, name="a")
import os, signal; os.kill(os.getpid(), signal.SIGKILL)
"""
    started(script, home).communicate()
    size = journal(home).stat().st_size
    assert size > len(ROOM)
    with opened(home) as store:
        assert store.verify() == []
        added(store, name="b")
        assert journal(home).stat().st_size == size
    assert names(opened(home)) == ["a", "b"]


def test_room_does_not_go_into_the_history(store: Store, home: Path) -> None:
    for name in ("a", "b"):
        added(store, name=name)
        store.compact()
    for past in (home / "history").glob("*.jsonl"):
        assert past.read_bytes().endswith(b"}\n")
        assert past.stat().st_size == next(one.bytes for one in store.manifest.history if one.file == past.name)


def test_a_disk_without_space_for_room_still_takes_the_line(store: Store, home: Path, monkeypatch) -> None:
    real = os.pwrite

    def no_room(descriptor: int, data: bytes, offset: int) -> int:
        return real(descriptor, bytes(data).rstrip(b" "), offset)

    monkeypatch.setattr(os, "pwrite", no_room)
    for name in ("a", "b"):
        added(store, name=name)
    assert names(opened(home)) == ["a", "b"] and not journal(home).read_bytes().endswith(b" ")


def test_neither_a_commit_nor_a_refresh_asks_for_the_times_of_the_journal(store, home, monkeypatch) -> None:
    """After a `stat` Linux sets the times of a file anew at its next write, and the sync waits for that."""
    reader = opened(home)
    for name in ("a", "b"):
        added(store, name=name)
        reader.refresh()
    asked: list[object] = []
    for call in ("stat", "lstat", "fstat", "scandir", "utime"):
        real = getattr(os, call)

        def seen(what, *rest, real=real, **options):
            asked.append(os.readlink(f"/proc/self/fd/{what}") if isinstance(what, int) else what)
            return real(what, *rest, **options)

        monkeypatch.setattr(os, call, seen)
    for number in range(5):
        added(store, name=f"n{number}")
        assert reader.refresh() == {"training"}
    assert asked and not [path for path in asked if "journal" in str(path)]


def test_a_journal_that_was_put_in_place_of_the_open_one_is_read(store: Store, home: Path) -> None:
    """An editor that saves a file gives it a new one; what is written afterwards must not go into the old."""
    added(store, name="a")
    reader = opened(home)
    reader.refresh()
    path = journal(home)
    copy = home / "copy"
    copy.write_bytes(path.read_bytes())
    copy.replace(path)
    added(store, name="b")
    reader.refresh()
    assert names(reader) == names(opened(home)) == ["a", "b"]


def test_a_journal_that_is_replaced_between_two_looks_is_not_written(store: Store, home: Path, monkeypatch) -> None:
    added(store, name="a")
    store._writer.close_journal()
    real, path = disk.open_to_write, journal(home)

    def replaced(name: str) -> int:
        copy = home / "copy"
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
        return real(name)

    with monkeypatch.context() as patch:
        patch.setattr(disk, "open_to_write", replaced)
        with pytest.raises(OutsideMissing, match=r"journal\.0\.jsonl was deleted or replaced"):
            added(store, name="b")
    added(store, name="b")
    assert names(opened(home)) == ["a", "b"]


@pytest.mark.parametrize("more", [0, 1, 3])
def test_lines_that_end_with_a_piece_that_is_read_at_once_hide_none_behind_them(
    store: Store, home: Path, more: int
) -> None:
    added(store, name="n1", x="")
    length = len(journal(home).read_bytes().rstrip(b" "))
    other = opened(home)
    added(store, name="n2", x="y" * (PIECE - length))
    assert len(journal(home).read_bytes().rstrip(b" ")) == length + PIECE, "the line fills one piece"
    for number in range(more):
        added(store, name=f"more-{number}")
    added(other, name="mine")
    expected = sorted(["n1", "n2", "mine", *(f"more-{number}" for number in range(more))])
    for reached in (other, opened(home), store):
        reached.refresh()
        assert names(reached) == expected and reached.verify() == []
