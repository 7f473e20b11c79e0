"""The agent keeps a key for its account alone, gives chest keys only, and is gone when it was idle or locked."""

from __future__ import annotations

import os
import socket
import stat
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.adapters import agent_channel, unlock_agent
from modelops_tui.adapters.agent_channel import BrokenTalk, peer_is_us, receive, send, socket_place
from modelops_tui.adapters.agent_client import AgentClient
from modelops_tui.adapters.unlock_agent import Keys
from modelops_tui.adapters.vault_keys import text_of
from modelops_tui.adapters.vault_tokens import BadToken
from modelops_tui.adapters.vault_wrapping import Binding, public_key_of, wrap
from modelops_tui.errors import VaultFailure
from modelops_tui.ports import VaultLocked
from modelops_tui.services import chests, vault
from tests.vault.conftest import PASSPHRASE, Person, Sit

USER = "0" * 24


def pids_of_agents(folder: Path) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if os.fsencode(folder) in b" ".join(words) and any(b"unlock_agent" in word for word in words):
            found.append(int(place.name))
    return found


def wait_until(holds: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@pytest.fixture
def agents(own_vault_surroundings: Path) -> Iterator[Path]:
    yield own_vault_surroundings
    for pid in pids_of_agents(own_vault_surroundings):
        os.kill(pid, 9)


@pytest.fixture
def keen(sit: Sit, agents: Path) -> Person:
    """Somebody whose vault is unlocked by an agent."""
    ada = sit("ada", agent=True)
    vault.init_vault(ada.home, PASSPHRASE)
    vault.unlock(ada.home, PASSPHRASE, 300)
    return ada


def test_a_person_unlocks_once_for_all_calls_of_a_session(keen: Person, sit: Sit, agents: Path) -> None:
    box = keen.chest(db={"password": "s3cret"})
    later = sit("ada", agent=True)
    assert chests.reveal(later.home, box, "db") == "s3cret"
    status = vault.vault_status(later.home).unlocked
    assert status is not None and status.kept_by == "agent" and 200 < status.seconds_left <= 300
    assert len(pids_of_agents(agents)) == 1
    assert vault.lock(later.home)
    with pytest.raises(VaultLocked):
        chests.reveal(keen.home, box, "db")
    wait_until(lambda: not pids_of_agents(agents))
    assert not list((agents / "modelops").glob("*.sock"))


def test_two_users_of_one_home_have_one_agent_and_two_keys(keen: Person, sit: Sit, agents: Path) -> None:
    bob = sit("bob", agent=True)
    vault.init_vault(bob.home, "bobs own passphrase")
    with pytest.raises(VaultLocked):
        bob.chest("bobs", a={"value": "x"})
    vault.unlock(bob.home, "bobs own passphrase", 300)
    assert len(pids_of_agents(agents)) == 1
    vault.lock(bob.home)
    assert vault.vault_status(keen.home).unlocked is not None


def test_a_killed_agent_is_as_good_as_a_locked_one_and_leaves_the_way_free(keen: Person, agents: Path) -> None:
    os.kill(pids_of_agents(agents)[0], 9)
    wait_until(lambda: not pids_of_agents(agents))
    assert list((agents / "modelops").glob("*.sock")), "the stale socket that must not be in the way"
    with pytest.raises(VaultLocked):
        keen.chest(db={"password": "x"})
    vault.unlock(keen.home, PASSPHRASE, 300)
    assert vault.vault_status(keen.home).unlocked is not None


def test_the_agent_ends_by_itself_when_idle(sit: Sit, agents: Path) -> None:
    ada = sit("ada", agent=True)
    vault.init_vault(ada.home, PASSPHRASE)
    vault.unlock(ada.home, PASSPHRASE, 1)
    assert pids_of_agents(agents)
    wait_until(lambda: not pids_of_agents(agents), 5)
    assert vault.vault_status(ada.home).unlocked is None


def test_many_who_unlock_at_once_start_one_agent(agents: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from modelops_tui.adapters.agent_client import AgentClient\n"
        "sys.exit(not AgentClient(Path(sys.argv[1])).keep(sys.argv[2], bytes(32), 60))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), f"{number:024x}"]) for number in range(5)
    ]
    assert [one.wait(30) for one in running] == [0] * 5
    wait_until(lambda: len(pids_of_agents(agents)) == 1)
    client = AgentClient(tmp_path)
    assert all(client.seconds_left(f"{number:024x}") is not None for number in range(5))


def test_without_a_place_for_a_socket_the_key_stays_in_the_process(sit: Sit, agents: Path) -> None:
    (agents / "modelops").write_text("in the way")
    ada = sit("ada", agent=True)
    vault.init_vault(ada.home, PASSPHRASE)
    status = vault.unlock(ada.home, PASSPHRASE, 60).unlocked
    assert status is not None and status.kept_by == "process"
    ada.chest(db={"password": "x"})


def test_the_socket_and_its_folder_are_private(keen: Person, agents: Path) -> None:
    folder = agents / "modelops"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.lstat().st_mode) for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("how", ["open", "link", "file"])
def test_a_folder_that_is_not_ours_alone_is_not_used(agents: Path, tmp_path: Path, how: str) -> None:
    folder = agents / "modelops"
    if how == "open":
        folder.mkdir()
        folder.chmod(0o755)
    elif how == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder.write_text("")
    with pytest.raises(VaultFailure):
        socket_place(tmp_path)
    assert not AgentClient(tmp_path).keep(USER, bytes(32), 60)
    assert not pids_of_agents(agents)


def test_a_long_path_still_finds_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agents: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setattr(agent_channel.tempfile, "gettempdir", lambda: str(agents))
    home = tmp_path / ("deep" * 40)
    home.mkdir()
    folder, name = socket_place(home)
    assert folder.parent == agents and len(os.fsencode(folder / name)) < 108
    assert socket_place(tmp_path)[1] != name


def test_somebody_elses_process_gets_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    with one, other:
        assert peer_is_us(one)
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
        assert not peer_is_us(one)


def test_a_server_of_somebody_else_is_given_no_key(keen: Person, monkeypatch: pytest.MonkeyPatch, agents: Path) -> None:
    monkeypatch.setattr("modelops_tui.adapters.agent_client.peer_is_us", lambda connection: False)
    assert AgentClient(keen.home.folder).seconds_left(keen.id) is None


def asked(**message: Any) -> dict[str, Any]:
    return {"protocol": 1, "user": USER, **message}


def test_keys_are_wiped_when_idle_and_use_counts_but_asking_does_not() -> None:
    keys = Keys(0.0)
    keys.answer(asked(do="keep", key="01" * 32, idle_seconds=60), 0.0)
    kept = keys._kept[USER].key
    public = text_of(public_key_of(b"\x01" * 32))
    wrapped = wrap(b"k" * 32, Binding("c", 1, USER), public)
    assert keys.answer(asked(do="status"), 50.0) == {"seconds_left": 10}
    assert keys.answer(asked(do="unwrap", wrapped=wrapped, chest="c", epoch=1), 50.0) == {"key": (b"k" * 32).hex()}
    assert keys.answer(asked(do="status"), 60.0) == {"seconds_left": 50}
    assert 0 < keys.nap(60.0) <= 5 and keys.nap(109.0) == 1.0
    assert not keys.expire(110.0)
    assert bytes(kept) == bytes(32)
    assert keys.answer(asked(do="status"), 110.0) == {"error": "locked"}


def test_the_agent_waits_for_a_first_key_and_not_for_ever() -> None:
    keys = Keys(0.0)
    assert keys.expire(1.0) and not keys.expire(60.0)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"protocol": 2, "do": "status", "user": USER},
        asked(do="status") | {"user": 5},
        asked(do="status") | {"user": "x" * 65},
        asked(do="dump"),
        asked(do="keep"),
        asked(do="keep", key="zz", idle_seconds=60),
        asked(do="keep", key="01" * 31, idle_seconds=60),
        asked(do="keep", key="01" * 32, idle_seconds=0),
        asked(do="keep", key="01" * 32, idle_seconds=True),
        asked(do="keep", key="01" * 32, idle_seconds=10**9),
        asked(do="unwrap", wrapped=None, chest="c", epoch=1),
        asked(do="unwrap", wrapped="x", chest=1, epoch=1),
        asked(do="unwrap", wrapped="x", chest="c", epoch="1"),
        asked(do="unwrap", wrapped="x" * 300, chest="c", epoch=1),
    ],
)
def test_what_the_agent_does_not_understand_gets_an_error_and_no_key(message: dict[str, Any]) -> None:
    keys = Keys(0.0)
    keys.answer(asked(do="keep", key="01" * 32, idle_seconds=60), 0.0)
    answer = keys.answer(message, 1.0)
    assert answer.keys() == {"error"}


def test_no_answer_ever_holds_the_private_key() -> None:
    keys = Keys(0.0)
    keys.answer(asked(do="keep", key="ab" * 32, idle_seconds=60), 0.0)
    for verb in ("status", "unwrap", "keep", "dump", "", None):
        assert "ab" * 32 not in repr(keys.answer(asked(do=verb), 1.0))


def test_messages_are_short_and_whole_or_refused() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.settimeout(1)
        other.settimeout(1)
        send(one, {"do": "status"})
        assert receive(other) == {"do": "status"}
        with pytest.raises(BrokenTalk):
            send(one, {"do": "x" * 70_000})
        for data in (struct.pack(">I", 1 << 31), struct.pack(">I", 2) + b"[]", struct.pack(">I", 3) + b"\xff{}"):
            one.sendall(data)
            with pytest.raises(BrokenTalk):
                receive(other)
        one.sendall(struct.pack(">I", 5) + b"{")
        one.shutdown(socket.SHUT_WR)
        with pytest.raises(BrokenTalk):
            receive(other)


def test_noise_on_the_socket_does_not_stop_the_agent(keen: Person, agents: Path) -> None:
    folder, name = socket_place(keen.home.folder)
    for data in (b"", b"\0", b"GET / HTTP/1.0\r\n\r\n", struct.pack(">I", 8) + b"nonsense", os.urandom(300)):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(folder / name))
            connection.sendall(data)
    assert vault.vault_status(keen.home).unlocked is not None


def test_a_wrong_wrapped_key_is_told_by_the_agent_as_by_the_process(keen: Person) -> None:
    with pytest.raises(BadToken):
        AgentClient(keen.home.folder).unwrap(keen.id, "x" * 300, Binding("c", 1, keen.id))


def test_the_agent_answers_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unlock_agent, "peer_is_us", lambda connection: False)
    monkeypatch.setattr(unlock_agent, "FIRST_KEY_SECONDS", 1)
    listener = unlock_agent.bind(tmp_path, "a.sock")
    assert listener is not None
    with listener:
        serving = threading.Thread(target=unlock_agent.serve, args=(listener,))
        serving.start()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(5)
            connection.connect(str(tmp_path / "a.sock"))
            with pytest.raises((BrokenTalk, OSError)):
                send(connection, asked(do="keep", key="01" * 32, idle_seconds=60))
                receive(connection)
        serving.join(10)
        assert not serving.is_alive()


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="takes another account's place")
def test_another_account_gets_no_answer_even_where_all_doors_stand_open(keen: Person, agents: Path) -> None:
    folder, name = socket_place(keen.home.folder)
    agents.chmod(0o755)
    folder.chmod(0o755)
    (folder / name).chmod(0o666)
    program = (
        "import os, socket, sys; os.setgid(65534); os.setuid(65534)\n"
        "c = socket.socket(socket.AF_UNIX); c.settimeout(5); c.connect(sys.argv[1])\n"
        'data = b\'{"protocol":1,"do":"status","user":"%s"}\' % sys.argv[2].encode()\n'
        "try:\n    c.sendall(len(data).to_bytes(4, 'big') + data); print(len(c.recv(100)))\n"
        "except (BrokenPipeError, ConnectionResetError):\n    print(0)\n"
    )
    done = subprocess.run(
        ["/usr/bin/env", sys.executable, "-c", program, str(folder / name), keen.id],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "0", done.stderr
    folder.chmod(0o700)
    assert vault.vault_status(keen.home).unlocked is not None


def test_a_second_agent_gives_way(agents: Path, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    monkey = unlock_agent.bind(folder, "a.sock")
    assert monkey is not None
    with monkey:
        assert unlock_agent.bind(folder, "a.sock") is None
