"""What a face needs to decide conflicts: where one stands, what may be chosen, and taking a decision back."""

from __future__ import annotations

from typing import Any

import pytest

from modelops_tui.errors import Invalid, NotFound, Refused, WrongUse
from modelops_tui.services import sync
from modelops_tui.services.syncing import standing as standing_room
from modelops_tui.services.syncing.report import SyncReport
from modelops_tui.store.bases import BOOKS
from tests.sync.conftest import Laptop, Opener, meet

BYTES = {"sha256": "0" * 64, "size": 1}


def books(laptop: Laptop) -> dict[str, Any]:
    """Everything that sync remembers, without the counts of writes."""
    store = laptop.home.store
    store.refresh_view()
    stamps = ("rev", "updated_at")
    return {
        id: {name: value for name, value in record.items() if name not in stamps}
        for book in BOOKS
        for id, record in store.documents(book).items()
    }


def clash(ada: Laptop, bob: Laptop, **others: Any) -> sync.Conflict:
    """Both change what one project is for; bob has the conflict."""
    ada.new("project", "iris", desc="flowers")
    meet(ada, bob)
    ada.set("project", "iris", desc="by ada", **others)
    bob.set("project", "iris", desc="by bob")
    ada.sync()
    bob.sync()
    return bob.conflicts()[0]


def test_where_a_home_stands_is_told_without_the_remote(ada: Laptop, bob: Laptop, open_laptop: Opener) -> None:
    assert sync.standing(open_laptop("eve", met=False).home) is None
    first = sync.standing(bob.home)
    assert first is not None and first.synced_at == "" and first.unsent == sync.sync_status(bob.home).unsent
    conflict = clash(ada, bob)
    bob.new("project", "new")
    bob.remote.shared.calls.clear()
    now = sync.standing(bob.home)
    assert now is not None and bob.remote.shared.calls == []
    assert (now.remote, now.unsent, now.exact) == ("team", 1, True)
    assert now.conflicts == {("project", conflict.document)} and now.synced_at
    bob.set("project", "iris", desc="by ada")
    again = sync.standing(bob.home)
    assert again is not None and again.conflicts == frozenset()


def test_much_that_is_unsent_is_counted_and_not_looked_through(ada: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    ada.sync()
    for number in range(4):
        ada.new("model", f"m{number}")
    monkeypatch.setattr(standing_room, "EXACT_UP_TO", 3)
    monkeypatch.setattr(standing_room, "look_through", None)
    now = sync.standing(ada.home)
    assert now is not None and (now.unsent, now.exact) == (4, False)


def test_what_a_remote_never_had_is_counted_from_the_start(ada: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(9):
        ada.new("model", f"m{number}")
    whole = sync.standing(ada.home)
    assert whole is not None and whole.exact and whole.unsent == sync.sync_status(ada.home).unsent > 9
    monkeypatch.setattr(standing_room, "EXACT_UP_TO", 9)
    about = sync.standing(ada.home)
    assert about is not None and not about.exact and about.unsent >= whole.unsent


def test_what_is_made_before_the_first_sync_counts_once(ada: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made, edited or removed after the remote was named: the count stays near what a look through finds."""
    for number in range(20):
        ada.new("model", f"m{number}")
    ada.set("model", "m0", desc="edited")
    ada.remove("model", "m1")
    whole = sync.standing(ada.home)
    monkeypatch.setattr(standing_room, "EXACT_UP_TO", 9)
    about = sync.standing(ada.home)
    assert whole is not None and about is not None and whole.exact and not about.exact
    private = sync.sync_status(ada.home).private
    assert whole.unsent <= about.unsent <= whole.unsent + private


def test_who_wrote_each_side_and_when_is_told(ada: Laptop, bob: Laptop) -> None:
    conflict = clash(ada, bob)
    sides = sync.sides_of(bob.home, conflict)
    assert (sides.mine_by, sides.theirs_by) == ("bob", "ada")
    assert sides.theirs_at == ada.get("project", "iris")["updated_at"]
    assert sides.mine_at == bob.get("project", "iris")["updated_at"]


@pytest.mark.parametrize("field", ["desc", "git_repo", "models", "details.lr"])
def test_both_is_offered_exactly_where_both_can_be_kept(ada: Laptop, bob: Laptop, field: str) -> None:
    for name in ("a", "b", "c"):
        ada.new("model", name)
    values = {
        "desc": ("x", "y", "z"),
        "git_repo": ("https://x.org/x", "https://x.org/y", "https://x.org/z"),
        "models": (["a"], ["b"], ["c"]),
        "details.lr": (1, 2, 3),
    }
    kind = "training" if "." in field else "project"
    name = "iris" if kind == "project" else "iris:one"
    ada.new("project", "iris")
    if kind == "training":
        ada.new("training", "iris:one", notebook="n.ipynb", details={"lr": 1})
    meet(ada, bob)
    base, mine, theirs = values[field]
    top = field.split(".")[0]
    wrap = (lambda value: {"lr": value}) if "." in field else (lambda value: value)
    ada.set(kind, name, **{top: wrap(base)})
    meet(ada, bob)
    ada.set(kind, name, **{top: wrap(theirs)})
    bob.set(kind, name, **{top: wrap(mine)})
    ada.sync()
    bob.sync()
    found = [item for conflict in bob.conflicts() for item in conflict.fields if item.path == field]
    if not found:
        assert field == "models", "lists without order merge by themselves"
        return
    conflict = bob.conflicts()[0]
    if sync.takes_both(conflict, found[0]):
        bob.resolve(conflict.id, fields={field: "both"})
        assert bob.conflicts() == []
    else:
        with pytest.raises(WrongUse):
            bob.resolve(conflict.id, fields={field: "both"})


def test_a_typed_value_is_read_by_the_type_of_its_field(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    ada.new("project", "rose")
    ada.new("model", "clf")
    ada.new("training", "iris:one", notebook="n.ipynb", details={"lr": 1})
    meet(ada, bob)
    ada.set("training", "iris:one", notebook="a.ipynb", details={"lr": 2})
    bob.set("training", "iris:one", notebook="b.ipynb", details={"lr": 3})
    ada.sync()
    bob.sync()
    conflict = bob.conflicts()[0]
    fields = {item.path: item for item in conflict.fields}
    assert sync.takes_a_value(conflict, fields["notebook"])
    assert sync.value_in(bob.home, conflict, fields["details.lr"])[1] == 3
    choice = sync.value_from(bob.home, conflict, fields["details.lr"], 0.5)
    with pytest.raises(Invalid) as wrong:
        sync.value_from(bob.home, conflict, fields["notebook"], ["no text"])
    assert wrong.value.problems[0].path == "notebook"
    bob.resolve(conflict.id, fields={"details.lr": choice, "notebook": sync.Value("c.ipynb")})
    found = bob.get("training", "iris:one")
    assert (found["notebook"], found["details"]) == ("c.ipynb", {"lr": 0.5})


@pytest.mark.parametrize("choice", ["mine", "theirs", "both", sync.Value("ours")])
def test_a_decision_is_taken_back_to_the_letter(ada: Laptop, bob: Laptop, choice: Any) -> None:
    conflict = clash(ada, bob, git_repo="https://x.org/a")
    before, document = books(bob), bob.get("project", "iris")
    decision = sync.decide(bob.home, conflict, choice)
    assert bob.conflicts() == []
    sync.take_back(bob.home, decision)
    again = bob.get("project", "iris")
    assert {**again, "rev": 0} == {**document, "rev": 0}
    assert books(bob) == before
    assert bob.conflicts() == [conflict]
    bob.resolve("iris", "mine")
    meet(bob, ada)
    assert ada.get("project", "iris")["desc"] == "by bob"
    assert ada.bodies() == bob.bodies() and ada.unsent_records() == bob.unsent_records() == 0


def test_one_field_of_several_is_decided_and_taken_back(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    ada.set("project", "iris", desc="a", git_repo="https://example.org/a")
    bob.set("project", "iris", desc="b", git_repo="https://example.org/b")
    ada.sync()
    bob.sync()
    conflict = bob.conflicts()[0]
    decision = sync.decide(bob.home, conflict, fields={"desc": "theirs"})
    assert [item.path for item in bob.conflicts()[0].fields] == ["git_repo"]
    sync.take_back(bob.home, decision)
    assert {item.path for item in bob.conflicts()[0].fields} == {"desc", "git_repo"}


def test_what_a_sync_may_have_sent_is_not_taken_back(ada: Laptop, bob: Laptop) -> None:
    decision = sync.decide(bob.home, clash(ada, bob), "mine")
    bob.sync()
    with pytest.raises(Refused, match="a sync came after it"):
        sync.take_back(bob.home, decision)
    assert bob.get("project", "iris")["desc"] == "by bob" and bob.conflicts() == []


def test_what_was_edited_after_a_decision_is_not_taken_back(ada: Laptop, bob: Laptop) -> None:
    decision = sync.decide(bob.home, clash(ada, bob), "theirs")
    bob.set("project", "iris", desc="something else")
    with pytest.raises(Refused, match="changed since"):
        sync.take_back(bob.home, decision)
    assert bob.get("project", "iris")["desc"] == "something else"


def removed_there(ada: Laptop, bob: Laptop) -> sync.Conflict:
    ada.new("project", "iris")
    meet(ada, bob)
    ada.remove("project", "iris")
    bob.set("project", "iris", desc="still needed")
    ada.sync()
    bob.sync()
    return bob.conflicts()[0]


def test_a_removal_that_was_taken_is_taken_back(ada: Laptop, bob: Laptop) -> None:
    conflict = removed_there(ada, bob)
    assert sync.nature(bob.home, conflict) == "removed there"
    decision = sync.decide(bob.home, conflict, "theirs")
    with pytest.raises(NotFound):
        bob.get("project", "iris")
    sync.take_back(bob.home, decision)
    assert bob.get("project", "iris")["desc"] == "still needed"
    meet(bob, ada)
    assert ada.get("project", "iris")["desc"] == "still needed"
    assert ada.bodies() == bob.bodies()


def test_a_removal_is_taken_back_by_itself_and_never_twice(ada: Laptop, bob: Laptop) -> None:
    decision = sync.decide(bob.home, removed_there(ada, bob), "theirs")
    bob.new("project", "later")
    sync.take_back(bob.home, decision)
    assert bob.get("project", "later") and bob.get("project", "iris")["desc"] == "still needed"
    with pytest.raises(Refused):
        sync.take_back(bob.home, decision)


def test_a_removal_is_not_taken_back_once_the_name_is_given_again(ada: Laptop, bob: Laptop) -> None:
    decision = sync.decide(bob.home, removed_there(ada, bob), "theirs")
    bob.new("project", "iris")
    with pytest.raises((Refused, Invalid)):
        sync.take_back(bob.home, decision)
    assert len(bob.home.store.documents("project")) == 1


def test_keeping_what_was_removed_there_is_taken_back(ada: Laptop, bob: Laptop) -> None:
    conflict = removed_there(ada, bob)
    before = books(bob)
    sync.take_back(bob.home, sync.decide(bob.home, conflict, "mine"))
    assert books(bob) == before and bob.conflicts() == [conflict]


@pytest.mark.parametrize("choice", ["same", "mine=bobs", "theirs=adas"])
def test_what_was_made_one_or_renamed_is_not_taken_back(ada: Laptop, bob: Laptop, choice: str) -> None:
    meet(ada, bob)
    ada.new("model", "clf", desc="of ada")
    bob.new("model", "clf", desc="of bob")
    meet(ada, bob)
    conflict = bob.conflicts()[0]
    assert sync.nature(bob.home, conflict) == "name"
    decision = sync.decide(bob.home, conflict, choice)
    before = books(bob)
    with pytest.raises(Refused, match="cannot be taken back"):
        sync.take_back(bob.home, decision)
    assert books(bob) == before


def test_a_report_that_waits_for_an_upgrade_is_told_from_others() -> None:
    assert not sync.asks_for_upgrade(SyncReport("team"))
    assert not sync.asks_for_upgrade(SyncReport("team", refused_push="2 commits must be taken in first."))


def test_a_clash_in_a_record_that_was_removed_here_is_forgotten_when_it_comes_back(ada: Laptop, bob: Laptop) -> None:
    clash(ada, bob)
    bob.remove("project", "iris")
    ada.set("project", "iris", desc="ada thought again")
    ada.sync()
    bob.sync()
    conflict = bob.conflicts()[0]
    assert sync.nature(bob.home, conflict) == "removed here" and conflict.fields == []
    bob.resolve("iris", "theirs")
    assert bob.conflicts() == [] and bob.get("project", "iris")["desc"] == "ada thought again"
