"""A chest that was tampered with, damaged or exchanged on the way is refused, and the rest of the sync goes on."""

from __future__ import annotations

import pytest

from modelops_tui.errors import VaultFailure
from tests.sync.chest_laptops import (
    ChestLaptop,
    Team,
    damaged,
    forged_chest,
    opened_with,
    tampered,
)
from tests.sync.chest_team import WAITS, ada, bob, team

__all__ = ["ada", "bob", "team"]


def test_a_tampered_chest_is_refused_and_the_rest_of_the_sync_goes_on(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    ada.new("model", "iris")
    ada.sync()
    ada.forge({**tampered(ada.head()), "desc": "by the forger"})
    report = bob.sync()
    assert len(report.tampered) == 1 and "box was tampered with" in report.tampered[0]
    assert bob.get("model", "iris") and report.conflicts == 1
    assert bob.everything() == {"db": "db-0", "api": "api-0"}
    conflict = bob.only_conflict()
    assert "tampered with there" in conflict.what and conflict.choices == ("mine",)
    with pytest.raises(VaultFailure, match="tampered") as refusal:
        bob.resolve("box", "theirs")
    assert refusal.value.code == 8
    assert bob.sync().tampered == [] and bob.sync().nothing_new
    # Mine can be used and changed, and heals the remote once somebody decides.
    bob.put("db", "db-bob")
    bob.resolve("box", "mine")
    ada.sync()
    team.at_rest()
    assert ada.everything() == bob.everything() == {"db": "db-bob", "api": "api-0"}


def test_a_tampered_chest_that_meets_an_edit_leaves_it_whole(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    good = ada.head()
    ada.forge(tampered(good))
    bob.lock()
    assert [held.says for held in bob.sync().held] == [WAITS]
    news = bob.unlock().news
    assert len(news) == 1 and "tampered" in news[0]
    assert bob.everything() == {"db": "db-0", "api": "api-bob"} and bob.only_conflict().choices == ("mine",)
    # A whole one that comes later is merged as if nothing had been.
    ada.forge(good)
    report = bob.sync()
    assert (report.merged_chests, report.conflicts) == (1, 0)
    team.at_rest()
    assert ada.everything() == {"db": "db-ada", "api": "api-bob"}


def test_a_tampered_chest_that_came_while_locked_gives_way_to_the_one_before(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.lock()
    for value in ("db-1", "db-ada"):
        ada.put("db", value)
        ada.sync()
        bob.sync()
    good = ada.head()
    ada.forge(tampered(good))
    assert bob.sync().tampered == []
    ada.forge({**tampered(good), "desc": "once more"})
    bob.sync()
    (told,) = bob.unlock().news
    assert "tampered" in told and bob.everything() == {"db": "db-ada", "api": "api-0"}
    assert bob.chest()["desc"] == "once more"
    bob.resolve("box", "mine")
    team.at_rest()


def test_one_damaged_value_is_left_out_and_the_others_are_taken(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    ada.put("api", "api-ada")
    ada.put("db", "db-ada")
    ada.put("new", "n")
    ada.sync()
    ada.forge(damaged(damaged(ada.head(), "db"), "new"))
    report = bob.sync()
    assert len(report.tampered) == 2 and all("tampered" in says for says in report.tampered)
    assert bob.everything() == {"api": "api-ada", "db": "db-0"}
    assert sorted(field.path for field in bob.only_conflict().fields) == ["entries.db", "entries.new"]
    with pytest.raises(VaultFailure, match="tampered"):
        bob.resolve("box", "theirs")
    bob.resolve("box", "mine")
    bob.sync()
    team.at_rest()
    assert ada.everything() == {"api": "api-ada", "db": "db-0"}


def test_a_chest_of_the_past_that_the_remote_gives_back_is_taken_as_one(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    former = ada.head()
    ada.put("db", "db-ada")
    team.meet()
    ada.forge(former)
    bob.put("api", "api-bob")
    team.at_rest()
    assert ada.everything() == {"db": "db-0", "api": "api-bob"}


def test_one_value_of_the_past_among_newer_ones_is_noticed(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    former = ada.head()
    ada.put("db", "db-ada")
    ada.sync()
    now = ada.head()
    ada.forge({**now, "entries": {**now["entries"], "db": former["entries"]["db"]}})
    report = bob.sync()
    assert len(report.tampered) == 1 and bob.everything() == {"db": "db-0", "api": "api-0"}


@pytest.mark.parametrize("edited", [False, True])
def test_a_chest_of_somebody_who_never_had_its_key_does_not_take_its_place(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, edited: bool
) -> None:
    """Whoever writes to the database knows the public keys of all, and could seal a chest for them."""
    if edited:
        bob.put("api", "bobs newest secret")
    forged, key = forged_chest(ada.head(), epoch=9)
    ada.forge(forged)
    report = bob.sync()
    assert len(report.tampered) == 1 and "never sealed with a key" in report.tampered[0] and report.pushed == 0
    assert bob.everything() == {"db": "db-0", "api": "bobs newest secret" if edited else "api-0"}
    conflict = bob.only_conflict()
    assert "never had the key" in conflict.what and conflict.choices == ("mine", "theirs")
    assert bob.sync().nothing_new
    bob.resolve("box", "mine")
    bob.put("db", "after all")
    bob.sync()
    team.at_rest()
    assert ada.everything()["db"] == "after all"
    assert not opened_with(key, 9, ada.chest())


def test_a_chest_that_was_really_sealed_anew_is_taken_by_decision(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    forged, _ = forged_chest(ada.head(), epoch=1)
    ada.forge(forged)
    for one in (ada, bob):
        assert one.sync().tampered
        one.resolve("box", "theirs")
    team.at_rest()
    assert ada.everything() == bob.everything() == {"db": "forged"}


def test_a_chest_whose_key_changed_often_is_still_known_as_the_same(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.put("api", "api-bob")
    for _ in range(30):
        ada.rotate()
    ada.put("db", "db-ada")
    ada.sync()
    report = bob.sync()
    assert report.tampered == [] and report.merged_chests == 1
    team.at_rest()
    assert ada.everything() == {"db": "db-ada", "api": "api-bob"}
    bob.put("api", "api-bob-2")
    for _ in range(40):
        ada.rotate()
    ada.sync()
    assert bob.sync().tampered and bob.only_conflict().choices == ("mine", "theirs")


def test_a_damaged_chest_of_mine_gives_way_to_a_whole_one(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    broken = tampered({**bob.chest(), "desc": "x"})
    with bob.home.writing("somebody at the files") as transaction:
        transaction.update("treasure-chest", broken["id"], {"header": broken["header"]})
    ada.put("db", "db-ada")
    ada.sync()
    assert "tampered" in bob.sync().tampered[0]
    assert bob.only_conflict().choices == ("theirs",)
    with pytest.raises(VaultFailure, match="tampered with here"):
        bob.resolve("box", "mine")
    bob.resolve("box", "theirs")
    team.at_rest()
    assert bob.everything() == {"db": "db-ada", "api": "api-0"}
