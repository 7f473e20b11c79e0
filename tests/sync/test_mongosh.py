"""What is shared can be read with mongosh: it counts, finds and joins what laptops synced, and sees who wrote it.

It needs the npm package `mongosh` on the PATH, and a Node of at least 20.19 for it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.adapters.mongo_remote import MongoRemote
from tests.sync.conftest import Laptop, meet

MONGOSH = shutil.which("mongosh")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not MONGOSH, reason="needs mongosh")]

Ask = Callable[[str], Any]
THERE = '{"_sync.del": {$exists: false}}'


@pytest.fixture
def ask(server_port: int, database: str, tmp_path: Path) -> Ask:
    """Gives what a person would see who types an expression, as plain JSON values."""
    settings = tmp_path / ".mongodb" / "mongosh"
    settings.mkdir(parents=True)
    # Whoever tests tells nobody about it.
    (settings / "config").write_text('{"enableTelemetry": false}')

    def ask_it(expression: str) -> Any:
        uri = f"mongodb://127.0.0.1:{server_port}/{database}?directConnection=true"
        words = [str(MONGOSH), uri, "--quiet", "--norc", "--eval", f"EJSON.stringify({expression})"]
        surroundings = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(words, env=surroundings, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return ask_it


@pytest.fixture
def team(ada: Laptop, bob: Laptop, open_mongo: Callable[..., MongoRemote]) -> tuple[Laptop, Laptop]:
    """Two who share trainings on a data set, a renamed project and one that was removed."""
    ada.remote, bob.remote = open_mongo(), open_mongo()
    ada.new("model", "clf")
    ada.new("dataset", "clf:d")
    ada.new("project", "iris", desc="flowers")
    for number in range(12):
        ada.new("training", f"iris:t{number}", notebook="n.ipynb", datasets=["clf:d"], details={"lr": number / 10})
    ada.new("project", "gone")
    meet(ada, bob)
    bob.rename("project", "iris", "lily")
    bob.remove("project", "gone")
    bob.set("training", "lily:t3", details={"lr": 0.25})
    meet(bob, ada)
    return ada, bob


def test_it_counts_and_finds_what_is_there(team: tuple[Laptop, Laptop], ask: Ask) -> None:
    ada, bob = team
    counts = ask(
        f"[db.training.countDocuments({THERE}), db.project.countDocuments({THERE}), db.project.countDocuments({{}})]"
    )
    assert counts == [12, 1, 2]
    training = ada.get("training", "lily:t3")
    found = ask(f"db.training.find({{'details.lr': {{$gt: 0.15, $lt: 0.28}}, ...{THERE}}}).sort({{name: 1}}).toArray()")
    assert [item["name"] for item in found] == ["t2", "t3"]
    assert found[1]["_id"] == {"$oid": training["id"]} and found[1]["project"] == {"$oid": training["project"]}
    # Times are dates, which mongosh shows to the thousandth.
    assert found[1]["created_at"] == {"$date": training["created_at"]}
    assert found[1]["_sync"]["by"] == {"$oid": bob.home.user["id"]}
    removed = ask("db.project.findOne({'_sync.del': true})")
    assert removed.keys() == {"_id", "_sync"} and ask("db.project.find({name: /^li/}).count()") == 1
    sorts = "[typeof db.training.findOne().details.lr, db.training.findOne().created_at instanceof Date]"
    assert ask(sorts) == ["number", True]


def test_it_joins_the_views_and_groups_them(team: tuple[Laptop, Laptop], ask: Ask) -> None:
    steps = """[
        {$match: {"_sync.del": {$exists: false}}},
        {$lookup: {from: "project", localField: "project", foreignField: "_id", as: "of"}},
        {$lookup: {from: "dataset", localField: "datasets", foreignField: "_id", as: "read"}},
        {$lookup: {from: "user", localField: "_sync.by", foreignField: "_id", as: "by"}},
        {$unwind: "$of"}, {$unwind: "$read"}, {$unwind: "$by"},
        {$group: {_id: {project: "$of.name", dataset: "$read.name", by: "$by.name"}, runs: {$sum: 1},
            best: {$max: "$details.lr"}}},
        {$sort: {runs: -1}}
    ]"""
    assert ask(f"db.training.aggregate({steps}).toArray()") == [
        {"_id": {"project": "lily", "dataset": "d", "by": "ada"}, "runs": 11, "best": 1.1},
        {"_id": {"project": "lily", "dataset": "d", "by": "bob"}, "runs": 1, "best": 0.25},
    ]


def test_it_reads_who_did_what_from_the_log(team: tuple[Laptop, Laptop], ask: Ask) -> None:
    ada, bob = team
    log = ask("db.getSiblingDB(db.getName() + '_log').getCollection('_log').find({}, {z: 0}).sort({_id: 1}).toArray()")
    users = [ada.home.user["id"], bob.home.user["id"]]
    assert [item["_id"] for item in log] == list(range(1, len(log) + 1)) and log[0]["user"] == users[0]
    assert log[-1]["user"] == users[1] and all(item["user"] in users for item in log)
