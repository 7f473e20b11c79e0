"""Looking, comparing and beginning anew: they keep nobody waiting, can be stopped, and touch only what differs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from modelops_tui import open_home
from modelops_tui.errors import NotPermitted
from modelops_tui.services import sync
from modelops_tui.services.syncing import rehearsing
from tests.sync.conftest import Laptop, meet
from tests.sync.memory_remote import Shared


def after(steps: int) -> Callable[[], bool]:
    """A wish that comes after so many steps."""
    left = [steps]

    def wished() -> bool:
        left[0] -= 1
        return left[0] < 0

    return wished


def test_a_dry_run_keeps_no_writer_waiting_and_does_not_see_what_is_written_meanwhile(
    ada: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.new("project", "before")
    former, wrote = rehearsing.look_through, []

    def look_through(reader: object) -> object:
        def write() -> None:
            with closing(open_home(ada.home.folder, "ada")) as other:
                Laptop(other, ada.remote).new("project", "meanwhile")
            ada.new("project", "by-this-process")
            wrote.append(True)

        writer = threading.Thread(target=write)
        writer.start()
        writer.join(8)
        return former(reader)

    monkeypatch.setattr(rehearsing, "look_through", look_through)
    told = ada.sync(dry_run=True)
    assert wrote == [True] and "1 project" in told.commits[0].summary
    monkeypatch.undo()
    ada.home.store.refresh_view()
    assert "3 project" in ada.sync(dry_run=True).commits[0].summary and ada.get("project", "meanwhile")


def test_beginning_anew_writes_no_document_that_is_the_same_on_both_sides(
    ada: Laptop, bob: Laptop, shared: Shared
) -> None:
    ada.new("project", "iris", desc="one")
    ada.new("model", "same")
    meet(ada, bob)
    for number in range(5):
        ada.set("project", "iris", desc=f"edit {number}")
        meet(ada, bob)
    bob.set("model", "same", desc="by bob, unsent")
    ada.new("project", "news")
    ada.sync()
    iris = bob.get("project", "iris")
    assert shared.meta is not None
    shared.meta = shared.meta._replace(remote_id="e" * 24)
    with pytest.raises(sync.HistoryGone):
        bob.sync()
    bob.new("project", "bobs")
    report = sync.reclone(bob.home, bob.remote)
    assert bob.get("project", "iris") == iris, "the same revision, never taken back to what it was before"
    assert (report.pulled, report.pushed, report.conflicts) == (1, 2, 0) and bob.get("project", "news")
    sync.reclone(ada.home, ada.remote)
    meet(ada, bob)
    assert ada.bodies() == bob.bodies() and ada.get("model", "same")["desc"] == "by bob, unsent"
    assert sync.verify_remote(bob.home, bob.remote) == []


@pytest.mark.parametrize("steps", range(3))
def test_beginning_anew_may_be_stopped_at_every_step_and_goes_on(
    ada: Laptop, bob: Laptop, shared: Shared, steps: int
) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    shared.log.clear()
    shared.views.clear()
    shared.meta = None
    ada.new("project", "unsent")
    sequence, documents = ada.home.store.sequence, ada.bodies()
    report = sync.reclone(ada.home, ada.remote, cancelled=after(steps))
    assert report.cancelled and ada.bodies() == documents
    if not steps:
        assert ada.home.store.sequence == sequence and shared.log == {}
        sync.reclone(ada.home, ada.remote)
    ada.sync()
    sync.reclone(bob.home, bob.remote)
    meet(ada, bob)
    assert ada.bodies() == bob.bodies() and ada.conflicts() == bob.conflicts() == []
    assert sync.verify_remote(ada.home, ada.remote) == []


def test_verifying_and_comparing_stop_and_write_nothing(ada: Laptop, shared: Shared) -> None:
    ada.new("project", "iris")
    ada.sync()
    log, sequence = dict(shared.log), ada.home.store.sequence
    for look in (sync.verify_remote, sync.plan_reclone):
        for steps in (0, 1):
            with pytest.raises(sync.Cancelled):
                look(ada.home, ada.remote, cancelled=after(steps))
    ada.new("project", "more")
    assert ada.sync(dry_run=True, cancelled=after(0)).cancelled
    assert shared.log == log and ada.home.store.sequence == sequence + 1


def test_who_is_no_administrator_names_changes_and_forgets_no_remote(ada: Laptop) -> None:
    ada.new("user", "guest")
    with closing(open_home(ada.home.folder, "guest")) as home:
        for act in (
            lambda: sync.set_remote(home, "team", uri="mongodb://elsewhere.example/x"),
            lambda: sync.remove_remote(home, "team"),
            lambda: sync.add_remote(home, "mine", "mongodb://localhost/mine"),
        ):
            with pytest.raises(NotPermitted, match="Only an administrator decides"):
                act()
        assert sync.remotes(home)[0].uri == "mongodb://localhost/team"
