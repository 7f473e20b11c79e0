"""Threat: a secret in argv, the environment of others, `ps`, a core dump, a log, a traceback. Promise: none."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import traceback
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from modelops_tui.adapters import process_safety
from modelops_tui.errors import Failure
from modelops_tui.services import chest_running, chest_sharing, chests, vault
from tests.vault.conftest import PASSPHRASE, Person, Sit
from tests.vault.process_table import ProcessTable
from tests.vault.searching import Search, holds
from tests.vault.test_unlock_agent import pids_of_agents, wait_until

# Tests that run beside this one have canaries of their own in the process table.
CANARY = f"c4nary-{token_hex(6)}"


def core_limit(pid: int) -> str:
    lines = (Path("/proc") / str(pid) / "limits").read_text().splitlines()
    return next(line for line in lines if "core file" in line).split()[4]


def test_process_table_shows_no_secret_while_the_vault_is_used(
    sit: Sit, own_vault_surroundings: Path, tmp_path: Path
) -> None:
    ada = sit("ada", agent=True)
    with ProcessTable(Search(CANARY)) as table:
        vault.init_vault(ada.home, f"{CANARY} as a passphrase")
        vault.unlock(ada.home, f"{CANARY} as a passphrase", 300)
        box = ada.chest(db={"password": CANARY})
        chests.reveal(ada.home, box, "db")
        vault.change_passphrase(ada.home, f"{CANARY} as a passphrase", f"{CANARY} once more")
        file = tmp_path / "passphrase"
        file.write_text(f"{CANARY} once more")
        file.chmod(0o600)
        vault.lock(ada.home)
        for environment in (
            {"MODELOPS_PASSPHRASE_FILE": str(file)},
            {"MODELOPS_PASSPHRASE_COMMAND": f"/bin/cat {file}"},
        ):
            script = sit("ada", environment=environment)
            assert chests.reveal(script.home, box, "db") == CANARY
    assert table.looks > 3
    assert table.found == []


def test_environment_of_others_only_the_command_itself_gets_the_secret(ada: Person) -> None:
    box = ada.chest(db={"password": CANARY})
    with ProcessTable(Search(CANARY)) as table:
        chest_running.run_with(ada.home, box, ["sleep", "0.3"])
    assert {(sight.where, sight.program[:5]) for sight in table.found} == {("environ", b"sleep")}
    assert CANARY not in repr(os.environ)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_core_dump_and_environment_of_the_agent_hold_nothing(sit: Sit, own_vault_surroundings: Path) -> None:
    ada = sit("ada", agent=True)
    os.environ["SOME_TOKEN"] = CANARY
    try:
        vault.init_vault(ada.home, PASSPHRASE)
        vault.unlock(ada.home, PASSPHRASE, 300)
    finally:
        del os.environ["SOME_TOKEN"]
    (pid,) = pids_of_agents(own_vault_surroundings)
    place = Path("/proc") / str(pid)
    wait_until(lambda: core_limit(pid) == "0")
    if os.geteuid():
        # Nobody of this account looks in, which is more than there being nothing to see.
        for name in ("environ", "mem", "fd/0"):
            with pytest.raises(PermissionError):
                (place / name).open("rb").close()
    else:
        assert CANARY.encode() not in (place / "environ").read_bytes()
        assert {os.readlink(place / "fd" / str(number)) for number in range(3)} == {"/dev/null"}
        assert os.readlink(place / "cwd") == "/"
    vault.lock(ada.home)
    wait_until(lambda: not pids_of_agents(own_vault_surroundings))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_core_dumps_of_the_agent_are_off_by_itself(
    sit: Sit, own_vault_surroundings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    if not before[1]:
        pytest.skip("core dumps are off for everybody here")
    monkeypatch.setattr("modelops_tui.adapters.fernet_vault.forbid_core_dumps", lambda: None)
    ada = sit("ada", agent=True)
    vault.init_vault(ada.home, PASSPHRASE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        vault.unlock(ada.home, PASSPHRASE, 300)
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    (pid,) = pids_of_agents(own_vault_surroundings)
    wait_until(lambda: core_limit(pid) == "0")
    vault.lock(ada.home)


def test_core_dumps_are_off_once_a_secret_was_touched(tmp_path: Path) -> None:
    program = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)\n"
        "from modelops_tui.adapters.process_safety import forbid_looking_in\n"
        "forbid_looking_in()\n"
        "import ctypes; print(resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "0" if sys.platform == "linux" else done.stdout.split()[1]]


def test_core_dumps_of_what_is_run_are_off_too(ada: Person) -> None:
    process_safety.forbid_core_dumps.cache_clear()
    box = ada.chest(db={"password": "x"})
    command = [sys.executable, "-c", "import resource, sys; sys.exit(resource.getrlimit(resource.RLIMIT_CORE)[0] != 0)"]
    assert chest_running.run_with(ada.home, box, command) == 0
    assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0


def failures(person: Person, other: Person, box: str) -> list[tuple[str, Any]]:
    """Every way we know in which a call with a secret in its hands fails."""
    home = person.home

    def tampered() -> None:
        entries = dict(person.document(box)["entries"])
        fields = entries["db"]["fields"]
        entries["db"] = {**entries["db"], "fields": {"password": fields["user"], "user": fields["password"]}}
        with home.writing("tamper") as transaction:
            transaction.update("treasure-chest", box, {"entries": entries})
        chests.reveal(home, box, "db", "password")

    return [
        ("wrong passphrase", lambda: vault.unlock(home, f"{CANARY} wrong")),
        ("wrong former passphrase", lambda: vault.change_passphrase(home, f"{CANARY} wrong", "a good new passphrase")),
        ("short passphrase", lambda: vault.change_passphrase(home, PASSPHRASE, "c4nary-")),
        ("surrogate", lambda: vault.unlock(home, f"{CANARY}\ud800")),
        ("wrong recovery text", lambda: vault.recover(home, CANARY, "a good new passphrase")),
        ("second init", lambda: vault.init_vault(home, f"{CANARY} as a passphrase")),
        ("too large", lambda: chests.put(home, box, "db", {"password": CANARY * 10_000})),
        ("no unicode", lambda: chests.put(home, box, "db", {"password": f"{CANARY}\ud800"})),
        ("bad name", lambda: chests.put(home, box, "a b", {"password": CANARY})),
        ("no such chest", lambda: chests.put(home, "f" * 24, "db", {"password": CANARY})),
        ("not a recipient", lambda: chests.put(other.home, box, "db", {"password": CANARY})),
        ("env file", lambda: chests.parse_env_file(f"'{CANARY}\n{CANARY}={CANARY}'\nA=\"{CANARY}")),
        ("no program", lambda: chest_running.run_with(home, box, ["no-such-program"])),
        ("bad mapping", lambda: chest_running.run_with(home, box, ["true"], {"1": "db.password"})),
        ("share with nobody", lambda: chest_sharing.share(home, box, "f" * 24)),
        ("tampered", tampered),
        ("rotate tampered", lambda: chest_sharing.rotate(home, box)),
    ]


def test_log_traceback_and_crash_report_hold_no_secret(ada: Person, bob: Person, caplog: Any, capfd: Any) -> None:
    box = ada.chest(db={"password": CANARY, "user": "me"})
    for name, act in failures(ada, bob, box):
        with pytest.raises(Failure) as failed:
            act()
        told = "".join(traceback.format_exception(failed.value))
        # The lines of this file show themselves in a traceback; the chain of failures is what a report would hold.
        said = f"{failed.value!r} {failed.value.says} {failed.value.hint} {getattr(failed.value, 'problems', '')}"
        chain = [line for line in told.splitlines() if not line.startswith("    ")]
        assert not holds(said.encode(errors="replace"), CANARY), name
        assert not holds("\n".join(chain).encode(errors="replace"), CANARY), name
    out, err = capfd.readouterr()
    assert not holds(f"{out}{err}{caplog.text}".encode(), CANARY)


def test_traceback_with_locals_of_what_holds_a_key_shows_none(ada: Person) -> None:
    box = ada.chest(db={"password": CANARY})
    opened = ada.outside.vault.open_chest(ada.document(box), ada.id)
    key = opened._key
    for shown in (repr(opened), repr(ada.outside.vault), repr(ada.outside.vault._here), str(ada.home)):
        assert key.hex() not in shown and repr(key) not in shown and CANARY not in shown
        assert repr(bytes(ada.outside.vault._here[ada.id].key)) not in shown


def test_no_function_of_ours_takes_a_secret_from_argv() -> None:
    """A secret never stands in the words of a call: nothing below the faces reads them."""
    import modelops_tui

    package = Path(modelops_tui.__file__).parent
    readers = [
        file.name
        for room in ("adapters", "services", "store", "entities")
        for file in (package / room).rglob("*.py")
        if "sys.argv" in file.read_text(encoding="utf-8")
    ]
    # The agent is told where its socket lies; its client starts it with that.
    assert sorted(readers) == ["agent_client.py", "unlock_agent.py"]
