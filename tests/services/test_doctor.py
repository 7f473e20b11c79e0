"""The doctor finds what is wrong, shows what it would do, keeps a copy, and leaves a home without that fault."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from modelops_tui import open_home
from modelops_tui.errors import NotFound
from modelops_tui.services import loading, upkeep
from modelops_tui.services.doctor import Fault, examine, repair
from modelops_tui.services.sample import sample_documents
from modelops_tui.store import store as store_module
from modelops_tui.store.copying import copy_folder
from modelops_tui.store.rules import Rules
from modelops_tui.store.store import Store


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample in segments, and something in the journal."""
    folder = tmp_path_factory.mktemp("sample") / "home"
    home = open_home(folder, "sample-maker")
    loading.load(home, list(sample_documents()))
    home.store.compact()
    with home.store.transaction("0" * 24, "one more") as tx:
        tx.insert("project", {"name": "one-more"})
    with home.store.transaction("0" * 24, "and another") as tx:
        tx.insert("project", {"name": "another"})
    home.close()
    return folder


@pytest.fixture
def folder(sample: Path, tmp_path: Path) -> Path:
    copy_folder(sample, tmp_path / "copy")
    return tmp_path / "copy"


def codes(folder: Path) -> list[str]:
    return [fault.code for fault in examine(folder)]


def content(folder: Path) -> dict[str, dict]:
    with Store.open(folder, Rules(), create=False) as store:
        return {kind: dict(store.documents(kind)) for kind in store.kinds()}


def test_a_sound_home_has_no_faults(folder: Path) -> None:
    assert examine(folder) == []


def test_nothing_is_not_a_home(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        examine(tmp_path / "nothing")


def _edit(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        path = next(folder.glob(name))
        data = path.read_bytes()
        assert old in data
        path.write_bytes(data.replace(old, new, 1))

    return harm


def _append(name: str, data: bytes) -> Callable[[Path], None]:
    def harm(folder: Path) -> None:
        path = folder / name if "*" not in name else next(folder.glob(name))
        path.touch(0o600)
        path.write_bytes(path.read_bytes() + data)

    return harm


def _unlink(name: str) -> Callable[[Path], None]:
    return lambda folder: next(folder.glob(name)).unlink()


HARMS = {
    "journal": _edit("journal.*.jsonl", b"one-more", b"one-m0re"),
    "journal-tail": _append("journal.*.jsonl", b'{"sum":"'),
    "segment": _edit("project.*.jsonl", b'"name":"', b'"name":"x'),
    "segment-missing": _unlink("training.*.jsonl"),
    "manifest": lambda folder: (folder / "MANIFEST").write_bytes(b"{}"),
    "manifest-missing": _unlink("MANIFEST"),
    "index": lambda folder: _last_byte(next(folder.glob("training.*.idx"))),
    "history": _edit("history/journal.0.jsonl", b'"name":"', b'"name":"x'),
    "history-missing": _unlink("history/journal.0.jsonl"),
    "permissions": lambda folder: (folder / "MANIFEST").chmod(0o644),
}


def _last_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_file_is_found_and_repaired_after_a_copy(folder: Path, harm: str) -> None:
    before = content(folder)
    HARMS[harm](folder)
    faults = examine(folder)
    code = harm if harm.startswith("history") else harm.removesuffix("-missing")
    assert [fault.code for fault in faults] == [code]
    assert faults[0].repairable and faults[0].plan
    report = repair(folder, faults)
    assert report.left == [] and report.failed == [] and len(report.done) == 1
    # A copy is private whatever the original was.
    assert report.backup is not None and codes(report.backup) == [code][: code != "permissions"]
    after = content(folder)
    if harm == "journal":
        lost = {id for id in before["project"] if id not in after["project"]}
        assert [before["project"][id]["name"] for id in lost] == ["one-more"]
        after["project"] |= {id: before["project"][id] for id in lost}
    assert after == before


def test_what_the_history_cannot_tell_is_left_for_a_backup(folder: Path) -> None:
    HARMS["history-missing"](folder)
    repair(folder, examine(folder))
    HARMS["segment"](folder)
    faults = examine(folder)
    assert [(fault.code, fault.repairable) for fault in faults] == [("segment", False)]
    assert "backup" in faults[0].plan and "adopt" in faults[0].plan
    assert repair(folder, faults).left == faults


class Lawless(Rules):
    """The kinds without their rules, as a faulty program would write them."""

    def check(self, transaction) -> None:
        """Lets everything pass."""


@pytest.fixture
def spoil(folder: Path) -> Callable[..., str]:
    """Changes a document past every rule."""

    def change(kind: str, choose: Callable[[dict], bool] = bool, **changes) -> str:
        with Store.open(folder, Lawless(), create=False) as store:
            document = next(one for one in store.documents(kind).values() if choose(one))
            with store.transaction("0" * 24, "spoil") as tx:
                tx.update(kind, document["id"], changes)
        return document["id"]

    return change


def test_a_pointer_at_nothing_is_found_and_emptied_where_a_removal_would(folder: Path, spoil) -> None:
    id = spoil("training", datasets=["f" * 24])
    found = next(fault for fault in examine(folder) if fault.code == "reference")
    assert found.place == f"training {id}: datasets[0]" and found.repairable
    report = repair(folder, [found])
    assert "reference" not in [fault.code for fault in report.left] and report.failed == []


def test_two_documents_with_one_name_are_found(folder: Path, spoil) -> None:
    id = spoil("project", lambda one: one["name"] == "another", name="one-more")
    faults = examine(folder)
    assert [fault.code for fault in faults] == ["unique"] and not faults[0].repairable
    assert id in faults[0].place or id in faults[0].says


def test_a_value_that_fits_no_field_is_found(folder: Path, spoil) -> None:
    id = spoil("project", lambda one: one["name"] == "another", name="no such name!")
    assert (f"project {id}: name", "shape") in [(one.place, one.code) for one in examine(folder)]


def test_a_number_that_was_given_already_is_put_right(folder: Path, spoil) -> None:
    id = spoil("artifact", lambda one: one.get("next_number", 1) > 1, next_number=1)
    faults = examine(folder)
    assert [(fault.code, fault.place) for fault in faults] == [("number", f"artifact {id}: next_number")]
    report = repair(folder, faults)
    assert report.left == [] and report.failed == []


def test_a_wrong_count_is_put_right(folder: Path) -> None:
    manifest = json.loads((folder / "MANIFEST").read_text())
    manifest["kinds"]["training"]["count"] += 3
    (folder / "MANIFEST").write_text(json.dumps(manifest))
    faults = examine(folder)
    assert [(fault.code, fault.place) for fault in faults] == [("count", "training")]
    assert repair(folder, faults).left == []


def test_a_blob_that_is_not_what_its_name_says_is_found(folder: Path) -> None:
    good, bad = sha256(b"good").hexdigest(), sha256(b"bad").hexdigest()
    for digest, data in ((good, b"good"), (bad, b"worse")):
        path = folder / "blobs" / digest[:2] / digest[2:]
        path.parent.mkdir(parents=True, mode=0o700)
        path.touch(0o600)
        path.write_bytes(data)
    (folder / "blobs").chmod(0o700)
    found = [fault for fault in examine(folder) if fault.code == "blob"]
    assert [fault.place for fault in found] == [f"blobs/{bad[:2]}/{bad[2:]}"]
    assert "blob-missing" in codes(folder), "the sample names files that are not in this blob store"


def test_a_file_a_crash_left_is_found_and_removed(folder: Path) -> None:
    stray = folder / "training.999.jsonl"
    stray.touch(0o600)
    assert examine(folder) == [], "it may just be on its way"
    os.utime(stray, (1, 1))
    assert codes(folder) == ["left-over"]
    assert repair(folder, examine(folder)).left == [] and not stray.exists()


def aged(folder: Path) -> None:
    """Lets a minute pass for every file."""
    for path in folder.rglob("*"):
        os.utime(path, (1, 1), follow_symlinks=False)


@pytest.mark.slow
@pytest.mark.parametrize("harm", [*HARMS, "manifest-missing"])
def test_one_repair_of_an_old_home_is_enough(folder: Path, harm: str) -> None:
    """Nothing is left over that only a minute's grace kept out of sight."""
    (folder / "MANIFEST").unlink() if harm == "manifest-missing" else HARMS[harm](folder)
    aged(folder)
    assert repair(folder, examine(folder)).failed == []
    aged(folder)
    assert examine(folder) == []


def test_a_lost_manifest_is_made_anew_with_everything(folder: Path) -> None:
    before = content(folder)
    (folder / "MANIFEST").unlink()
    assert [(fault.code, fault.repairable) for fault in examine(folder)] == [("manifest", True)]
    report = repair(folder, examine(folder))
    assert report.left == [] and content(folder) == before
    assert list((folder / "set-aside").glob("project.*.jsonl.*")), "the segments that it listed are kept aside"


def one_line_a_journal(folder: Path) -> list[Path]:
    with Store.open(folder, Rules()) as store:
        for number in range(3):
            with store.transaction("0" * 24, "add") as tx:
                tx.insert("project", {"name": f"one-{number}"})
            store.compact()
    return sorted((folder / "history").glob("*.jsonl"))


@pytest.mark.parametrize("lost", [0, 1])
def test_a_past_with_a_gap_is_not_taken_for_a_whole_one(tmp_path: Path, lost: int) -> None:
    """A journal of one line that does not follow looks like a torn tail."""
    folder = tmp_path / "short"
    one_line_a_journal(folder)[lost].unlink()
    assert codes(folder) == ["history-missing"]
    before = content(folder)
    assert repair(folder, examine(folder)).left == [] and content(folder)["project"] == before["project"]
    (folder / "MANIFEST").unlink()
    faults = examine(folder)
    assert [(fault.code, fault.repairable) for fault in faults] == [("manifest", False)]


def test_a_lost_journal_is_told_and_not_hidden_by_a_past_that_is_whole(folder: Path) -> None:
    next(folder.glob("journal.*.jsonl")).unlink()
    assert codes(folder) == ["journal-missing"]


def test_a_repaired_backup_is_a_registry_of_its_own(sample: Path, tmp_path: Path) -> None:
    backup = upkeep.backup(sample, tmp_path / "backup")
    segment = next(backup.glob("project.*.jsonl"))
    segment.write_bytes(segment.read_bytes() + b"x")
    report = repair(backup, examine(backup))
    assert report.left == [] and any("BACKUP.json" in done for done in report.done)
    with pytest.raises(NotFound):
        upkeep.prove(backup)
    with Store.open(backup, Rules()) as store, store.transaction("0" * 24, "add") as tx:
        tx.insert("project", {"name": "written"})


def test_a_fault_that_cannot_be_repaired_makes_no_copy(folder: Path) -> None:
    fault = Fault("format", "MANIFEST", "newer", False, "")
    assert repair(folder, [fault]).backup is None


def test_the_doctor_proves_a_grown_store(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(store_module, "JOURNAL_LIMIT", 3000)
    with Store.open(folder, Rules(), create=False) as store:
        for number in range(30):
            with store.transaction("0" * 24, "grow") as tx:
                tx.insert("project", {"name": f"grown-{number}"})
    assert examine(folder) == []


def test_a_document_that_nobody_of_the_registry_made_is_found(folder: Path) -> None:
    with Store.open(folder, Rules(), create=False) as store, store.transaction("f" * 24, "by a stranger") as tx:
        id = tx.insert("project", {"name": "strange"})["id"]
    faults = examine(folder)
    assert [(fault.code, fault.place) for fault in faults] == [("author", f"project {id}: created_by")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", ["MANIFEST", "journal.*.jsonl", "project.*.jsonl"])
def test_what_its_owner_may_not_read_is_made_readable_before_anything_else(folder: Path, name: str) -> None:
    before = content(folder)
    next(folder.glob(name)).chmod(0)
    faults = examine(folder)
    assert [fault.code for fault in faults] == ["unreadable"]
    report = repair(folder, faults)
    assert report.left == report.failed == [] and content(folder) == before
