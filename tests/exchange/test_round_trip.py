"""What goes out and comes back is the same, and a second time nothing happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import exchange, loading
from modelops_tui.services.exchange.systems import COLLECTIONS
from modelops_tui.services.home import Home
from tests.exchange.conftest import original
from tests.exchange.contracts import CONTRACTS

SYSTEMS = ("noronha", "odtp")
NewHome = Callable[..., Home]
STAMPS = {"rev", "created_by", "origin"}
# What the originals have no field for; everything else must come back, field by field.
NO_PLACE: dict[str, set[str]] = {
    "project": {"home_dir"},
    "dataset": {"files"},
    "training": {"machine", "pretrained"},
    "model-version": {"files"},
    "deployment": {"machine"},
    "treasure-chest": {"entries", "header"},
    "user": {"roles", "has_password", "password_verifier", "public_key", "fingerprint"},
    "component-version": {"component_version", "title"},
    "workflow": {"steps"},
    "execution": {"tags", "workflow_schema", "executor", "executor_version", "execution_path", "prepared_at", "runs"},
    "step": {"name", "after", "secrets", "machine", "attempts", "state"},
    "output": {"sha256"},
    "log": {"attempt"},
}


def lists(database: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: sorted(documents, key=lambda raw: str(raw["_id"])) for name, documents in database.items()}


def without_times(database: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    stamps = ("modified", "created_at", "updated_at", "createdAt", "updatedAt")
    return {
        name: [{field: value for field, value in raw.items() if field not in stamps} for raw in documents]
        for name, documents in lists(database).items()
    }


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_export_taken_in_where_it_came_from_finds_the_same_documents(new_home: NewHome, system: str) -> None:
    home = new_home(sample=True)
    plan = exchange.plan_import(home, system, exchange.export(home, system))
    assert plan.report.refused == [] and plan.documents == ()
    before = home.store.sequence
    assert exchange.do_import(home, plan) == {}
    assert home.store.sequence == before


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_export_taken_in_elsewhere_and_exported_again_is_the_same_database(new_home: NewHome, system: str) -> None:
    exported = exchange.export(new_home(sample=True), system)
    other = new_home("somebody-else")
    plan = exchange.plan_import(other, system, exported)
    assert plan.report.refused == []
    exchange.do_import(other, plan)
    back = exchange.export(other, system)
    if system == "odtp":
        back["users"] = [user for user in back["users"] if str(user["_id"]) != other.user["id"]]
    assert lists(back) == lists(exported)


@pytest.mark.parametrize("system", SYSTEMS)
def test_documents_come_back_with_every_field_that_has_a_place(new_home: NewHome, system: str) -> None:
    home, other = new_home(sample=True), new_home("somebody-else")
    plan = exchange.plan_import(other, system, exchange.export(home, system))
    exchange.do_import(other, plan)
    twins = {str(item["id"]): str(item["id"]) for kind in COLLECTIONS[system] for item in home.documents(BY_NAME[kind])}
    if system == "noronha":
        twins = twins_by_key(home, other)
    for kind in COLLECTIONS[system]:
        for document in home.documents(BY_NAME[kind]):
            other_document = other.names.get(kind, twins[document["id"]])
            assert other_document is not None
            # Noronha knows when a document was last written, not when it was made.
            stamps = {"created_at"} if system == "noronha" else set()
            # A cancelled step is told to ODTP as one that failed, because it did not finish.
            stamps |= {"error", "msg"} if document.get("state") == "CANCELLED" else set()
            assert lost(kind, document, other_document, twins, stamps) == set()


def twins_by_key(home: Home, other: Home) -> dict[str, str]:
    from modelops_tui.entities.keys import label_of

    def by_key(where: Home) -> dict[tuple[str, str], str]:
        kinds = [BY_NAME[name] for name in (*COLLECTIONS["noronha"], "user")]
        return {(k.name, label_of(k, d, where.names)): d["id"] for k in kinds for d in where.documents(k)}

    there = by_key(other)
    return {id: there[key] for key, id in by_key(home).items() if key in there}


def lost(kind: str, document: Document, other: Document, twins: dict[str, str], more: set[str]) -> set[str]:
    """The fields that did not come back although the other system has a place for them."""
    found = set()
    for name, value in document.items():
        if name in STAMPS | more | NO_PLACE.get(kind, set()) or (
            (kind, name) == ("user", "state") and value == "deleted"
        ):
            continue
        if translated(value, twins) not in (other.get(name), translated(other.get(name), {})):
            found.add(f"{name}: {value!r} became {other.get(name)!r}")
    return found


def translated(value: Any, twins: dict[str, str]) -> Any:
    """A value with the ids of the other home, without what is empty, and with whole megabytes."""
    if isinstance(value, list):
        return [translated(item, twins) for item in value] or None
    if isinstance(value, dict):
        items = {name: translated(item, twins) for name, item in value.items() if name != "home_dir"}
        if value.keys() == {"kind", "id", "key"}:
            # The key at the time is all that Noronha knows of an origin; it may be gone or renamed since.
            del items["id"]
        if "max_mb" in items and items["max_mb"] < 1:
            items["max_mb"] = 1
        return {name: item for name, item in items.items() if item not in (None, "")} or None
    return twins.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_second_import_of_an_odd_database_takes_nothing(new_home: NewHome, system: str) -> None:
    home = new_home()
    first = exchange.plan_import(home, system, original(system))
    assert first.documents and exchange.do_import(home, first)
    second = exchange.plan_import(home, system, original(system))
    assert second.documents == () and len(second.report.unchanged) == len(first.report.taken)
    assert second.report.refused == first.report.refused


@pytest.mark.parametrize("system", SYSTEMS)
def test_two_homes_give_an_original_document_the_same_id(new_home: NewHome, system: str) -> None:
    plans = [exchange.plan_import(new_home(), system, original(system)) for _ in range(2)]
    assert [item["id"] for item in plans[0].documents] == [item["id"] for item in plans[1].documents]
    if system == "noronha":
        from hashlib import sha256

        iris = next(item for item in plans[0].documents if item["origin"]["id"] == "iris")
        assert len(iris["id"]) == 24
        assert iris["id"] == sha256(b"noronha\x1fproject\x1firis").digest()[:12].hex()
    else:
        ids = {str(raw["_id"]) for documents in original(system).values() for raw in documents}
        made = [item["id"] for item in plans[0].documents if item["id"] not in ids]
        assert len(made) == 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_odd_database_keeps_its_shape_from_the_second_export_on(new_home: NewHome, system: str) -> None:
    home, other = new_home("root"), new_home("root")
    exchange.do_import(home, exchange.plan_import(home, system, original(system)))
    once = exchange.export(home, system)
    exchange.do_import(other, exchange.plan_import(other, system, once))
    twice = exchange.export(other, system)
    own = [home.user["id"], other.user["id"]]
    for database in (once, twice):
        for name, documents in database.items():
            kept = [raw for raw in documents if str(raw["_id"]) not in own]
            database[name] = [{field: value for field, value in raw.items() if value not in own} for raw in kept]
    assert without_times(twice) == without_times(once)


def test_what_was_renamed_here_is_found_again_by_its_origin(new_home: NewHome) -> None:
    from modelops_tui.services import records

    home = new_home()
    database = original("noronha")
    exchange.do_import(home, exchange.plan_import(home, "noronha", database))
    model = records.find_one(home, BY_NAME["model"], "tiny")
    records.rename(home, BY_NAME["model"], model["id"], "small")
    report = exchange.plan_import(home, "noronha", database).report
    assert report.taken == []
    assert any("model small is here already and differs in _id, name" in line.says for line in report.refused)


def test_what_changed_on_one_side_is_told_and_left_alone(new_home: NewHome) -> None:
    home = new_home(sample=True)
    database = exchange.export(home, "odtp")
    database["components"][0]["description"] = "quite another"
    plan = exchange.plan_import(home, "odtp", database)
    assert plan.documents == ()
    assert [line.id for line in plan.report.refused] == [str(database["components"][0]["_id"])]
    assert "differs in description" in plan.report.refused[0].says


def test_a_project_made_here_and_one_of_the_same_name_there_are_the_same(new_home: NewHome) -> None:
    home = new_home()
    loading.load(home, [{"kind": "project", "id": "a" * 24, "name": "iris"}])
    database = {
        "project": [{"_id": "iris", "_cls": "SmartDoc.Project", "name": "iris"}],
        "training": [{"_id": "iris:t", "_cls": "SmartDoc.Training", "name": "t", "proj": "iris", "notebook": "n"}],
    }
    plan = exchange.plan_import(home, "noronha", database)
    assert [item["project"] for item in plan.documents] == ["a" * 24]
    assert [line.id for line in plan.report.unchanged] == ["iris"]


def test_an_export_keeps_what_others_put_into_arrays(new_home: NewHome) -> None:
    home = new_home(sample=True)
    there = exchange.export(home, "odtp")
    twin = there["digitalTwins"][0]
    assert exchange.plan_export(home, "odtp", there).report.taken == []
    assert exchange.plan_export(home, "odtp", there).report.replaced == []
    twin["executions"] = [*twin["executions"], type(twin["_id"])("f" * 24)]
    again = exchange.plan_export(home, "odtp", there)
    assert again.report.replaced == []
    assert again.collections["digitalTwins"][0]["executions"][-1] == "f" * 24


def test_every_collection_of_the_contract_is_written_even_when_empty(new_home: NewHome) -> None:
    home = new_home()
    for system in SYSTEMS:
        assert exchange.export(home, system).keys() == CONTRACTS[system].keys()
