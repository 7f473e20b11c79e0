"""Whoever was let into a chest there has its key: keeping mine over what is there needs another one."""

from __future__ import annotations

import pytest

from modelops_tui.entities.field import Document
from modelops_tui.errors import Refused
from modelops_tui.ports import VaultLocked
from modelops_tui.services import history
from tests.sync.chest_laptops import ChestLaptop, Outsider, Team, opens_anything, tampered
from tests.sync.chest_team import ada, bob, team
from tests.vault.conftest import PASSPHRASE

__all__ = ["ada", "bob", "team"]


@pytest.fixture
def eve(ada: ChestLaptop, bob: ChestLaptop) -> Outsider:
    """Somebody whom both laptops know, and nobody has let in."""
    eve = Outsider(ada, "eve")
    ada.sync()
    bob.sync()
    return eve


def let_in_while_bob_waits(ada: ChestLaptop, bob: ChestLaptop, eve: Outsider) -> Document:
    """Ada lets eve in while bob, who changed something, cannot look; gives the chest that eve keeps."""
    bob.put("api", "api-bob")
    bob.lock()
    ada.share(eve.id)
    ada.sync()
    bob.sync()
    return ada.head()


@pytest.mark.parametrize("list_is_forged", [False, True])
def test_mine_kept_over_a_forged_chest_gets_a_new_key(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, eve: Outsider, list_is_forged: bool
) -> None:
    kept = let_in_while_bob_waits(ada, bob, eve)
    forged = tampered(kept)
    if list_is_forged:
        named = [one for one in kept["header"]["recipients"] if one["user"] != eve.id]
        forged = {**forged, "header": {**forged["header"], "recipients": named}}
    ada.forge(forged)
    bob.sync()
    assert bob.unlock().news and "tampered with there" in bob.only_conflict().what
    bob.lock()
    with pytest.raises(VaultLocked):
        bob.resolve("box", "mine")
    bob.unlock()
    bob.resolve("box", "mine")
    bob.put("db", "sealed later")
    bob.sync()
    assert bob.holders() == {"ada", "bob"} and not opens_anything(eve.id, eve.private, [kept], bob.head())
    team.at_rest()
    assert ada.everything() == {"db": "sealed later", "api": "api-bob"}


def test_a_chest_that_stays_though_it_was_removed_there_gets_a_new_key(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, eve: Outsider
) -> None:
    kept = let_in_while_bob_waits(ada, bob, eve)
    ada.remove("treasure-chest", "box")
    ada.sync()
    report = bob.sync()
    assert report.conflicts == 1 and not report.held and bob.only_conflict().what.startswith("removed there")
    with pytest.raises(VaultLocked):
        bob.resolve("box", "mine")
    bob.unlock()
    bob.resolve("box", "mine")
    bob.sync()
    assert bob.holders() == {"ada", "bob"} and not opens_anything(eve.id, eve.private, [kept], bob.head())
    team.at_rest()
    assert ada.everything() == {"db": "db-0", "api": "api-bob"}


def test_who_was_kept_out_here_stays_out_of_a_chest_that_was_removed_there_and_comes_back(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, eve: Outsider
) -> None:
    bob.share(eve.id)
    team.at_rest()
    kept = ada.head()
    ada.unshare(eve.id)
    bob.remove("treasure-chest", "box")
    bob.sync()
    ada.sync()
    history.undo(bob.home)
    bob.sync()
    ada.sync()
    team.at_rest()
    assert bob.holders() == {"ada", "bob"} and not opens_anything(eve.id, eve.private, [kept], bob.head())


def test_a_past_list_put_back_there_does_not_hide_who_has_the_key(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, eve: Outsider
) -> None:
    before = ada.head()
    ada.share(eve.id)
    team.at_rest()
    kept = ada.head()
    ada.forge(before)
    team.at_rest()
    assert ada.holders() == {"ada", "bob"} and not opens_anything(eve.id, eve.private, [kept], ada.head())


def test_mine_of_an_entry_is_chosen_over_what_a_key_has_merged(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    """Ada goes back to what bob had merged last: had he chosen without looking, his would win over hers unasked."""
    ada.put("db", "db-ada")
    bob.put("db", "db-bob")
    ada.sync()
    bob.sync()
    bob.lock()
    ada.put("db", "db-ada-2")
    ada.sync()
    bob.sync()
    with pytest.raises(VaultLocked):
        bob.resolve("box", "mine")
    history.undo(ada.home)
    ada.sync()
    assert bob.sync().pushed == 0 and [field.path for field in bob.only_conflict().fields] == ["entries.db"]
    bob.unlock()
    bob.resolve("box", "mine")
    team.at_rest()
    assert ada.everything() == {"db": "db-bob", "api": "api-0"}


def test_what_a_merge_leaves_to_decide_is_not_decided_before_it_was_seen(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    for entry in ("db", "api"):
        bob.put(entry, f"{entry}-bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.sync()
    bob.lock()
    ada.put("api", "api-ada")
    ada.sync()
    bob.sync()
    file = team.folder / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    scripted = ChestLaptop(bob.home, team.shared, {"MODELOPS_PASSPHRASE_FILE": str(file)})
    with pytest.raises(Refused, match="changed since it was shown"):
        scripted.resolve("box", "theirs")
    paths = {field.path for field in scripted.only_conflict().fields}
    bob.unlock()
    assert paths == {"entries.db", "entries.api"} and bob.everything() == {"db": "db-bob", "api": "api-bob"}
    bob.resolve("box", "theirs")
    team.at_rest()
    assert bob.everything() == {"db": "db-ada", "api": "api-ada"}
