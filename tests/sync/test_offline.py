"""Lost answers, copies of homes, backups put back, and people who work while a sync is under way."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from modelops_tui import open_home
from modelops_tui.errors import Refused
from modelops_tui.ports_remote import RemoteUnreachable
from modelops_tui.services import sync
from modelops_tui.services.syncing.commits import HistoryGone
from tests.sync.conftest import Laptop, meet
from tests.sync.memory_remote import MemoryRemote, Shared


def once(call: str, fault: str) -> Callable[[str], str]:
    left = [1]

    def judge(asked: str) -> str:
        if asked == call and left:
            left.pop()
            return fault
        return ""

    return judge


def while_sending(laptop: Laptop, work: Callable[[], object]) -> None:
    """Syncs, and does some work at the moment when the commit is under way."""
    done: list[bool] = []

    def judge(call: str) -> str:
        if call == "append" and not done:
            done.append(True)
            work()
        return ""

    laptop.remote.fault = judge
    laptop.sync()
    laptop.remote.fault = lambda call: ""


@pytest.mark.parametrize("fault", ["lost", "reply", "late"])
def test_an_edit_after_a_lost_answer_is_no_conflict(ada: Laptop, shared: Shared, fault: str) -> None:
    ada.new("project", "iris", desc="one")
    ada.sync()
    ada.set("project", "iris", desc="two")
    ada.remote.fault = once("append", fault)
    with pytest.raises(RemoteUnreachable):
        ada.sync()
    ada.set("project", "iris", desc="three")
    if fault == "late":
        shared.deliver()
    ada.sync()
    ada.sync()
    assert ada.conflicts() == [] and ada.unsent_records() == 0
    assert [change.body["desc"] for change in shared.views.values() if change.kind == "project" and change.body] == [
        "three"
    ]


def test_a_document_put_back_while_its_commit_is_under_way_stays_unsent(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris", desc="old")
    meet(ada, bob)
    ada.set("project", "iris", desc="new")
    while_sending(ada, lambda: ada.set("project", "iris", desc="old"))
    meet(ada, bob)
    assert bob.get("project", "iris")["desc"] == ada.get("project", "iris")["desc"] == "old"


def test_a_document_removed_while_its_commit_is_under_way_is_removed_everywhere(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    while_sending(ada, lambda: ada.remove("project", "iris"))
    meet(ada, bob)
    assert bob.home.store.count("project") == ada.home.store.count("project") == 0


def test_who_is_second_takes_in_first_and_sends_again(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    ada.new("project", "ada")
    bob.new("project", "bob")
    while_sending(ada, bob.sync)
    bob.sync()
    assert ada.bodies() == bob.bodies()
    assert {head.n for head in sync.sync_log(ada.remote)} == set(range(1, len(shared.log) + 1))
    assert sync.verify_remote(ada.home, ada.remote) == []


def copy_of(laptop: Laptop, folder: Path, shared: Shared) -> Laptop:
    shutil.copytree(laptop.home.folder, folder)
    return Laptop(open_home(folder, str(laptop.home.user["name"])), MemoryRemote(shared))


def test_a_home_and_its_copy_go_on_side_by_side(ada: Laptop, bob: Laptop, shared: Shared, tmp_path: Path) -> None:
    ada.new("project", "iris")
    ada.sync()
    ada.new("project", "unsent")
    ada.set("project", "iris", desc="of both")
    copy = copy_of(ada, tmp_path / "copy", shared)
    copy.new("project", "of-the-copy")
    ada.new("project", "of-the-first")
    meet(ada, copy, bob)
    assert ada.conflicts() == copy.conflicts() == []
    assert ada.bodies() == copy.bodies() == bob.bodies()
    copy.home.close()


def test_never_sent_is_not_taken_for_removed(ada: Laptop, bob: Laptop, shared: Shared, tmp_path: Path) -> None:
    """A copy sent it and somebody removed it, but what was written here since nobody has seen."""
    ada.sync()
    ada.new("project", "iris")
    copy = copy_of(ada, tmp_path / "copy", shared)
    ada.set("project", "iris", desc="written since")
    copy.sync()
    bob.sync()
    bob.remove("project", "iris")
    bob.sync()
    copy.home.close()
    ada.sync()
    assert ada.get("project", "iris")["desc"] == "written since"
    assert [item.label for item in ada.conflicts()] == ["iris"]


def test_a_backup_that_is_put_back_catches_up(ada: Laptop, bob: Laptop, shared: Shared, tmp_path: Path) -> None:
    ada.new("project", "iris", desc="one")
    meet(ada, bob)
    backup = copy_of(ada, tmp_path / "backup", shared)
    ada.set("project", "iris", desc="two")
    ada.new("project", "later")
    meet(ada, bob)
    backup.sync()
    assert backup.bodies() == ada.bodies() == bob.bodies()
    assert backup.conflicts() == []
    backup.home.close()


@pytest.mark.parametrize("loss", ["emptied", "shortened", "rewritten", "another"])
def test_history_that_is_gone_stops_everything_and_a_reclone_goes_on(
    ada: Laptop, bob: Laptop, shared: Shared, loss: str
) -> None:
    ada.new("project", "iris", desc="one")
    meet(ada, bob)
    kept = dict(shared.log)
    ada.set("project", "iris", desc="two")
    ada.new("project", "later")
    meet(ada, bob)
    ada.new("project", "unsent")
    if loss == "emptied":
        shared.log.clear()
        shared.views.clear()
        shared.meta = None
    elif loss == "shortened":
        shared.log.clear()
        shared.log.update(kept)
        shared.views.clear()
        assert shared.meta is not None
        shared.meta = shared.meta._replace(applied=0)
    elif loss == "rewritten":
        last = max(shared.log)
        shared.log[last] = shared.log[last]._replace(head=shared.log[last].head._replace(hash="0" * 64))
    else:
        assert shared.meta is not None
        shared.meta = shared.meta._replace(remote_id="e" * 24)
    log, sequence = dict(shared.log), ada.home.store.sequence
    with pytest.raises(HistoryGone):
        ada.sync()
    assert shared.log == log and ada.home.store.sequence == sequence
    if loss == "rewritten":
        with pytest.raises(Refused):
            sync.reclone(ada.home, ada.remote)
        return
    sync.reclone(ada.home, ada.remote)
    sync.reclone(bob.home, bob.remote)
    for laptop in (ada, bob, ada, bob):
        for conflict in laptop.conflicts():
            laptop.resolve(conflict.id, "mine")
        laptop.sync()
    assert ada.bodies() == bob.bodies()
    assert ada.get("project", "iris")["desc"] == "two"
    assert ada.get("project", "later") and bob.get("project", "unsent")
    assert sync.verify_remote(ada.home, ada.remote) == []
