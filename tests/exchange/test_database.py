"""Databases on a real server: written, read back, written again; types survive the wire."""

from __future__ import annotations

from collections import UserString
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from modelops_tui.adapters.mongo_exchange import read_database, write_database
from modelops_tui.errors import OutsideMissing, Refused, WrongUse
from modelops_tui.services import exchange
from modelops_tui.services.home import Home
from tests.exchange.conftest import original
from tests.exchange.contracts import breaches

pymongo = pytest.importorskip("pymongo")
NewHome = Callable[..., Home]


@pytest.fixture
def name(mongo: str) -> Iterator[str]:
    """The name of a database that no other test has."""
    found = f"exchange_{uuid4().hex[:12]}"
    yield found
    with pymongo.MongoClient(mongo) as client:
        client.drop_database(found)


@pytest.mark.parametrize("system", ["noronha", "odtp"])
def test_a_written_export_is_read_back_the_same_and_written_once(
    new_home: NewHome, mongo: str, name: str, system: str
) -> None:
    home = new_home(sample=True)
    exported = exchange.export(home, system)
    first = write_database(mongo, name, exported, dry_run=False)
    assert {each: counts["inserted"] for each, counts in first.items()} == {
        each: len(all_) for each, all_ in exported.items()
    }
    there = read_database(mongo, name)
    assert breaches(system, there) == []
    second = write_database(mongo, name, exchange.plan_export(home, system, there).collections, dry_run=False)
    assert all(counts["inserted"] == counts["replaced"] == 0 for counts in second.values())
    assert exchange.plan_export(home, system, there).report.replaced == []
    plan = exchange.plan_import(home, system, there)
    assert plan.documents == () and plan.report.refused == []


@pytest.mark.parametrize("system", ["noronha", "odtp"])
def test_types_on_the_server_are_those_of_bson(new_home: NewHome, mongo: str, name: str, system: str) -> None:
    import bson

    write_database(mongo, name, exchange.export(new_home(sample=True), system), dry_run=False)
    with pymongo.MongoClient(mongo) as client:
        if system == "noronha":
            training = client[name]["training"].find_one({"ds": {"$ne": None}})
            assert type(training["_id"]) is str and type(training["modified"]) is datetime
            assert type(training["task"]["progress"]) is float
        else:
            step = client[name]["steps"].find_one({"output": {"$exists": True}})
            assert type(step["_id"]) is type(step["executionRef"]) is type(step["output"]) is bson.ObjectId
            assert type(step["component_version"]) is str and type(step["createdAt"]) is datetime
            assert client[name]["users"].count_documents({"digitalTwins": {"$type": "objectId"}}) > 0


def test_a_dry_run_counts_and_writes_nothing(new_home: NewHome, mongo: str, name: str) -> None:
    exported = exchange.export(new_home(sample=True), "odtp")
    counts = write_database(mongo, name, exported, dry_run=True)
    assert counts["steps"]["inserted"] == len(exported["steps"])
    assert read_database(mongo, name) == {}


def test_what_others_have_there_stays_and_only_what_differs_is_replaced(mongo: str, name: str) -> None:
    write_database(mongo, name, {"c": [{"_id": "a", "n": 1}, {"_id": "b", "n": 1}, {"_id": "x"}]}, dry_run=False)
    counts = write_database(mongo, name, {"c": [{"_id": "a", "n": 1.0}, {"_id": "b", "n": 1}]}, dry_run=False)
    assert counts == {"c": {"inserted": 0, "replaced": 1, "unchanged": 1}}
    assert [raw["_id"] for raw in read_database(mongo, name)["c"]] == ["a", "b", "x"]
    assert type(read_database(mongo, name)["c"][0]["n"]) is float


def test_values_of_every_type_survive(mongo: str, name: str) -> None:
    values: dict[str, Any] = {
        "_id": UserString("64b0" + "0" * 20),
        "date": datetime(2026, 1, 1, 8, 0, 0, 123000, tzinfo=UTC),
        "long": 2**53 + 1,
        "bytes": b"\x00\x01",
        "decimal": {"$numberDecimal": "1.10"},
        "pattern": {"$regularExpression": {"pattern": "a", "options": ""}},
        "not extended": {"$oid": "short"},
        "maps": [{"a": None, "b": [True, 1, 1.5, "x"]}],
    }
    write_database(mongo, name, {"c": [values]}, dry_run=False)
    found = read_database(mongo, name)["c"][0]
    assert found == values and isinstance(found["_id"], UserString)
    assert write_database(mongo, name, {"c": [found]}, dry_run=False)["c"]["unchanged"] == 1


def test_an_odd_database_on_a_server_is_taken_like_one_in_a_file(new_home: NewHome, mongo: str, name: str) -> None:
    for system in ("noronha", "odtp"):
        write_database(mongo, name + system, original(system), dry_run=False)
        there = exchange.plan_import(new_home(), system, read_database(mongo, name + system))
        here = exchange.plan_import(new_home(), system, original(system))
        assert sorted(there.report.taken) == sorted(here.report.taken)
        with pymongo.MongoClient(mongo) as client:
            client.drop_database(name + system)


def test_what_bson_cannot_hold_is_refused(mongo: str, name: str) -> None:
    for value in ({"nul\x00": 1}, 2**70):
        with pytest.raises(Refused):
            write_database(mongo, name, {"c": [{"_id": "a", "v": value}]}, dry_run=False)


def test_a_server_that_is_not_there_is_one_sentence_without_the_password() -> None:
    with pytest.raises(OutsideMissing) as missing:
        read_database("mongodb://ada:s3cret@127.0.0.1:1/?serverSelectionTimeoutMS=100", "odtp")
    assert "s3cret" not in missing.value.says + missing.value.hint


@pytest.mark.parametrize("uri", ["", "http://host", "mongodb://", "mongodb://ada:s3cr@t@h:x", "mongodb://h:99999999"])
def test_an_address_that_is_none_is_told_without_being_repeated(uri: str) -> None:
    with pytest.raises((WrongUse, OutsideMissing)) as wrong:
        read_database(uri, "odtp")
    assert "s3cr" not in wrong.value.says + wrong.value.hint


def test_a_name_that_no_database_can_have_is_told(mongo: str) -> None:
    with pytest.raises(WrongUse):
        read_database(mongo, "a.b")


def test_pymongo_is_loaded_only_when_a_database_is_opened() -> None:
    import subprocess
    import sys

    program = "import sys, modelops_tui.adapters.mongo_exchange, modelops_tui.services.exchange.importing\n"
    program += "print('pymongo' in sys.modules or 'bson' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
