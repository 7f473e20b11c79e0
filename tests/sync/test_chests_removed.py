"""A chest removed on one side and changed on the other, and changes of a chest that are taken back."""

from __future__ import annotations

import pytest

from modelops_tui.errors import Refused
from modelops_tui.services import history
from tests.sync.chest_laptops import (
    ChestLaptop,
    Team,
)
from tests.sync.chest_team import ada, bob, team

__all__ = ["ada", "bob", "team"]


def test_what_is_taken_back_after_a_merge_does_not_take_back_theirs(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.sync()
    with pytest.raises(Refused, match="changed"):
        history.undo(bob.home)
    assert bob.everything() == {"db": "db-ada", "api": "api-bob"}
    # Taken back before the two meet it is as if it had never been.
    bob.put("third", "3")
    ada.sync()
    ada.put("db", "db-ada-2")
    ada.sync()
    history.undo(bob.home)
    team.at_rest()
    assert bob.everything() == {"db": "db-ada-2", "api": "api-bob"}


def test_what_is_taken_back_after_it_was_sent_is_a_change_like_any(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.put("api", "api-bob")
    team.meet()
    history.undo(bob.home)
    ada.put("db", "db-ada")
    team.at_rest()
    assert ada.everything() == bob.everything() == {"db": "db-ada", "api": "api-0"}


def test_a_chest_removed_there_and_changed_here_is_asked_about(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    ada.remove("treasure-chest", "box")
    bob.put("db", "db-bob")
    ada.sync()
    bob.sync()
    assert bob.only_conflict().what.startswith("removed there")
    bob.resolve("box", "mine")
    team.at_rest()
    assert ada.everything() == {"db": "db-bob", "api": "api-0"}


def test_a_chest_removed_there_while_a_merge_waits_is_asked_about(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.lock()
    bob.sync()
    ada.remove("treasure-chest", "box")
    ada.sync()
    bob.sync()
    assert bob.only_conflict().what.startswith("removed there")
    assert bob.unlock().news == () and bob.everything() == {"db": "db-0", "api": "api-bob"}
    bob.resolve("box", "theirs")
    team.meet()
    assert not bob.home.store.count("treasure-chest") and bob.sync().nothing_new


def test_a_chest_removed_there_goes_where_nobody_changed_it(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.lock()
    ada.put("db", "db-ada")
    ada.sync()
    bob.sync()
    ada.remove("treasure-chest", "box")
    ada.sync()
    bob.sync()
    assert not bob.home.store.count("treasure-chest") and bob.conflicts() == []
    bob.sync()
    assert bob.books() == (0, 0)


def test_a_chest_removed_here_before_its_changes_were_seen_is_asked_about(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.lock()
    bob.sync()
    bob.remove("treasure-chest", "box")
    report = bob.sync()
    assert report.pushed == 0 and bob.only_conflict().what.startswith("removed here")
    assert bob.sealed() == ada.sealed()
    bob.resolve("box", "mine")
    team.meet()
    assert not ada.home.store.count("treasure-chest")
