"""What a crash or a foreign hand leaves behind is cut off, noticed, or refused; never guessed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from names_schema import added, opened

from modelops_tui.errors import Damaged, OutsideMissing
from modelops_tui.store.journal import ROOM, is_room
from modelops_tui.store.store import Store


def journal(home: Path) -> Path:
    return next(home.glob("journal.*.jsonl"))


def lines(home: Path) -> bytes:
    """The journal without the room behind its lines."""
    return journal(home).read_bytes().rstrip(b" ")


@pytest.mark.parametrize("behind", [b"", ROOM, b"\0" * 700])
def test_a_tail_torn_at_any_byte_is_ignored_and_cut_by_the_next_writer(store, home, behind: bytes) -> None:
    first = added(store, name="a")
    kept = lines(home)
    added(store, name="b")
    whole = lines(home)
    for length in range(len(kept), len(whole)):
        journal(home).write_bytes(whole[:length] + behind)
        torn = opened(home)
        assert torn.ids("training") == [first["id"]], length
        if length % 16 == 0:
            added(torn, name="c")
            assert opened(home).count("training") == 2
            assert journal(home).read_bytes().startswith(kept)
            assert opened(home).verify() == [] and is_room(lines(home)[journal_end(home) :])
        torn.close()


def journal_end(home: Path) -> int:
    return lines(home).rindex(b"\n") + 1


@pytest.mark.parametrize("kept_from", [1, 200, 512])
def test_a_line_whose_beginning_never_reached_the_disk_leaves_no_rest(store, home, kept_from: int) -> None:
    first = added(store, name="a")
    kept = lines(home)
    added(store, name="b", x="y" * 2000)
    whole = lines(home)
    torn = kept + b" " * kept_from + whole[len(kept) + kept_from :]
    journal(home).write_bytes(torn + ROOM)
    again = opened(home)
    assert again.ids("training") == [first["id"]]
    added(again, name="c")
    assert b"yyyy" not in journal(home).read_bytes()
    assert opened(home).verify() == [] and opened(home).count("training") == 2


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"garbage", b"gar\nbage", b'{"sum":"0', b"\n\n"])
def test_garbage_at_the_end_is_cut(store: Store, home: Path, tail: bytes) -> None:
    first = added(store, name="a")
    with journal(home).open("ab") as file:
        file.write(tail)
    again = opened(home)
    assert again.ids("training") == [first["id"]]
    second = added(again, name="b")
    assert opened(home).ids("training") == [first["id"], second["id"]]
    assert opened(home).verify() == []


def test_a_bad_last_line_is_ignored(store: Store, home: Path) -> None:
    first = added(store, name="a")
    added(store, name="bbbb")
    journal(home).write_bytes(journal(home).read_bytes().replace(b"bbbb", b"xxxx"))
    assert opened(home).ids("training") == [first["id"]]


def test_a_bad_line_before_good_ones_is_refused_with_file_and_line(store, home) -> None:
    for name in ("aaaa", "bbbb", "cccc"):
        added(store, name=name)
    whole = journal(home).read_bytes()
    journal(home).write_bytes(whole.replace(b"bbbb", b"xxxx"))
    with pytest.raises(Damaged, match=r"journal.0.jsonl, line 2") as caught:
        opened(home)
    assert "doctor" in caught.value.hint
    journal(home).write_bytes(b"".join(whole.splitlines(keepends=True)[i] for i in (0, 2)))
    assert opened(home).count("training") == 1
    journal(home).write_bytes(b"".join(whole.splitlines(keepends=True)[i] for i in (1, 0, 2)))
    with pytest.raises(Damaged, match="line 1"):
        opened(home)


def test_a_segment_edited_by_hand_is_damaged(store: Store, home: Path) -> None:
    document = added(store, name="aaaa")
    store.compact()
    segment = next(home.glob("training.*.jsonl"))
    original = segment.read_bytes()
    segment.write_bytes(b"\xef\xbb\xbf" + original)
    with pytest.raises(Damaged, match="bytes"):
        opened(home).get("training", document["id"])
    segment.write_bytes(original.replace(b'{"id"', b'x"id"'))
    with pytest.raises(Damaged, match="line 1"):
        opened(home).get("training", document["id"])
    segment.write_bytes(original.replace(b"aaaa", b"bbbb"))
    assert [problem.path for problem in opened(home).verify()] == [segment.name]


@pytest.mark.parametrize("harm", ["missing", "short", "order", "empty", "segment"])
def test_an_index_that_does_not_fit_is_made_anew(store: Store, home: Path, harm: str) -> None:
    documents = [added(store, name=f"n{number}") for number in range(20)]
    store.compact()
    index = next(home.glob("training.*.jsonl.idx"))
    good = index.read_bytes()
    if harm == "missing":
        index.unlink()
    else:
        bad = {
            "short": good[:-1],
            "order": good[:8] + good[8:12][::-1] + good[12:],
            "empty": b"",
            "segment": good[:24] + b"\1" + good[25:],
        }
        index.write_bytes(bad[harm])
    again = opened(home)
    for number, document in enumerate(documents):
        assert again.get("training", document["id"]) == document
        assert again.find("training", f"name:n{number}") == [document]
    assert index.read_bytes() == good


def test_a_missing_segment_is_damaged_not_empty(store: Store, home: Path) -> None:
    document = added(store, name="a")
    store.compact()
    next(home.glob("training.*.jsonl")).unlink()
    with pytest.raises(Damaged, match="missing"):
        opened(home).get("training", document["id"])


@pytest.mark.parametrize("step", ["write", "short", "sync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_write_the_system_refuses_changes_nothing(store, home, monkeypatch, step, code) -> None:
    first = added(store, name="a")
    before = lines(home)
    real = os.pwrite
    written = []

    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    def half(descriptor: int, data: bytes, offset: int) -> int:
        if written:
            refuse()
        written.append(real(descriptor, bytes(data).rstrip()[: len(data.rstrip()) // 2], offset))
        return written[0]

    with monkeypatch.context() as patch:
        if step == "sync":
            patch.setattr(os, "fdatasync", refuse)
        else:
            patch.setattr(os, "pwrite", half if step == "short" else refuse)
        with pytest.raises(OutsideMissing) as caught:
            added(store, name="b")
    assert ("disk is full" in caught.value.says) == (code == errno.ENOSPC)
    assert isinstance(caught.value.__cause__, OSError)
    assert lines(home) == before
    assert store.ids("training") == opened(home).ids("training") == [first["id"]]
    added(store, name="b")
    assert opened(home).count("training") == 2


def test_a_compaction_that_fails_does_not_fail_the_write(store, home, monkeypatch) -> None:
    real = os.fsync

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with store.transaction("ada", "much") as tx:
            ids = [tx.insert("training", {"name": f"{n}", "x": "y" * 500})["id"] for n in range(3000)]
    assert os.fsync is real
    assert "disk is full" in store.compaction_trouble
    assert opened(home).ids("training") == store.ids("training") == sorted(ids)
    store.compact()
    assert store.compaction_trouble == ""
    assert opened(home).ids("training") == sorted(ids)
    assert len(list(home.glob("training.*.jsonl"))) == 1


@pytest.mark.parametrize("name", ["store.lock", "journal.0.jsonl"])
def test_a_symbolic_link_is_not_followed_on_write(home: Path, tmp_path: Path, name: str) -> None:
    opened(home).close()
    target = tmp_path / "elsewhere"
    target.write_bytes(b"")
    (home / name).unlink()
    (home / name).symlink_to(target)
    with pytest.raises(OutsideMissing, match="symbolic link"):
        added(opened(home), name="a")
    assert target.read_bytes() == b""


def test_a_line_that_was_taken_back_after_it_was_seen_is_not_built_upon(store, home) -> None:
    added(store, name="a")
    kept = lines(home)
    added(store, name="b")
    store.refresh()
    os.truncate(journal(home), len(kept))
    added(opened(home), name="c")
    assert len(lines(home)) == store._reader.place.offset
    added(store, name="d")
    for reached in (store, opened(home)):
        names = [one["name"] for one in reached.documents("training").values()]
        assert sorted(names) == ["a", "c", "d"]
        assert reached.verify() == []


def test_an_interruption_after_the_sync_keeps_what_was_written(store, home, monkeypatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "_apply", interrupt)
        with pytest.raises(KeyboardInterrupt):
            added(store, name="a")
    store.refresh()
    assert store.count("training") == len(store.ids("training")) == 1
    added(store, name="b")
    assert opened(home).count("training") == store.count("training") == 2


def test_a_home_that_is_a_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutsideMissing, match="cannot read"):
        opened(tmp_path / "file")
