"""Exchange by command: databases of Noronha and ODTP on a real server, taken in, written, and written again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pymongo import MongoClient

from modelops_tui.adapters.mongo_exchange import read_database, write_database
from modelops_tui.cli import session
from tests.cli.conftest import Call
from tests.exchange.conftest import original
from tests.exchange.contracts import breaches

At = Callable[[str], Call]
SYSTEMS = ("noronha", "odtp")


@pytest.fixture
def server(server_port: int) -> str:
    return f"mongodb://127.0.0.1:{server_port}/?directConnection=true"


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_export_keeps_the_contract_and_a_second_one_changes_nothing(
    modelops: Call, server: str, database: str, system: str
) -> None:
    words = ("exchange", "export", system, server, "--database", database)
    rehearsed = modelops(*words, "--dry-run", "--json")
    assert rehearsed.value["dry_run"] and rehearsed.value["counts"]["taken"] > 50
    assert read_database(server, database) == {}
    told = modelops(*words, "--json")
    assert told.code == (4 if told.value["refused"] else 0)
    written = told.value["written"]
    assert sum(counts["inserted"] for counts in written.values()) == rehearsed.value["counts"]["taken"]
    assert breaches(system, read_database(server, database)) == []
    again = modelops(*words)
    assert "0  new there" in again.out and "replaced" not in again.out and again.code == told.code


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_would_be_replaced_there_is_shown_and_asked_about(
    modelops: Call, server: str, database: str, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("exchange", "export", system, server, "--database", database)
    modelops(*words)
    kind, name, field = ("project", "churn", "desc") if system == "noronha" else ("user", "ada", "display_name")
    assert modelops(kind, "set", name, f"{field}=Other").code == 0
    before = read_database(server, database)
    told = modelops(*words)
    assert told.code == 2 and "--yes" in told.err and f"In {database} these are replaced:" in told.err
    monkeypatch.setattr(session, "can_ask", lambda: True)
    assert "Nothing was written." in modelops(*words, stdin="n\n").err
    assert read_database(server, database) == before
    told = modelops(*words, stdin="y\n")
    assert told.code in (0, 4) and "replaced" in told.out
    assert read_database(server, database) != before
    assert modelops(*words, "--yes").code == told.code


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_import_is_one_change_that_undo_takes_back(at: At, server: str, database: str, system: str) -> None:
    write_database(server, database, original(system), dry_run=False)
    cyd = at("cyd")
    words = ("exchange", "import", system, server, "--database", database)
    rehearsed = cyd(*words, "--dry-run", "--json")
    taken = rehearsed.value["counts"]["taken"]
    assert taken > 5 and rehearsed.value["made"] == {} and len(cyd("changes", "--json").value) == 1
    told = cyd(*words, "--json")
    assert sum(told.value["made"].values()) == taken
    assert told.code == (4 if told.value["refused"] else 0) and "modelops undo" in told.err
    again = cyd(*words)
    assert (
        f"{taken:>7,}  here already" in again.out
        and "      0  taken" in again.out
        and len(cyd("changes", "--json").value) == 2
    )
    assert cyd("doctor").code == 0
    assert cyd("undo").code == 0 and cyd("project", "list", "--json").value == []
    assert read_database(server, database).keys() == {name for name, documents in original(system).items() if documents}


def test_what_could_not_be_taken_is_told_with_its_reason(at: At, server: str, database: str) -> None:
    write_database(server, database, {"steps": [{"_id": "x" * 5, "executionRef": "gone"}]}, dry_run=False)
    told = at("cyd")("exchange", "import", "odtp", server, "--database", database)
    assert told.code == 4 and "1  not taken" in told.out and "not taken  steps xxxxx: " in told.out


def test_the_database_in_the_address_or_the_systems_own_is_meant(at: At, server: str, database: str) -> None:
    write_database(server, database, original("odtp"), dry_run=False)
    cyd = at("cyd")
    told = cyd("exchange", "import", "odtp", server.replace("/?", f"/{database}?"), "--dry-run", "--json")
    assert told.value["database"] == database and told.value["counts"]["taken"] > 5
    empty = cyd("exchange", "import", "noronha", server, "--database", f"{database}x")
    assert empty.code == 3 and f"{database}x" in empty.err and "--database NAME" in empty.err
    assert cyd("exchange", "export", "odtp", server.replace("/?", "/a.b?"), "--yes").code == 6


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["import", "mlflow", "mongodb://127.0.0.1/"], 2, "noronha and odtp"),
        (["export", "odtp", "mongodb://db.example.org/"], 6, "--allow-plaintext"),
        (["export", "odtp", "mongodb://db.example.org/?tls=true&tlsInsecure=true"], 6, "certificate"),
        (["import", "odtp", "localhost"], 6, "mongodb://HOST/DATABASE"),
        (["import", "odtp", "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100"], 7, "does not answer"),
        (["import", "odtp", "mongodb://127.0.0.1/", "--credential", "keys/db"], 3, "keys"),
        (["import", "odtp"], 2, "URI"),
    ],
)
def test_what_cannot_be_exchanged_with_is_told(call: Call, words: list[str], code: int, says: str) -> None:
    told = call("exchange", *words)
    assert told.code == code and says in told.err and told.out == ""


def test_who_may_not_read_everything_exports_nothing(modelops: Call, server: str, database: str) -> None:
    modelops("user", "new", "guest")
    told = modelops("--as", "guest", "exchange", "export", "odtp", server, "--database", database)
    assert told.code == 5 and read_database(server, database) == {}


def test_hostile_text_of_a_database_is_shown_and_not_obeyed(at: At, server: str, database: str) -> None:
    hostile: dict[str, Any] = {
        "_id": "a\x1b[31mb",
        "_cls": "SmartDoc.Project",
        "name": "x\x1b]52;c;aGk=\x07",
        "odd\x1b": 1,
    }
    client: MongoClient[dict[str, Any]] = MongoClient(server)
    client[database]["project"].insert_one(hostile)
    client.close()
    told = at("cyd")("exchange", "import", "noronha", server, "--database", database)
    assert told.code in (0, 4) and "\x1b" not in told.out + told.err and "\x07" not in told.out + told.err
