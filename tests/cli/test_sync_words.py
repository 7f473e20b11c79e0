"""Sync by command: two people meet on a real server, and what they are told, as text, as JSON and as a number."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from modelops_tui.cli import session
from modelops_tui.ports_remote import RemoteAddress
from tests.cli.conftest import Call, Outcome
from tests.cli.teams import At, ada_fixture, bob_fixture, bodies, clash, joined, meet, uri_fixture
from tests.cli.test_processes import HEAVY
from tests.sync.wire import Proxy

__all__ = ["ada_fixture", "bob_fixture", "uri_fixture"]


def test_two_people_meet_and_a_second_sync_says_that_nothing_is_new(ada: Call, bob: Call) -> None:
    ada("project", "new", "iris")
    rehearsed = ada("sync", "--dry-run")
    assert rehearsed.code == 0 and rehearsed.out.startswith("would send") and "Nothing was written" in rehearsed.err
    told = ada("sync")
    assert told.code == 0 and told.err == "" and "1 project" in told.out
    assert ada("sync").lines == ["team      nothing came and nothing went"]
    told = bob("sync", "--dry-run", "--json")
    assert (
        told.value["dry_run"] and told.value["pulled_commits"] == 1 and bob("project", "list", "-o", "name").out == ""
    )
    told = bob("sync", "--json")
    came, went = told.value["commits"]
    assert (came["user"], came["sent"], went["user"], went["sent"], went["summary"]) == (
        "ada",
        False,
        "bob",
        True,
        "1 user",
    )
    assert bob("project", "list", "-o", "name").lines == ["iris"]
    log = bob("sync", "log", "--json").value
    assert [(row["commit"], row["by"]) for row in log] == [(2, "bob"), (1, "ada")]
    assert len(bob("sync", "log", "--limit", "1", "-o", "jsonl").lines) == 1
    made = next(change for change in bob("changes", "--json").value if change["by"] == "ada")
    assert made["says"].startswith("sync: ") and "1 project" in made["says"]
    assert bob("sync", "verify").code == 0
    ada("sync")
    assert ada("sync", "status", "--json").value["unsent"] == 0 and ada("sync", "--json").value["nothing_new"]


def test_only_one_way_is_gone_when_asked(ada: Call, bob: Call) -> None:
    ada("project", "new", "iris")
    ada("sync")
    told = bob("sync", "--push-only")
    assert told.code == 4 and "1 commits must be taken in first" in told.out
    assert bob("sync", "--pull-only").code == 0 and bob("sync", "status", "--json").value["unsent"] == 1
    assert len(bob("sync", "log", "--json").value) == 1
    assert bob("sync", "--push-only").code == 0 and len(bob("sync", "log", "--json").value) == 2
    assert bob("sync", "--push-only", "--pull-only").code == 2
    before = bob("sync", "--dry-run", "status")
    assert before.code == 2 and "modelops sync status" in before.err


def test_what_waits_is_told_with_its_reason_and_ends_with_4(ada: Call, bob: Call) -> None:
    ada("model", "new", "iris", "--desc", "flowers")
    meet(ada, bob)
    ada("model", "set", "iris", "desc=edited")
    ada("sync")
    bob("model", "rm", "iris", "--yes")
    bob("model", "new", "iris")
    told = bob("sync")
    assert told.code == 4 and "held" in told.out
    (held,) = bob("sync", "status", "--json").value["held"]
    assert held["key"] == "iris" and held["says"] in bob("sync", "status").out


def test_words_of_others_are_shown_and_never_obeyed(ada: Call, bob: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    ada("model", "new", "iris")
    meet(ada, bob)
    ada("model", "set", "iris", "desc=\x1b[31mred\x07")
    bob("model", "set", "iris", "desc=plain")
    meet(ada, bob)
    for words in (["sync"], ["sync", "conflicts"], ["sync", "show", "iris"], ["changes"], ["sync", "log"]):
        assert "\x1b" not in bob(*words).out
    ada("remote", "set", "team", "--rename", "\x1b[2Jteam")
    for words in (["remote", "list"], ["sync", "status"], ["status"], ["sync"]):
        told = ada(*words)
        assert told.code == 0 and "\x1b" not in told.out + told.err


def test_a_damaged_remote_is_told_by_verify(ada: Call, server_port: int, database: str) -> None:
    ada("project", "new", "iris", "--desc", "flowers")
    ada("sync")
    assert ada("sync", "verify", "--json").value == []
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", server_port, directConnection=True)
    client[database]["project"].update_one({"name": "iris"}, {"$set": {"desc": "hacked"}})
    client.close()
    told = ada("sync", "verify")
    assert told.code == 4 and told.out.startswith("project/") and "1 problem." in told.err
    assert ada("sync", "verify", "--json").value[0]["place"].startswith("project/")


def test_a_remote_that_was_emptied_stops_and_reclone_begins_anew(
    ada: Call, bob: Call, server_port: int, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada("project", "new", "iris")
    meet(ada, bob)
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", server_port, directConnection=True)
    client.drop_database(database)
    client.drop_database(f"{database}_log")
    client.close()
    told = ada("sync")
    assert told.code == 4 and "modelops sync reclone" in told.err
    asked = ada("sync", "reclone")
    assert asked.code == 2 and "--yes" in asked.err and "only here: sent" in asked.err
    monkeypatch.setattr(session, "can_ask", lambda: True)
    assert "Nothing was changed." in ada("sync", "reclone", stdin="n\n").err and ada("sync").code == 4
    told = ada("sync", "reclone", "--json", stdin="y\n")
    assert told.code == 0 and told.value["pushed"] > 0
    told = bob("sync", "reclone", "--yes")
    assert told.code == 0 and "the same on both sides" in told.err
    meet(ada, bob)
    assert ada("sync", "verify").code == bob("sync", "verify").code == 0
    assert bob("project", "list", "-o", "name").lines == ["iris"]


def test_a_server_that_moved_is_followed_without_sending_all_again(
    ada: Call, bob: Call, proxy: Proxy, database: str
) -> None:
    ada("project", "new", "iris")
    meet(ada, bob)
    moved = f"mongodb://localhost:{proxy.port}/{database}?directConnection=true"
    assert ada("remote", "set", "team", "--uri", moved).code == 0
    assert ada("sync", "--json").value["nothing_new"]
    ada("project", "set", "iris", "desc=x")
    assert ada("sync", "--json").value["pushed"] == 1 and len(proxy.captured) > 0
    other = ada("remote", "set", "team", "--database", f"{database}x")
    assert other.code == 0
    told = ada("sync")
    assert told.code == 4 and "reclone" in told.err


def test_a_server_that_is_away_is_one_sentence(ada: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteAddress.__new__, "__defaults__", ("", False, 0.3))
    ada("remote", "set", "team", "--uri", "mongodb://127.0.0.1:9/team?directConnection=true")
    told = ada("sync")
    assert told.code == 7 and "does not answer" in told.err and told.out == ""


def test_what_completes_conflicts_remotes_and_choices(
    ada: Call, bob: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clash(ada, bob)
    bob("sync")
    (id,) = bob("sync", "conflicts", "-o", "name").lines
    monkeypatch.setenv("_MODELOPS_COMPLETE", "fish")
    for words, found in (
        ("sync con", "conflicts"),
        ("sync --pu", "--push-only"),
        ("sync show ir", "iris"),
        (f"sync show {id[:4]}", id),
        ("sync resolve ir", "iris"),
        ("sync resolve iris --take t", "theirs"),
        ("sync resolve iris --field de", "desc=theirs"),
        ("remote remove te", "team"),
        ("remote set te", "team"),
        ("exchange import od", "odtp"),
    ):
        monkeypatch.setenv("_MODELOPS_LINE", f"modelops --home {tmp_path / 'bob'} --as bob {words}")
        told = bob()
        assert (told.code, told.err) == (0, "") and found in [row.split("\t")[0] for row in told.lines], words


WITHOUT = """
import sys
for name in ("pymongo", "bson"):
    sys.modules[name] = None
from modelops_tui.__main__ import run
code = run(sys.argv[1:])
heavy = {heavy!r} & {{name.split(".")[0] for name in sys.modules if sys.modules[name] is not None}}
if code == 0 and heavy:
    sys.stderr.write(f"loaded {{heavy}}")
    code = 99
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["remote", "list"], 0),
        (["sync", "status"], 0),
        (["sync", "conflicts"], 0),
        (["status"], 0),
        (["sync", "show", "iris"], 3),
        (["sync"], 7),
        (["sync", "log"], 7),
        (["sync", "--every", "1h"], 7),
        (["exchange", "import", "odtp", "mongodb://127.0.0.1:9/"], 7),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_asks_no_server_needs_no_pymongo(at: At, tmp_path: Path, words: list[str], code: int) -> None:
    joined(at("ada"), "mongodb://127.0.0.1:9/team")
    program = WITHOUT.format(heavy=HEAVY - {"pymongo"})
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", str(tmp_path / "ada"), "--as", "ada", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert ("pip install 'modelops-tui[mongo]'" in done.stderr) is (code == 7) and "Traceback" not in done.stderr


def test_homes_that_went_apart_are_the_same_after_all(ada: Call, bob: Call, tmp_path: Path) -> None:
    clash(ada, bob)
    meet(bob, ada)
    for line in bob("sync", "conflicts", "-o", "name").lines:
        bob("sync", "resolve", line, "--take", "theirs")
    meet(bob, ada)
    assert bodies(tmp_path / "ada", "ada") == bodies(tmp_path / "bob", "bob")


def test_who_may_read_little_is_told_little(ada: Call, bob: Call, call: Call, tmp_path: Path) -> None:
    clash(ada, bob)
    bob("sync")
    bob("user", "new", "guest")

    def guest(*words: str) -> Outcome:
        return call("--home", str(tmp_path / "bob"), "--as", "guest", *words)

    assert guest("sync", "conflicts", "--json").value == [] and guest("sync", "show", "iris").code == 3
    assert guest("sync", "resolve", "iris", "--take", "theirs").code == 3
    bob("role", "new", "reader")
    bob("permission", "new", "--role", "reader", "--category", "project", "--actions", "read")
    bob("user", "set", "guest", "roles=reader")
    assert guest("sync", "show", "iris", "--json").value["key"] == "iris"
    assert guest("sync", "resolve", "iris", "--take", "theirs").code == 5
    assert len(bob("sync", "conflicts", "--json").value) == 1
