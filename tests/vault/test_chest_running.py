"""A command gets a chest's secrets in its environment, an allow-listed rest, its signals, and gives its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from modelops_tui.adapters.launcher import ProcessLauncher
from modelops_tui.errors import NotFound, NotPermitted, OutsideMissing, Refused, WrongUse
from modelops_tui.services import chest_running, chests, history
from modelops_tui.services.chests import CHEST
from tests.vault.conftest import Person, Sit

DUMP = "import json, os, sys; json.dump([dict(os.environ), sys.argv[1:]], open(sys.argv[1], 'w'))"


def ran(person: Person, chest: str, place: Path, *words: str, **more: object) -> tuple[dict[str, str], list[str]]:
    command = [sys.executable, "-c", DUMP, str(place), *words]
    assert chest_running.run_with(person.home, chest, command, **more) == 0  # type: ignore[arg-type]
    environment, arguments = json.loads(place.read_text())
    return environment, arguments


def test_a_command_gets_the_secrets_and_nothing_else_of_ours(
    ada: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "MODELOPS_PASSPHRASE_FILE", "SSH_AUTH_SOCK", "LD_DEBUG", "KEPT"):
        monkeypatch.setenv(name, "of somebody else")
    box = ada.chest(db={"user": "me", "password": "s3cret"}, token={"value": "t"})
    environment, arguments = ran(ada, box, tmp_path / "out", "a b", "; rm -rf /", "$(id)", keep=["KEPT"])
    assert {name: environment.pop(name) for name in ("DB_USER", "DB_PASSWORD", "TOKEN", "KEPT")} == {
        "DB_USER": "me",
        "DB_PASSWORD": "s3cret",
        "TOKEN": "t",
        "KEPT": "of somebody else",
    }
    assert "of somebody else" not in environment.values() and "PATH" in environment
    assert arguments[1:] == ["a b", "; rm -rf /", "$(id)"]


def test_a_mapping_gives_what_it_names_and_no_more(ada: Person, tmp_path: Path) -> None:
    box = ada.chest(db={"user": "me", "password": "s3cret"}, token={"value": "t"})
    environment, _ = ran(ada, box, tmp_path / "out", mapping={"PGPASSWORD": "db.password", "T": "token"})
    assert (environment["PGPASSWORD"], environment["T"]) == ("s3cret", "t")
    assert not {"DB_USER", "DB_PASSWORD", "TOKEN"} & environment.keys()
    with pytest.raises(WrongUse):
        chest_running.environment_of(ada.home, box, {"no name": "db.user"})
    with pytest.raises(NotFound):
        chest_running.environment_of(ada.home, box, {"X": "nothing.user"})


def test_running_is_a_reveal_on_record(ada: Person, sit: Sit) -> None:
    from modelops_tui.services import chest_sharing

    box = ada.chest(db={"user": "me", "password": "s3cret"})
    chest_running.environment_of(ada.home, box)
    assert history.history(ada.home, CHEST, box)[0].says == "run with db.password, db.user of treasure-chest box"
    bob = sit("bob", permissions=[{"category": "treasure-chest", "actions": ["read"]}]).with_vault("bobs passphrase")
    chest_sharing.share(ada.home, box, bob.id)
    with pytest.raises(NotPermitted):
        chest_running.run_with(bob.home, box, ["true"])


def test_fields_that_would_be_one_variable_are_told(ada: Person) -> None:
    box = ada.chest(a={"b_c": "1"}, a_b={"c": "2"})
    with pytest.raises(Refused, match="A_B_C"):
        chest_running.environment_of(ada.home, box)
    assert chest_running.environment_of(ada.home, box, {"A_B_C": "a.b_c"}) == {"A_B_C": "1"}


def test_an_empty_chest_gives_nothing(ada: Person) -> None:
    assert chest_running.environment_of(ada.home, ada.chest()) == {}


def test_the_exit_code_is_the_commands_own() -> None:
    launcher = ProcessLauncher()
    assert launcher.run([sys.executable, "-c", "raise SystemExit(7)"], {}) == 7
    assert launcher.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], {}) == 128 + 9


@pytest.mark.parametrize("command", [[], [""], ["x\0y"], ["--privileged"], ["no such program"], ["/"]])
def test_what_cannot_be_started_is_told(ada: Person, command: list[str]) -> None:
    with pytest.raises((WrongUse, OutsideMissing)) as told:
        chest_running.run_with(ada.home, ada.chest(db={"password": "c4nary"}), command)
    assert "c4nary" not in f"{told.value.says}{told.value.hint}"


def test_a_value_that_no_environment_takes_is_told_without_it(ada: Person) -> None:
    box = ada.chest(db={"password": "c4nary\0"})
    with pytest.raises(WrongUse) as told:
        chest_running.run_with(ada.home, box, ["true"])
    assert "c4nary" not in told.value.says


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_command(tmp_path: Path, number: signal.Signals) -> None:
    place = tmp_path / "got"
    child = (
        "import signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: (open({str(place)!r}, 'a').write('x'), sys.exit(5)))\n"
        f"open({str(place) + '.ready'!r}, 'w').close()\n"
        "time.sleep(20)\n"
    )
    parent = (
        "import os, sys\nfrom modelops_tui.adapters.launcher import ProcessLauncher\n"
        f"sys.exit(ProcessLauncher().run([sys.executable, '-c', {child!r}], dict(os.environ)))"
    )
    running = subprocess.Popen([sys.executable, "-c", parent], start_new_session=True)
    try:
        deadline = time.monotonic() + 15
        while not Path(f"{place}.ready").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(running.pid, number)
        assert running.wait(15) == 5
        assert place.read_text() == "x"
    finally:
        running.kill()
        running.wait()


def test_the_secrets_of_a_revealed_field_go_through_one_door(ada: Person) -> None:
    box = ada.chest(db={"user": "me", "password": "s3cret"})
    assert chest_running.environment_of(ada.home, box) == {"DB_PASSWORD": "s3cret", "DB_USER": "me"}
    assert chests.entry_names(ada.home, box)[0].fields == ("password", "user")
