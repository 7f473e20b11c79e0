"""Two laptops change one treasure chest: it is merged entry by entry with the key, and never without."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelops_tui.adapters import vault_header
from modelops_tui.errors import NotFound, VaultFailure, WrongUse
from modelops_tui.services import chests, history, sync
from tests.sync.chest_laptops import (
    ChestLaptop,
    Team,
    team_of,
)
from tests.sync.chest_team import WAITS, Template, ada, bob, team
from tests.vault.conftest import PASSPHRASE

__all__ = ["ada", "bob", "team"]


def test_a_shared_chest_opens_on_the_second_laptop(ada: ChestLaptop, bob: ChestLaptop) -> None:
    assert bob.reveal("db") == "db-0" and ada.reveal("api") == "api-0"


def test_what_each_side_changed_is_merged(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    ada.put("db", "db-ada")
    ada.put("new-ada", "1")
    bob.put("api", "api-bob")
    bob.put("new-bob", "2")
    ada.sync()
    report = bob.sync()
    assert (report.merged_chests, report.conflicts, report.tampered) == (1, 0, [])
    assert bob.everything() == {"db": "db-ada", "api": "api-bob", "new-ada": "1", "new-bob": "2"}
    team.at_rest()
    assert ada.everything() == bob.everything()


def test_a_merge_waits_for_an_unlock_and_mine_stays_in_use(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.put("api", "api-bob")
    bob.set("treasure-chest", "box", desc="by bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.lock()
    mine = bob.sealed()
    commits = len(team.shared.log)
    for _ in range(2):
        report = bob.sync()
        assert [held.says for held in report.held] == [WAITS] and report.conflicts == 0
        assert bob.sealed() == mine and len(team.shared.log) == commits
    assert sync.sync_status(bob.home).held[0].says == WAITS
    assert bob.conflicts() == []
    # What needs no key was merged at once, and a commit of something else is not kept back.
    ada.set("treasure-chest", "box", details={"owner": "ops"})
    ada.sync()
    bob.new("model", "iris")
    assert bob.sync().pushed == 1
    assert bob.chest()["details"] == {"owner": "ops"} and bob.chest()["desc"] == "by bob"
    status = bob.unlock()
    assert status.news == ("Merged 1 treasure chest with what the remote has.",)
    assert bob.everything() == {"db": "db-ada", "api": "api-bob"}
    team.at_rest()
    assert ada.everything() == bob.everything() and ada.chest()["desc"] == "by bob"


def test_an_edit_while_a_merge_waits_is_part_of_it(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.lock()
    bob.sync()
    ada.put("third", "3")
    ada.sync()
    bob.sync()
    # The passphrase of a script opens the vault without a word to unlock it: the merge comes first.
    file = team.folder / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    scripted = ChestLaptop(bob.home, team.shared, {"MODELOPS_PASSPHRASE_FILE": str(file)})
    assert scripted.reveal("db") == "db-ada"
    scripted.put("api", "api-bob-2")
    team.at_rest()
    assert ada.everything() == {"db": "db-ada", "api": "api-bob-2", "third": "3"}


def test_a_script_merges_during_its_sync(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    bob.lock()
    file = team.folder / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    file.chmod(0o600)
    scripted = ChestLaptop(bob.home, team.shared, {"MODELOPS_PASSPHRASE_FILE": str(file)})
    report = scripted.sync()
    assert (report.merged_chests, report.held, report.pushed) == (1, [], 1)
    file.write_text("not the passphrase\n")
    scripted = ChestLaptop(bob.home, team.shared, {"MODELOPS_PASSPHRASE_FILE": str(file)})
    scripted.outside.clock.sleep(1000)
    bob.unlock()
    bob.put("api", "api-bob-2")
    bob.lock()
    ada.sync()
    ada.put("db", "db-ada-2")
    ada.sync()
    assert [held.says for held in scripted.sync().held] == [WAITS]


def test_what_only_the_other_side_changed_is_there_at_once(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.lock()
    ada.put("db", "db-ada")
    ada.drop("api")
    ada.sync()
    report = bob.sync()
    assert report.held == [] and report.conflicts == 0
    assert [item.entry for item in chests.entry_names(bob.home, bob.chest_id())] == ["db"]
    assert bob.sync().nothing_new
    assert bob.unlock().news == ()
    assert bob.everything() == {"db": "db-ada"}
    team.at_rest()


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_the_same_entry_changed_on_both_sides_is_a_conflict_of_that_entry_alone(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, choice: str
) -> None:
    ada.put("db", "db-ada")
    ada.put("api", "api-ada")
    ada.put("third", "3")
    bob.put("db", "db-bob")
    bob.put("db", "db-bob-2")
    ada.sync()
    report = bob.sync()
    assert report.conflicts == 1 and report.held == []
    assert bob.everything() == {"db": "db-bob-2", "api": "api-ada", "third": "3"}
    conflict = bob.only_conflict()
    assert (conflict.kind, conflict.label, conflict.choices) == ("treasure-chest", "box", ("mine", "theirs"))
    (field,) = conflict.fields
    assert field.path == "entries.db"
    assert (field.base, field.theirs) == ("sealed, version 1", "sealed, version 2")
    assert field.mine in ("sealed, version 3", "sealed, version 4")
    assert conflict.who == "ada"
    # It is not sent before it is decided, and one more sync changes nothing.
    before = bob.written()
    assert bob.sync().nothing_new and bob.written() == before
    with pytest.raises(WrongUse, match="mine or theirs"):
        bob.resolve("box", "both")
    with pytest.raises(WrongUse, match="mine or theirs"):
        bob.resolve("box", fields={"entries.db": sync.Value("hunter2")})
    bob.resolve("box", fields={"entries.db": choice})
    assert bob.conflicts() == []
    wanted = {"mine": "db-bob-2", "theirs": "db-ada"}[choice]
    assert bob.everything() == {"db": wanted, "api": "api-ada", "third": "3"}
    pushed = bob.sync().pushed
    # Where nothing of mine is left there is nothing to send.
    assert pushed == (1 if choice == "mine" else 0)
    team.at_rest()
    assert ada.everything() == bob.everything()


def test_choosing_theirs_asks_for_the_key_and_mine_does_not(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    for one in (ada, bob):
        one.put("db", f"db-{one.home.user['name']}")
        one.put("api", f"api-{one.home.user['name']}")
    ada.sync()
    bob.sync()
    bob.lock()
    bob.resolve("box", fields={"entries.db": "mine"})
    with pytest.raises(VaultFailure, match="locked"):
        bob.resolve("box", fields={"entries.api": "theirs"})
    assert [field.path for field in bob.only_conflict().fields] == ["entries.api"]
    bob.unlock()
    bob.resolve("box", "theirs")
    team.at_rest()
    assert ada.everything() == bob.everything() == {"db": "db-bob", "api": "api-ada"}


def test_the_values_of_a_conflict_are_shown_on_request_and_that_is_written_down(
    ada: ChestLaptop, bob: ChestLaptop
) -> None:
    ada.put("db", "db-ada")
    bob.put("db", "db-bob")
    ada.drop("api")
    bob.put("api", "api-bob")
    ada.sync()
    bob.sync()
    assert sync.conflict_values(bob.home, bob.chest_id(), "db") == ({"value": "db-bob"}, {"value": "db-ada"})
    assert sync.conflict_values(bob.home, bob.chest_id(), "api") == ({"value": "api-bob"}, None)
    told = [step.says for step in history.history(bob.home, chests.CHEST, bob.chest_id(), 2)]
    assert told == [f"reveal {entry} of treasure-chest box in conflict" for entry in ("api", "db")]
    bob.resolve("box", "mine")
    with pytest.raises(NotFound):
        sync.conflict_values(bob.home, bob.chest_id(), "db")


def test_a_conflict_stays_one_when_theirs_changes_again(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    ada.put("db", "db-ada")
    bob.put("db", "db-bob")
    ada.sync()
    bob.sync()
    bob.lock()
    ada.put("api", "api-ada")
    ada.sync()
    bob.sync()
    assert bob.only_conflict().fields[0].path == "entries.db"
    bob.unlock()
    assert bob.everything() == {"db": "db-bob", "api": "api-ada"} and len(bob.conflicts()) == 1
    ada.put("db", "db-ada-2")
    ada.sync()
    bob.sync()
    assert bob.only_conflict().fields[0].theirs == "sealed, version 3"
    bob.resolve("box", "theirs")
    team.at_rest()
    assert bob.everything() == {"db": "db-ada-2", "api": "api-ada"}


def test_a_conflict_stays_one_when_theirs_goes_back_and_forth_while_locked(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    ada.drop("db")
    bob.put("db", "db-bob")
    ada.sync()
    bob.sync()
    bob.lock()
    for turn in (history.undo, history.redo):
        turn(ada.home)
        ada.sync()
        report = bob.sync()
        assert report.pushed == 0
    assert [field.path for field in bob.only_conflict().fields] == ["entries.db"]
    assert len(bob.conflicts()) == 1 and bob.sync().nothing_new
    bob.unlock()
    bob.resolve("box", "theirs")
    team.at_rest()
    assert ada.everything() == {"api": "api-0"}


def test_the_same_value_on_both_sides_is_no_conflict(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    for one in (ada, bob):
        one.put("db", "the new one")
    ada.sync()
    report = bob.sync()
    assert (report.conflicts, report.pushed) == (0, 0)
    team.at_rest()


def test_an_entry_taken_out_on_one_side_is_out(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    ada.drop("db")
    bob.put("api", "api-bob")
    bob.put("third", "3")
    ada.sync()
    bob.sync()
    ada.sync()
    bob.drop("third")
    ada.put("db", "again")
    team.at_rest()
    assert ada.everything() == bob.everything() == {"api": "api-bob", "db": "again"}


@pytest.mark.parametrize("remover", ["ada", "bob"])
@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_an_entry_taken_out_and_changed_is_a_conflict(team: Team, remover: str, choice: str) -> None:
    changer = "bob" if remover == "ada" else "ada"
    team[remover].drop("db")
    team[changer].put("db", "changed")
    team["ada"].sync()
    bob = team["bob"]
    bob.sync()
    (field,) = bob.only_conflict().fields
    assert (field.mine is None, field.theirs is None) == (remover == "bob", remover == "ada")
    bob.resolve("box", choice)
    team.at_rest()
    keeps = (choice == "mine") == (changer == "bob")
    assert team["ada"].everything() == ({"db": "changed", "api": "api-0"} if keeps else {"api": "api-0"})


def test_reveals_on_both_laptops_are_nothing_to_merge(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    for _ in range(3):
        ada.reveal("db")
        bob.reveal("api")
    assert ada.sync().nothing_new and bob.sync().nothing_new
    ada.put("db", "db-ada")
    ada.reveal("db")
    bob.put("api", "api-bob")
    bob.reveal("db")
    times = bob.chest()["revealed"]["times"]
    team.at_rest()
    assert bob.chest()["revealed"]["times"] == times == 4 and ada.chest()["revealed"]["times"] == 4
    assert b"revealed" not in team.on_the_wire()


def test_a_merge_that_would_be_larger_than_a_chest_can_be_waits_and_the_rest_of_the_sync_goes_on(
    ada: ChestLaptop, bob: ChestLaptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_header, "MOST_ENTRIES", 3)
    ada.put("new-ada", "1")
    ada.new("model", "iris")
    bob.put("new-bob", "2")
    ada.sync()
    report = bob.sync()
    assert any("room for 3" in says for says in report.tampered) and bob.get("model", "iris")
    assert bob.everything() == {"db": "db-0", "api": "api-0", "new-bob": "2"}


def test_names_and_other_fields_merge_without_a_key(team: Team, ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.put("api", "api-bob")
    bob.set("treasure-chest", "box", desc="by bob", details={"b": 1})
    ada.put("db", "db-ada")
    ada.set("treasure-chest", "box", desc="by ada", details={"a": 1})
    ada.rename("treasure-chest", "box", "prod")
    ada.sync()
    bob.lock()
    report = bob.sync()
    assert report.conflicts == 1 and bob.chest("prod")["details"] == {"a": 1, "b": 1}
    assert [field.path for field in bob.only_conflict().fields] == ["desc"]
    bob.resolve("prod", "both")
    assert bob.conflicts() == []
    bob.unlock()
    team.at_rest()
    assert ada.chest("prod")["desc"] == "by ada\nby bob"
    assert ada.everything("prod") == {"db": "db-ada", "api": "api-bob"}


def test_both_put_something_into_a_chest_that_was_never_sealed(chest_template: Template, tmp_path: Path) -> None:
    with team_of(tmp_path / "team", chest_template) as team:
        ada, bob = team["ada"], team["bob"]
        ada.new("treasure-chest", "fresh")
        team.meet()
        ada.put("one", "1", "fresh")
        bob.set("treasure-chest", "fresh", owner="ada", desc="by bob")
        team.at_rest()
        ada.share(bob.id, "fresh")
        team.at_rest()
        assert bob.everything("fresh") == {"one": "1"} and ada.chest("fresh")["desc"] == "by bob"


def test_a_change_of_owner_gives_way_to_a_chest_that_was_sealed_meanwhile(
    team: Team, ada: ChestLaptop, bob: ChestLaptop
) -> None:
    ada.new("treasure-chest", "fresh")
    team.meet()
    bob.set("treasure-chest", "fresh", owner="bob")
    ada.put("one", "1", "fresh")
    bob.sync()
    ada.sync()
    team.at_rest()
    assert ada.everything("fresh") == {"one": "1"} and bob.chest("fresh")["owner"] == ada.id


def test_a_dry_run_says_that_a_merge_is_to_come_and_does_nothing(ada: ChestLaptop, bob: ChestLaptop) -> None:
    bob.put("api", "api-bob")
    ada.put("db", "db-ada")
    ada.sync()
    before, mine = bob.written(), bob.sealed()
    report = bob.sync(dry_run=True)
    assert [held.says for held in report.held] == [WAITS] and bob.written() == before and bob.sealed() == mine


def test_no_secret_leaves_in_clear_whatever_is_merged(
    team: Team, ada: ChestLaptop, bob: ChestLaptop, tmp_path: Path
) -> None:
    canaries = [f"canary-{word}-7f3a" for word in ("ada", "bob", "theirs", "mine")]
    ada.put("one", canaries[0])
    bob.put("two", canaries[1])
    ada.put("db", canaries[2])
    bob.put("db", canaries[3])
    bob.rotate()
    ada.sync()
    bob.lock()
    bob.sync()
    bob.unlock()
    bob.sync()
    sync.conflict_values(bob.home, bob.chest_id(), "db")
    shown = repr(bob.conflicts()) + repr(bob.sync().as_json())
    bob.resolve("box", "theirs")
    team.at_rest()
    files = b"".join(file.read_bytes() for file in (tmp_path / "team").rglob("*") if file.is_file())
    for canary in canaries:
        assert canary.encode() not in team.on_the_wire() + files and canary not in shown
    assert set(canaries[:3]) <= set(ada.everything().values())
