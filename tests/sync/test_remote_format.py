"""The format is what REMOTE-FORMAT.md says: a few lines that share no code with ours read all of it."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from bson import Int64, ObjectId
from pymongo import MongoClient

import modelops_tui
from modelops_tui.adapters.mongo_remote import MongoRemote
from modelops_tui.errors import Refused
from modelops_tui.services import sync
from tests.sync.conftest import Laptop, meet
from tests.sync.test_private import furnish

DOCUMENT = Path(modelops_tui.__file__).with_name("REMOTE-FORMAT.md")
Connect = Callable[..., MongoRemote]
Database = Any


# The reader: everything it knows is on that page.


def read_log(log: Database) -> tuple[dict[str, Any], int]:
    """The last body of each document, with the commit and the user it is from, and the last number."""
    there: dict[str, Any] = {}
    number, last = 0, "0" * 64
    for commit in log["_log"].find(sort=[("_id", 1)]):
        assert commit["_id"] == number + 1 and commit["prev"] == last
        assert commit["hash"] == sha256(bytes.fromhex(last) + commit["z"]).hexdigest()
        changes = json.loads(zlib.decompress(commit["z"]).decode())
        assert len(changes) == commit["n"] == len({name for name, _ in changes})
        there |= {name: (body, commit["_id"], commit["user"]) for name, body in changes}
        number, last = commit["_id"], commit["hash"]
    return there, number


def plain(value: Any) -> Any:
    """A value of a view as a body has it."""
    if isinstance(value, dict):
        return {plain_name(name): plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, ObjectId):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    return int(value) if isinstance(value, Int64) else value


def plain_name(name: str) -> str:
    return re.sub("%(25|2E|24|00|5F)", lambda sign: bytes.fromhex(sign[1]).decode(), name)


def read_views(views: Database, log: dict[str, Any]) -> dict[str, Any]:
    """What the views show of the same documents."""
    shown: dict[str, Any] = {}
    for kind in {name.partition("/")[0] for name in log}:
        for document in views[kind.replace("-", "_")].find():
            mark = document.pop("_sync")
            id = str(document.pop("_id"))
            body = None if mark.get("del") else plain(document)
            assert mark.keys() <= {"seq", "by", "del"} and (body is not None or not document)
            shown[f"{kind}/{id}"] = (body, mark["seq"], str(mark["by"]))
    return shown


# What it reads.


@pytest.fixture
def raw(server_port: int) -> Any:
    client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", server_port, directConnection=True, tz_aware=True)
    yield client
    client.close()


@pytest.fixture
def written(ada: Laptop, bob: Laptop, open_mongo: Connect) -> None:
    """A remote with documents of many kinds, edits, removals, strange names and all sorts of values."""
    ada.remote, bob.remote = open_mongo(), open_mongo()
    furnish(ada)
    details = {
        "a.b": {"$gt": 1, "x\0y": 2, "%24": 3, "_id": 4, "_sync": 5},
        "numbers": [0, 1.5, 2**53, -(2**63), 1e300, True, None],
        "id": "1" * 24,
        "at": "2026-11-21T23:53:00.123Z",
        "deep": [[{"x": [[1]]}], {}, []],
        "text": "ünï\u0000 \u2028 🙂",
    }
    ada.new("model", "clf")
    ada.new("dataset", "clf:d", details=details)
    ada.set("training", "iris:t", details=details, datasets=["clf:d"])
    ada.new("project", "gone")
    meet(ada, bob)
    bob.remove("project", "gone")
    bob.set("project", "iris", desc="by bob", models=["clf"])
    meet(bob, ada)


def test_a_reader_that_knows_only_the_page_reads_the_log_and_the_views(
    ada: Laptop, written: None, raw: Any, database: str
) -> None:
    there, last = read_log(raw[f"{database}_log"])
    assert len({name.partition("/")[0] for name in there}) > 12
    assert read_views(raw[database], there) == there
    bodies = {tuple(name.split("/")): body for name, (body, _, _) in there.items() if body is not None}
    own = ada.bodies()
    assert bodies.keys() == own.keys()
    for key, body in bodies.items():
        assert {name: body.get(name) for name in own[key]} == own[key]
    assert any(body is None for body, _, _ in there.values())
    meta = {item["_id"]: item for item in raw[database]["_meta"].find()}
    assert meta["view"]["applied"] == last
    assert meta["remote"].keys() == {"_id", "remote_id", "format", "schema", "min_reader", "min_writer"}
    assert f"version {meta['remote']['format']}\n" in DOCUMENT.read_text()
    replicas = list(raw[database]["_replicas"].find())
    assert {item["user"] for item in replicas} == {"ada", "bob"}
    assert all(item.keys() == {"_id", "user", "n", "client", "at"} for item in replicas)


def test_the_page_names_every_field_of_a_commit_and_no_other(written: None, raw: Any, database: str) -> None:
    named = re.findall(r"^\| `(\w+)` \| ([\w -]+) \|", DOCUMENT.read_text(), re.MULTILINE)
    types: dict[str, type[Any] | tuple[type[Any], ...]] = {
        "64-bit integer": int,
        "integer": int,
        "text": str,
        "binary": bytes,
        "date": datetime,
    }
    for commit in raw[f"{database}_log"]["_log"].find():
        assert commit.keys() == {name for name, _ in named}
        for name, type_ in named:
            assert isinstance(commit[name], types[type_]), name
        assert re.fullmatch("[0-9a-f]{24}", commit["cid"]) and re.fullmatch("[0-9a-f]{64}", commit["hash"])
    assert next(raw[f"{database}_log"]["_log"].aggregate([{"$project": {"t": {"$type": "$_id"}}}]))["t"] == "long"


def test_references_are_ids_and_times_are_dates_and_nothing_else_changes(
    ada: Laptop, written: None, raw: Any, database: str
) -> None:
    training = raw[database]["training"].find_one({"name": "t"})
    for reference in (
        training["_id"],
        training["project"],
        training["created_by"],
        *training["datasets"],
        training["bvers"]["origin"]["id"],
        training["bvers"]["project"]["origin"]["id"],
        training["_sync"]["by"],
    ):
        assert isinstance(reference, ObjectId)
    for time in (training["created_at"], training["updated_at"], training["bvers"]["built_at"]):
        assert isinstance(time, datetime)
    assert isinstance(training["details"]["id"], str) and isinstance(training["details"]["at"], str)
    assert raw[database]["project"].count_documents({"_sync.del": {"$exists": False}}) == 2
    assert set(raw[database].list_collection_names()) >= {"artifact_revision", "build_version"}
    assert raw[f"{database}_log"].list_collection_names() == ["_log"]


# What a newer program leaves there.

BLOB = "e" * 64


def newer_program_wrote(raw: Any, database: str, **meta: int) -> None:
    """A commit with a blob, as a program of schema 2 might write it, and what it says of the remote."""
    views, log = raw[database], raw[f"{database}_log"]["_log"]
    views["_meta"].update_one({"_id": "remote"}, {"$max": {"schema": 2, **meta}})
    views["blobs.files"].insert_one({"_id": BLOB, "length": 3, "chunkSize": 261120, "uploadDate": datetime.now(UTC)})
    views["blobs.chunks"].insert_one({"files_id": BLOB, "n": 0, "data": b"abc"})
    last = log.find_one(sort=[("_id", -1)])
    stamps = dict.fromkeys(("created_at", "updated_at"), "2026-01-01T00:00:00.000Z")
    body = {**stamps, "created_by": "5" * 24, "name": "of-the-future", "picture": {"blob": BLOB, "size": 3}}
    z = zlib.compress(json.dumps([[f"project/{'f' * 24}", body]]).encode())
    log.insert_one(
        {
            **last,
            "_id": Int64(last["_id"] + 1),
            "cid": "d" * 24,
            "prev": last["hash"],
            "hash": sha256(bytes.fromhex(last["hash"]) + z).hexdigest(),
            "schema": 2,
            "n": 1,
            "z": z,
            "blobs": [BLOB],
        }
    )


def blobs(raw: Any, database: str) -> list[Any]:
    return [*raw[database]["blobs.files"].find(), *raw[database]["blobs.chunks"].find()]


def test_blobs_that_one_does_not_know_are_left_alone_and_what_names_them_is_kept(
    ada: Laptop, bob: Laptop, written: None, raw: Any, database: str
) -> None:
    newer_program_wrote(raw, database)
    before = blobs(raw, database)
    bob.sync()
    assert bob.get("project", "of-the-future")["picture"]["blob"] == BLOB
    bob.set("project", "of-the-future", desc="edited by an older program")
    meet(bob, ada)
    assert ada.get("project", "of-the-future")["picture"] == {"blob": BLOB, "size": 3}
    assert raw[database]["project"].find_one({"name": "of-the-future"})["picture"]["blob"] == BLOB
    assert blobs(raw, database) == before and sync.verify_remote(ada.home, ada.remote) == []


def test_where_blobs_are_for_newer_writers_only_one_takes_in_and_sends_nothing(
    bob: Laptop, written: None, raw: Any, database: str
) -> None:
    newer_program_wrote(raw, database, min_writer=2)
    bob.new("project", "bobs")
    count = raw[f"{database}_log"]["_log"].count_documents({})
    assert "schema 2" in bob.sync().refused_push and bob.get("project", "of-the-future")
    assert raw[f"{database}_log"]["_log"].count_documents({}) == count and bob.unsent_records() > 0


def test_where_blobs_are_for_newer_readers_only_nothing_is_taken_in(
    bob: Laptop, written: None, raw: Any, database: str
) -> None:
    newer_program_wrote(raw, database, min_reader=2, min_writer=2)
    sequence = bob.home.store.sequence
    with pytest.raises(Refused, match="schema 2"):
        bob.sync()
    assert bob.home.store.sequence == sequence and len(blobs(raw, database)) == 2


def test_a_newer_program_that_comes_in_the_middle_is_noticed(
    bob: Laptop, written: None, raw: Any, database: str
) -> None:
    """It raised what readers need after that was read, and before its commit was."""
    bob.new("project", "bobs")
    send, wrote = bob.remote.append, []

    def append(entry: Any) -> None:
        if not wrote:
            wrote.append(True)
            newer_program_wrote(raw, database, min_reader=2, min_writer=2)
        send(entry)

    bob.remote.append = append
    with pytest.raises(Refused, match="schema 2"):
        bob.sync()
    assert bob.home.store.get("project", "f" * 24) is None and bob.get("project", "bobs")
