"""What people and programs find in the shared MongoDB, and what goes over the wire to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import Int64, ObjectId
from pymongo import MongoClient

from modelops_tui.adapters.mongo_remote import MongoRemote, open_mongo_remote
from modelops_tui.errors import Invalid, OutsideMissing, Refused
from modelops_tui.ports_remote import RemoteAddress, RemoteUnreachable
from modelops_tui.services import sync
from tests.sync.conftest import Laptop, Opener, meet
from tests.sync.wire import Proxy, is_append, server_process

Connect = Callable[..., MongoRemote]


@pytest.fixture
def raw(server_port: int) -> Any:
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", server_port, directConnection=True, tz_aware=True)
    yield client
    client.close()


def on_mongo(laptop: Laptop, remote: MongoRemote) -> Laptop:
    laptop.remote = remote
    return laptop


def test_people_read_dates_and_follow_references(
    ada: Laptop, bob: Laptop, open_mongo: Connect, raw: Any, database: str
) -> None:
    on_mongo(ada, open_mongo())
    on_mongo(bob, open_mongo())
    ada.new("project", "iris")
    ada.new("training", "iris:t", notebook="n.ipynb", details={"a.b": 1})
    meet(ada, bob)
    views, log = raw[database], raw[f"{database}_log"]
    training = views["training"].find_one({"name": "t"})
    assert isinstance(training["project"], ObjectId) and isinstance(training["created_at"], datetime)
    assert training["created_at"].tzinfo is UTC or training["created_at"].utcoffset().total_seconds() == 0
    joined = list(
        views["training"].aggregate(
            [{"$lookup": {"from": "project", "localField": "project", "foreignField": "_id", "as": "of"}}]
        )
    )
    assert joined[0]["of"][0]["name"] == "iris"
    assert views["training"].count_documents({}) == 1
    assert isinstance(next(log["_log"].find())["_id"], int | Int64)
    assert set(raw[f"{database}_log"].list_collection_names()) == {"_log"}
    assert {"_meta", "_replicas", "project", "training", "user"} <= set(views.list_collection_names())
    ada.remove("project", "iris")
    meet(ada, bob)
    assert views["training"].find_one({"_id": training["_id"]})["_sync"]["del"] is True
    assert sync.verify_remote(bob.home, bob.remote) == []


def test_a_damaged_view_is_told_and_a_damaged_log_stops(
    ada: Laptop, bob: Laptop, open_mongo: Connect, raw: Any, database: str
) -> None:
    on_mongo(ada, open_mongo())
    on_mongo(bob, open_mongo())
    ada.new("project", "iris", desc="flowers")
    ada.sync()
    raw[database]["project"].update_one({"name": "iris"}, {"$set": {"desc": "hacked"}})
    assert [problem.path.split("/")[0] for problem in sync.verify_remote(ada.home, ada.remote)] == ["project"]
    raw[f"{database}_log"]["_log"].update_one({"_id": 1}, {"$set": {"z": b"not what was sent"}})
    sequence = bob.home.store.sequence
    with pytest.raises(Refused):
        bob.sync()
    assert bob.home.store.count("project") == 0 and bob.home.store.sequence <= sequence + 1
    assert sync.verify_remote(ada.home, ada.remote)[0].path == "log"
    raw[f"{database}_log"]["_log"].update_one({"_id": 1}, {"$unset": {"cid": 1}})
    with pytest.raises(Refused):
        bob.sync()


def test_a_second_sync_is_one_find(ada: Laptop, open_mongo: Connect, proxy: Proxy) -> None:
    on_mongo(ada, open_mongo(proxy.port))
    ada.new("project", "iris")
    ada.sync()
    proxy.captured.clear()
    asked: list[bytes] = []

    def count(message: bytes) -> str:
        asked.append(message)
        return ""

    proxy.judge = count
    assert ada.sync().nothing_new
    commands = [message for message in asked if b"hello" not in message and b"isMaster" not in message.lower()]
    assert len(commands) == 1 and b"\x02find\x00" in commands[0]
    assert len(proxy.captured) < 4000


def test_what_moves_is_in_proportion_to_what_changed(
    ada: Laptop, bob: Laptop, open_mongo: Connect, proxy: Proxy
) -> None:
    on_mongo(ada, open_mongo(proxy.port))
    ada.new("project", "iris")
    items = [
        {"kind": "training", "project": "iris", "name": f"t{number}", "notebook": "n.ipynb", "details": {"n": number}}
        for number in range(2000)
    ]
    ada.load(*items)
    ada.sync()
    whole = len(proxy.captured)
    proxy.captured.clear()
    for number in range(10):
        ada.set("training", f"iris:t{number}", details={"n": -1})
    assert ada.sync().pushed == 10
    assert len(proxy.captured) < whole / 20


@pytest.mark.parametrize("fault", ["lost", "reply", "late"])
def test_a_commit_whose_answer_is_lost_is_there_once(
    ada: Laptop, bob: Laptop, open_mongo: Connect, proxy: Proxy, fault: str, server_port: int
) -> None:
    on_mongo(ada, open_mongo(proxy.port))
    on_mongo(bob, open_mongo())
    ada.new("project", "iris")
    proxy.judge = lambda message: fault if is_append(message) else ""
    with pytest.raises(RemoteUnreachable):
        ada.sync()
    proxy.judge = lambda message: ""
    assert sync.sync_status(ada.home).under_way
    ada.set("project", "iris", desc="changed while it was under way")
    bob.new("project", "other")
    bob.sync()
    meet(ada, bob)
    proxy.deliver()
    meet(ada, bob)
    assert ada.bodies() == bob.bodies() and bob.get("project", "iris")["desc"].startswith("changed")
    log = sync.sync_log(ada.remote)
    assert len({head.cid for head in log}) == len(log)
    assert sync.verify_remote(ada.home, ada.remote) == []


def test_leaving_a_server_that_died_takes_no_time(ada: Laptop, tmp_path: Path) -> None:
    with server_process(tmp_path / "server") as server:
        on_mongo(ada, open_mongo_remote(RemoteAddress(f"mongodb://127.0.0.1:{server.port}/", "x", timeout=5)))
        ada.sync()
        server.kill()
        begun = time.monotonic()
        ada.remote.close()
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("mongodb://127.0.0.1:9/?directConnection=true", "127.0.0.1:9 does not answer: nothing listens there"),
        ("mongodb://127.0.0.1:9,127.0.0.1:10/?replicaSet=rs", "nothing listens there"),
        ("mongodb://nowhere.invalid/?tls=true", "its name is not known"),
    ],
)
def test_a_remote_that_is_not_there_is_a_sentence_at_once(open_laptop: Opener, uri: str, says: str) -> None:
    eve = open_laptop("eve")
    on_mongo(eve, open_mongo_remote(RemoteAddress(uri, "x", timeout=60)))
    begun = time.monotonic()
    with pytest.raises(RemoteUnreachable) as failure:
        eve.sync()
    assert says in failure.value.says and time.monotonic() - begun < 30
    eve.remote.close()


@pytest.mark.parametrize(
    ("uri", "fine"),
    [
        ("mongodb://localhost/team", True),
        ("mongodb://127.0.0.1:27017,[::1]:27018/team", True),
        ("mongodb://db.example.org/team", False),
        ("mongodb://db.example.org/team?tls=true", True),
        ("mongodb://db.example.org/team?ssl=true", True),
        ("mongodb+srv://db.example.org/team", True),
        ("mongodb+srv://db.example.org/team?tls=false", False),
        ("mongodb://localhost,db.example.org/team", False),
        ("mongodb://localhost.example.org/team", False),
        ("mongodb://127.0.0.1.example.org/team", False),
        ("mongodb://ada@localhost/team", False),
        ("mongodb://ada:secret@localhost/team", False),
        ("mongodb://db.example.org/?tls=true&tlsInsecure=true", False),
        ("mongodb://db.example.org/?tls=true&tlsAllowInvalidCertificates=true", False),
        ("http://localhost/team", False),
        ("mongodb://", False),
        ("", False),
    ],
)
def test_clear_text_goes_to_this_machine_only(open_laptop: Opener, uri: str, fine: bool) -> None:
    eve = open_laptop("eve", met=False)
    if fine:
        sync.add_remote(eve.home, "team", uri)
        assert sync.remotes(eve.home)[0].uri == uri
        return
    with pytest.raises(Invalid) as wrong:
        sync.add_remote(eve.home, "team", uri)
    assert "secret" not in repr([*wrong.value.problems, wrong.value.says])
    with pytest.raises((Invalid, OutsideMissing)):
        open_mongo_remote(RemoteAddress(uri, "x")).close()


def test_clear_text_may_be_allowed(open_laptop: Opener) -> None:
    eve = open_laptop("eve", met=False)
    sync.add_remote(eve.home, "team", "mongodb://db.example.org/team", allow_plaintext=True)
    found = sync.remotes(eve.home)[0]
    assert (found.database, found.credential, found.allow_plaintext) == ("team", "", True)
