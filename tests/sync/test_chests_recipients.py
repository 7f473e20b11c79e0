"""People are let into a chest and kept out of it on several laptops at once."""

from __future__ import annotations

import pytest

from modelops_tui.errors import Refused, VaultFailure
from modelops_tui.services import history, vault
from tests.sync.chest_laptops import (
    ChestLaptop,
    Outsider,
    Team,
    opens_anything,
)
from tests.sync.chest_team import WAITS, ada, bob, team
from tests.vault.conftest import PASSPHRASE

__all__ = ["ada", "bob", "team"]


def test_a_new_key_on_one_side_is_no_change_of_an_entry(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    ada.rotate()
    bob.put("db", "db-bob")
    ada.sync()
    report = bob.sync()
    assert report.conflicts == 0 and bob.chest()["header"]["epoch"] == 2
    assert {entry["key_epoch"] for entry in bob.chest()["entries"].values()} == {2}
    bob.rotate()
    ada.put("api", "api-ada")
    team.at_rest()
    assert ada.everything() == {"db": "db-bob", "api": "api-ada"} and ada.chest()["header"]["epoch"] == 3


def test_what_was_sealed_under_an_old_key_is_sealed_again_after_an_unshare(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    eve = Outsider(ada, "eve")
    ada.share(eve.id)
    team.meet()
    kept = [{**bob.chest()}]
    assert opens_anything(eve.id, eve.private, [], bob.chest())
    ada.unshare(eve.id)
    bob.put("db", "after eve")
    assert opens_anything(eve.id, eve.private, kept, bob.chest())
    ada.sync()
    bob.sync()
    team.at_rest()
    assert ada.everything() == {"db": "after eve", "api": "api-0"}
    assert ada.holders() == {"ada", "bob"}
    assert not opens_anything(eve.id, eve.private, kept, ada.chest())


def test_both_sides_made_a_new_key_and_both_who_were_kept_out_are_out(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    eve, mallory = Outsider(ada, "eve"), Outsider(ada, "mallory")
    ada.share(eve.id)
    ada.share(mallory.id)
    team.meet()
    kept = [ada.chest()]
    ada.unshare(eve.id)
    bob.unshare(mallory.id)
    ada.put("db", "db-ada")
    bob.put("api", "api-bob")
    kept += [ada.chest(), bob.chest()]
    ada.sync()
    report = bob.sync()
    assert report.conflicts == 0
    team.at_rest()
    assert ada.holders() == {"ada", "bob"} and ada.chest()["header"]["epoch"] == 3
    assert ada.everything() == bob.everything() == {"db": "db-ada", "api": "api-bob"}
    for one in (eve, mallory):
        assert not opens_anything(one.id, one.private, kept, ada.chest())


def test_two_new_keys_for_the_same_people_come_to_the_key_of_the_remote(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    ada.rotate()
    bob.rotate()
    bob.put("db", "db-bob")
    ada.sync()
    theirs = ada.chest()["header"]["recipients"]
    bob.sync()
    assert bob.chest()["header"]["epoch"] == 2 and bob.chest()["header"]["recipients"] == theirs
    team.at_rest()
    assert ada.everything() == {"db": "db-bob", "api": "api-0"}


def test_two_new_keys_and_nothing_else_send_nothing(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    ada.rotate()
    bob.rotate()
    ada.sync()
    assert bob.sync().pushed == 0
    team.at_rest()


def test_people_let_in_on_either_side_are_in(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    eve, carol = Outsider(ada, "eve"), Outsider(ada, "carol")
    team.meet()
    ada.share(eve.id)
    bob.share(carol.id)
    bob.rotate()
    ada.sync()
    report = bob.sync()
    assert report.notes == ["the treasure chest box is shared with eve now"]
    team.at_rest()
    assert ada.holders() == {"ada", "bob", "eve", "carol"}
    for one in (eve, carol):
        assert opens_anything(one.id, one.private, [], ada.chest())


def test_an_unshare_that_is_taken_back_lets_in_again(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    eve = Outsider(ada, "eve")
    ada.share(eve.id)
    team.meet()
    ada.unshare(eve.id)
    team.meet()
    history.undo(ada.home)
    bob.put("db", "db-bob")
    team.at_rest()
    assert ada.holders() == {"ada", "bob", "eve"} and ada.everything() == {"db": "db-bob", "api": "api-0"}


def test_somebody_kept_out_follows_and_what_they_changed_meanwhile_is_not_lost(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.put("api", "api-bob")
    ada.unshare(bob.id)
    ada.put("db", "after bob")
    ada.sync()
    report = bob.sync()
    assert report.conflicts == 1 and report.held == []
    conflict = bob.only_conflict()
    assert conflict.what == "changed here, and no longer shared with you there" and conflict.choices == ("theirs",)
    assert [(field.path, field.mine) for field in conflict.fields] == [("entries", "sealed, 2 entries, key 1, for 2")]
    assert bob.reveal("api") == "api-bob"
    with pytest.raises(Refused, match="not shared with you there"):
        bob.resolve("box", "mine")
    bob.resolve("box", "theirs")
    team.at_rest()
    with pytest.raises(VaultFailure, match="not sealed for you"):
        bob.reveal("db")
    # Without a change of their own there is nothing to ask.
    ada.share(bob.id)
    team.at_rest()
    ada.unshare(bob.id)
    team.at_rest()
    assert ada.everything() == {"db": "after bob", "api": "api-0"}


@pytest.mark.parametrize("vault_comes_back", [False, True])
def test_where_nobody_can_open_what_is_here_a_person_gives_way_or_brings_the_vault_back(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, vault_comes_back: bool
) -> None:
    bob.put("api", "api-bob")
    ada.rotate()
    ada.put("db", "db-ada")
    ada.sync()
    bob.lock()
    bob.sync()
    record = team.folder / "bob" / "vault" / f"{bob.id}.json"
    kept = record.read_bytes()
    record.unlink()
    report = bob.sync()
    assert report.conflicts == 1 and bob.sync().nothing_new
    conflict = bob.only_conflict()
    assert "nobody here can open" in conflict.what and conflict.choices == ("theirs",)
    with pytest.raises(Refused, match="Nobody here can open"):
        bob.resolve("box", "mine")
    if not vault_comes_back:
        bob.resolve("box", "theirs")
    record.write_bytes(kept)
    record.chmod(0o600)
    bob.unlock()
    team.at_rest()
    assert bob.everything() == {"db": "db-ada", "api": "api-bob" if vault_comes_back else "api-0"}


def test_who_let_themselves_out_does_not_take_away_what_others_changed(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    bob.unshare(bob.id)
    ada.put("db", "db-ada")
    ada.sync()
    bob.sync()
    assert bob.only_conflict().choices == ("theirs",)
    bob.resolve("box", "theirs")
    bob.unshare(bob.id)
    team.at_rest()
    assert ada.everything() == {"db": "db-ada", "api": "api-0"} and ada.holders() == {"ada"}


def test_a_laptop_of_somebody_who_opens_nothing_merges_what_needs_no_key(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    ada.unshare(bob.id)
    team.at_rest()
    bob.set("treasure-chest", "box", desc="by bob")
    ada.put("db", "db-ada")
    ada.sync()
    sealed = ada.sealed()
    report = bob.sync()
    assert (report.conflicts, report.held) == (0, [])
    assert bob.sealed() == sealed
    team.at_rest()
    assert ada.chest()["desc"] == "by bob" and ada.sealed() == sealed


def test_a_vault_of_another_user_of_the_home_is_waited_for(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    """Two people at bob's laptop: what bob changed waits for bob, whoever syncs."""
    guest = bob.new("user", "guest", roles=["administrator"])
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.lock()
    bob.home.act_as(guest["id"])
    assert [held.says for held in bob.sync().held] == [WAITS]
    vault.init_vault(bob.home, PASSPHRASE)
    assert bob.unlock().news == ()
    bob.home.act_as(bob.get("user", "bob")["id"])
    bob.unlock()
    team.at_rest()
    assert bob.everything() == {"db": "db-ada", "api": "api-bob"}


def test_where_the_base_does_not_open_what_may_have_changed_is_asked_about(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    """Somebody who was let in on both sides, and was not when they parted."""
    guest = bob.new("user", "guest", roles=["administrator"])["id"]
    bob.home.act_as(guest)
    vault.init_vault(bob.home, PASSPHRASE)
    bob.home.act_as(bob.get("user", "bob")["id"])
    team.meet()
    bob.put("db", "db-bob")
    bob.share(guest)
    ada.rotate()
    ada.share(guest)
    ada.sync()
    bob.lock()
    bob.home.act_as(guest)
    bob.unlock()
    bob.sync()
    assert bob.everything() == {"db": "db-bob", "api": "api-0"}
    assert [field.path for field in bob.only_conflict().fields] == ["entries.db"]
    bob.resolve("box", "mine")
    team.at_rest()
    assert ada.everything() == {"db": "db-bob", "api": "api-0"} and ada.holders() == {"ada", "bob", "guest"}
