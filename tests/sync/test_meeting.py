"""Two homes that never met, or were offline, come together and nobody loses a line."""

from __future__ import annotations

import pytest

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import NotFound, Refused
from modelops_tui.services import history, sync
from modelops_tui.services.news import Progress, Step
from modelops_tui.store.bases import BOOKS
from tests.sync.conftest import Laptop, Opener, meet
from tests.sync.memory_remote import Shared


def test_homes_that_never_met_come_together_without_a_conflict(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    ada.new("model", "clf")
    bob.new("project", "iris", desc="flowers")
    meet(ada, bob)
    assert ada.conflicts() == bob.conflicts() == []
    assert ada.bodies() == bob.bodies()
    assert {user["name"] for user in ada.home.documents(BY_NAME["user"])} == {"ada", "bob"}
    assert ada.unsent_records() == bob.unsent_records() == 0
    assert sync.verify_remote(ada.home, ada.remote) == []
    assert sync.verify_remote(bob.home, bob.remote) == []


def test_a_second_sync_is_one_question_and_writes_nothing(ada: Laptop, shared: Shared) -> None:
    ada.new("project", "iris")
    ada.sync()
    sequence = ada.home.store.sequence
    shared.calls.clear()
    report = ada.sync()
    assert shared.calls == ["heads"]
    assert report.nothing_new and ada.home.store.sequence == sequence


def test_edits_of_different_fields_are_both_kept(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris", desc="flowers")
    meet(ada, bob)
    ada.set("project", "iris", git_repo="https://example.org/iris")
    bob.set("project", "iris", desc="petals")
    meet(ada, bob)
    for laptop in (ada, bob):
        found = laptop.get("project", "iris")
        assert (found["desc"], found["git_repo"]) == ("petals", "https://example.org/iris")
    assert ada.bodies() == bob.bodies()
    assert ada.conflicts() == bob.conflicts() == []


def test_the_same_field_on_both_sides_is_a_conflict_and_all_else_goes_on(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris", desc="flowers")
    meet(ada, bob)
    ada.set("project", "iris", desc="by ada")
    bob.set("project", "iris", desc="by bob")
    bob.new("project", "other")
    ada.sync()
    report = bob.sync()
    assert report.conflicts == 1 and report.pushed == 1
    assert bob.get("project", "iris")["desc"] == "by bob"
    conflict = bob.conflicts()[0]
    assert (conflict.fields[0].base, conflict.fields[0].mine, conflict.fields[0].theirs) == (
        "flowers",
        "by bob",
        "by ada",
    )
    assert conflict.who == "ada"
    ada.sync()
    assert ada.get("project", "iris")["desc"] == "by ada"
    assert ada.get("project", "other")


@pytest.mark.parametrize(
    ("choice", "desc"), [("mine", "by bob"), ("theirs", "by ada"), ("both", "by ada\nby bob"), (sync.Value("c"), "c")]
)
def test_a_conflict_is_resolved_as_decided(ada: Laptop, bob: Laptop, choice: object, desc: str) -> None:
    ada.new("project", "iris", desc="flowers")
    meet(ada, bob)
    ada.set("project", "iris", desc="by ada")
    bob.set("project", "iris", desc="by bob")
    meet(ada, bob)
    bob.resolve("iris", choice)
    assert bob.conflicts() == []
    meet(bob, ada)
    assert ada.get("project", "iris")["desc"] == bob.get("project", "iris")["desc"] == desc
    assert ada.unsent_records() == bob.unsent_records() == 0


def test_edits_made_one_after_the_other_are_all_unsent(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris", desc="flowers")
    meet(ada, bob)
    ada.set("project", "iris", desc="by ada")
    ada.set("project", "iris", git_repo="https://example.org/iris")
    bob.set("project", "iris", desc="by bob")
    bob.sync()
    ada.sync()
    assert ada.get("project", "iris")["desc"] == "by ada"
    assert [field.path for item in ada.conflicts() for field in item.fields] == ["desc"]


def test_the_history_tells_who_did_what(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    ada.set("project", "iris", desc="by ada")
    meet(ada, bob)
    steps = history.history(bob.home, BY_NAME["project"], bob.get("project", "iris")["id"])
    assert steps[0].by == "ada"
    assert all(entry[0] not in BOOKS for change in history.changes(bob.home) for entry in change.entries)


def test_undo_takes_back_what_a_person_did_and_never_a_sync(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    ada.new("project", "other")
    meet(ada, bob)
    history.undo(ada.home)
    with pytest.raises(NotFound):
        ada.get("project", "other")
    meet(ada, bob)
    with pytest.raises(NotFound):
        bob.get("project", "other")
    assert ada.get("project", "iris")["id"] == bob.get("project", "iris")["id"]


def test_a_home_without_a_remote_keeps_no_books(open_laptop: Opener) -> None:
    eve = open_laptop("eve", met=False)
    eve.new("project", "iris")
    eve.set("project", "iris", desc="x")
    assert all(eve.home.store.count(book) == 0 for book in BOOKS)
    with pytest.raises(NotFound):
        eve.sync()
    sync.add_remote(eve.home, "team", "mongodb://localhost/team")
    with pytest.raises(Refused):
        sync.add_remote(eve.home, "other", "mongodb://localhost/other")
    eve.sync()
    sync.remove_remote(eve.home, "team")
    eve.set("project", "iris", desc="y")
    assert all(eve.home.store.count(book) == 0 for book in BOOKS)
    assert sync.remotes(eve.home) == []


def test_a_removal_travels_with_all_it_takes_along(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    ada.new("training", "iris:one", notebook="n.ipynb")
    meet(ada, bob)
    bob.remove("project", "iris")
    meet(bob, ada)
    assert ada.bodies() == bob.bodies()
    assert ada.home.store.count("training") == 0


def test_an_edit_against_a_removal_is_a_conflict_either_way(ada: Laptop, bob: Laptop) -> None:
    for name in ("one", "two"):
        ada.new("project", name)
    meet(ada, bob)
    ada.set("project", "one", desc="edited")
    bob.remove("project", "one")
    ada.remove("project", "two")
    bob.set("project", "two", desc="edited")
    bob.sync()
    ada.sync()
    assert {(item.label, item.what.split(",")[0]) for item in ada.conflicts()} == {
        ("one", "removed there"),
        ("two", "removed here"),
    }
    assert ada.get("project", "one")["desc"] == "edited"
    assert ada.get("project", "two")["desc"] == "edited"
    ada.resolve("one", "mine")
    ada.resolve("two", "mine")
    assert ada.conflicts() == []
    meet(ada, bob)
    assert bob.get("project", "one")["desc"] == "edited"
    with pytest.raises(NotFound):
        bob.get("project", "two")
    assert ada.bodies() == bob.bodies()


def test_what_is_removed_there_but_needed_here_stays_until_decided(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    ada.new("training", "iris:mine", notebook="n.ipynb")
    bob.remove("project", "iris")
    bob.sync()
    report = ada.sync()
    assert [item.label for item in ada.conflicts()] == ["iris"]
    assert [held.kind for held in report.held] == ["training"]
    ada.resolve("iris", "mine")
    meet(ada, bob)
    assert bob.get("training", "iris:mine")
    assert ada.bodies() == bob.bodies()


def test_a_record_that_is_kept_over_a_removal_there_keeps_what_went_along_with_it(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    ada.new("project", "wine")
    for number in range(3):
        ada.new("training", f"iris:night-{number}", notebook="n.ipynb")
    ada.new("training", "wine:night", notebook="n.ipynb")
    meet(ada, bob)
    before = bob.bodies()
    ada.remove("training", "iris:night-2")
    meet(ada, bob)
    ada.remove("project", "iris")
    ada.remove("project", "wine")
    bob.set("project", "iris", desc="still wanted")
    meet(ada, bob)
    assert "2 that went along come back" in sync.show_conflict(bob.home, "iris").what
    bob.resolve("iris", "mine")
    meet(ada, bob)
    gone = {key for key, body in before.items() if body.get("name") in ("night-2", "night", "wine")}
    assert set(ada.bodies()) == set(before) - gone
    assert ada.bodies() == bob.bodies() and ada.get("project", "iris")["desc"] == "still wanted"
    assert ada.conflicts() == bob.conflicts() == []


def test_a_record_that_is_kept_over_a_removal_here_gets_back_what_went_along_with_it(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    ada.new("training", "iris:one", notebook="n.ipynb")
    ada.new("training", "iris:two", notebook="n.ipynb")
    meet(ada, bob)
    before = set(bob.bodies())
    ada.remove("project", "iris")
    bob.set("project", "iris", desc="still wanted")
    bob.sync()
    ada.sync()
    ada.resolve("iris", "theirs")
    meet(ada, bob)
    assert set(ada.bodies()) == before and ada.bodies() == bob.bodies()
    assert ada.conflicts() == bob.conflicts() == []


def test_what_is_removed_here_but_needed_there_comes_back_marked(ada: Laptop, bob: Laptop) -> None:
    ada.new("model", "clf")
    meet(ada, bob)
    ada.remove("model", "clf")
    bob.new("dataset", "clf:d", details={"a": 1})
    bob.sync()
    ada.sync()
    assert [item.label for item in ada.conflicts()] == ["clf"]
    assert ada.get("dataset", "clf:d")
    ada.resolve("clf", "mine")
    meet(ada, bob)
    assert bob.home.store.count("model") == bob.home.store.count("dataset") == 0
    assert ada.bodies() == bob.bodies()


def test_a_dry_run_tells_and_writes_nothing(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    ada.set("project", "iris", desc="by ada")
    ada.sync()
    bob.set("project", "iris", desc="by bob")
    bob.new("project", "other")
    sequence, commits = bob.home.store.sequence, len(shared.log)
    report = bob.sync(dry_run=True)
    assert (report.pulled, report.pushed, report.conflicts) == (1, 1, 1) or (report.pushed, report.conflicts) == (1, 1)
    assert (bob.home.store.sequence, len(shared.log)) == (sequence, commits)
    real = bob.sync()
    assert (real.pushed, real.conflicts) == (report.pushed, report.conflicts)


def test_pull_only_and_push_only(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    assert ada.sync(push=False).pushed == 0
    ada.sync()
    bob.new("project", "other")
    report = bob.sync(push=False)
    assert report.pushed == 0 and bob.get("project", "iris")
    ada.new("project", "third")
    ada.sync()
    assert bob.sync(pull=False).refused_push
    bob.sync()
    bob.new("project", "fourth")
    assert bob.sync(pull=False).pushed == 1


def test_it_tells_what_it_does_and_stops_when_asked(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    told: list[object] = []
    ada.sync(tell=told.append)
    assert any(isinstance(item, Step) for item in told) and any(isinstance(item, Progress) for item in told)
    report = bob.sync(cancelled=lambda: True)
    assert report.cancelled and bob.home.store.count("project") == 0
    bob.sync()
    assert bob.get("project", "iris")


def test_many_documents_go_in_several_commits_that_are_each_whole(
    ada: Laptop, bob: Laptop, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelops_tui.services.syncing.session.MOST_DOCUMENTS", 7)
    ada.new("project", "iris")
    for number in range(30):
        ada.new("training", f"iris:t{number}", notebook="n.ipynb")
    ada.sync()
    assert len(shared.log) > 4
    bob.sync()
    assert ada.bodies().items() <= bob.bodies().items()
    ada.remove("project", "iris")
    ada.sync()
    bob.sync()
    assert bob.home.store.count("training") == 0
