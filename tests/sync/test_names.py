"""One name given twice while offline: each side stays usable, and the people decide."""

from __future__ import annotations

import pytest

from modelops_tui.errors import WrongUse
from tests.sync.conftest import Laptop, Opener, meet


def test_a_name_given_twice_keeps_both_usable_and_the_rest_goes_on(ada: Laptop, bob: Laptop) -> None:
    meet(ada, bob)
    ada.new("model", "clf", desc="of ada")
    ada.new("dataset", "clf:a")
    bob.new("model", "clf", desc="of bob")
    bob.new("dataset", "clf:b")
    bob.new("project", "unrelated")
    ada.sync()
    report = bob.sync()
    assert bob.get("model", "clf")["desc"] == "of bob"
    assert bob.get("model", "clf-2")["desc"] == "of ada"
    assert bob.get("dataset", "clf-2:a") and bob.get("dataset", "clf:b")
    assert {held.kind for held in report.held} == {"model", "dataset"}
    ada.sync()
    assert ada.get("project", "unrelated")
    assert ada.get("model", "clf")["desc"] == "of ada"
    assert [item.what for item in bob.conflicts()] == ["called the same as another one made here"]


@pytest.mark.parametrize(("named", "choice"), [("clf", "mine=bobs"), ("clf-2", "theirs=adas")])
def test_renaming_either_ends_it_by_the_name_of_both_or_of_the_one(
    ada: Laptop, bob: Laptop, named: str, choice: str
) -> None:
    meet(ada, bob)
    ada.new("model", "clf", desc="of ada")
    bob.new("model", "clf", desc="of bob")
    meet(ada, bob)
    bob.resolve(named, choice)
    assert bob.conflicts() == []
    meet(bob, ada)
    names = {"of ada": "clf", "of bob": "clf"} | ({"of bob": "bobs"} if "mine" in choice else {"of ada": "adas"})
    for laptop in (ada, bob):
        found = {item["desc"]: item["name"] for item in laptop.home.store.documents("model").values()}
        assert found == names
    assert ada.bodies() == bob.bodies()
    assert ada.unsent_records() == bob.unsent_records() == 0


def test_renaming_mine_by_hand_frees_the_name_at_the_next_sync(ada: Laptop, bob: Laptop) -> None:
    meet(ada, bob)
    ada.new("model", "clf", desc="of ada")
    bob.new("model", "clf", desc="of bob")
    meet(ada, bob)
    bob.rename("model", "clf", "other")
    meet(bob, ada)
    assert bob.conflicts() == []
    assert bob.get("model", "clf")["desc"] == "of ada"
    assert ada.get("model", "other")["desc"] == "of bob"


def test_two_that_are_the_same_become_one(ada: Laptop, bob: Laptop) -> None:
    meet(ada, bob)
    ada.new("model", "clf", desc="of ada")
    bob.new("model", "clf", desc="of bob")
    bob.new("dataset", "clf:b")
    bob.new("project", "p", models=["clf"])
    meet(ada, bob)
    bob.resolve("clf-2", "same")
    assert bob.get("dataset", "clf:b")["model"] == ada.get("model", "clf")["id"]
    assert [item.fields[0].path for item in bob.conflicts()] == ["desc"]
    bob.resolve("clf", "mine")
    meet(bob, ada)
    assert ada.get("model", "clf")["desc"] == "of bob"
    assert ada.bodies() == bob.bodies()
    assert ada.unsent_records() == bob.unsent_records() == 0


def test_the_same_user_name_on_two_laptops_asks_once(open_laptop: Opener) -> None:
    work, home = open_laptop("work", "ada"), open_laptop("home", "ada")
    work.new("project", "iris")
    home.new("project", "other")
    home.new("treasure-chest", "keys")
    work.sync()
    report = home.sync()
    assert report.conflicts == 1 and home.get("project", "iris")
    home.resolve("ada-2", "same")
    assert home.conflicts() == []
    assert home.home.user["id"] == work.home.user["id"]
    assert home.get("project", "other")["created_by"] == work.home.user["id"]
    meet(home, work)
    assert home.bodies() == work.bodies()
    assert work.get("treasure-chest", "keys")["owner"] == work.home.user["id"]
    assert len(list(work.home.store.ids("user"))) == 1
    home.new("project", "third")
    meet(home, work)
    assert home.bodies() == work.bodies() and work.get("project", "third")


def test_a_choice_that_does_not_fit_changes_nothing(ada: Laptop, bob: Laptop) -> None:
    meet(ada, bob)
    ada.new("model", "clf")
    bob.new("model", "clf")
    meet(ada, bob)
    sequence = bob.home.store.sequence
    with pytest.raises(WrongUse):
        bob.resolve("clf-2", "mine")
    assert bob.home.store.sequence == sequence


def test_names_may_be_swapped_and_taken_over(ada: Laptop, bob: Laptop) -> None:
    ada.new("model", "a", desc="first")
    ada.new("model", "b", desc="second")
    meet(ada, bob)
    ada.rename("model", "a", "c")
    ada.rename("model", "b", "a")
    ada.rename("model", "c", "b")
    meet(ada, bob)
    assert bob.get("model", "a")["desc"] == "second" and bob.conflicts() == []
    ada.remove("model", "a")
    ada.new("model", "a", desc="third")
    meet(ada, bob)
    assert bob.get("model", "a")["desc"] == "third"
    assert ada.bodies() == bob.bodies()
