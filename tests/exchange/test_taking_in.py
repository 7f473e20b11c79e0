"""Original databases as they are found: whatever is odd is taken as well as it can be, told, and never lost."""

from __future__ import annotations

from collections import UserString
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import exchange
from modelops_tui.services.exchange.importing import ImportPlan
from modelops_tui.services.home import Home
from tests.exchange.conftest import original

NewHome = Callable[..., Home]


def oid(number: int) -> str:
    return f"64b0{number:020x}"


def taken(plan: ImportPlan, collection: str, key: str) -> Document:
    found = [d for d in plan.documents if (d["origin"]["collection"], d["origin"]["id"]) == (collection, key)]
    assert len(found) == 1
    return found[0]


def says(plan: ImportPlan, part: str, key: str) -> str:
    return " ".join(line.says for line in getattr(plan.report, part) if line.id == key)


@pytest.fixture
def noronha(new_home: NewHome) -> ImportPlan:
    return exchange.plan_import(new_home(), "noronha", original("noronha"))


@pytest.fixture
def odtp(new_home: NewHome) -> ImportPlan:
    return exchange.plan_import(new_home(), "odtp", original("odtp"))


@pytest.mark.parametrize("system", ["noronha", "odtp"])
def test_every_document_is_taken_or_refused_with_a_reason(new_home: NewHome, system: str) -> None:
    database = original(system)
    report = exchange.plan_import(new_home(), system, database).report
    told = {(line.collection, line.id) for line in report.taken + report.refused}
    assert {(name, str(raw["_id"])) for name, documents in database.items() for raw in documents} <= told
    assert all(line.says for line in report.refused)


@pytest.mark.parametrize("system", ["noronha", "odtp"])
def test_planning_writes_nothing_and_the_plan_is_what_is_loaded(new_home: NewHome, system: str) -> None:
    home = new_home()
    before = home.store.sequence
    plan = exchange.plan_import(home, system, original(system))
    assert home.store.sequence == before
    assert sum(exchange.do_import(home, plan).values()) == len(plan.documents) == len(plan.report.taken)
    assert home.store.sequence == before + 1


def test_states_in_lower_or_upper_case_become_ours(noronha: ImportPlan) -> None:
    assert taken(noronha, "training", "iris:night.7")["task"]["state"] == "FINISHED"
    tasks = taken(noronha, "deployment", "iris:api")["tasks"]
    assert [task["state"] for task in tasks.values()] == ["FINISHED", "WAITING"]


def test_dates_are_kept_as_they_stand(noronha: ImportPlan) -> None:
    project = taken(noronha, "project", "iris")
    assert project["updated_at"] == project["created_at"] == "2023-03-01T09:00:00.250Z"
    assert taken(noronha, "build_version", "iris:v1")["built_at"] == "2023-03-01T10:00:00.000Z"


def test_a_frozen_copy_knows_its_origin(noronha: ImportPlan) -> None:
    copy = taken(noronha, "model_version", "iris-clf:v1")["train"]
    training = taken(noronha, "training", "iris:night.7")
    assert copy["origin"] == {"kind": "training", "id": training["id"], "key": "iris:night.7"}
    assert copy["taken_at"] == "2023-03-02T04:00:00.000Z"
    assert copy["project"]["name"] == "iris"


def test_a_label_inside_a_copy_stays_text_and_one_in_its_place_becomes_a_copy(noronha: ImportPlan) -> None:
    second = taken(noronha, "model_version", "iris-clf:v2")["pretrained"]
    assert second["pretrained"] == "iris-clf:v0:2023-01-01 10:00:00"
    third = taken(noronha, "model_version", "iris-clf:v3")["pretrained"]
    assert third["origin"]["id"] == taken(noronha, "model_version", "iris-clf:v2")["id"]
    assert (third["name"], third["taken_at"]) == ("v2", "2023-03-04T04:00:01.000Z")


def test_dangling_keys_are_told_and_dropped_or_refused(noronha: ImportPlan) -> None:
    assert len(taken(noronha, "project", "iris")["models"]) == 1
    assert "gone-model" in says(noronha, "notes", "iris")
    assert "model_version" not in taken(noronha, "training", "iris:broken")
    assert "project that is not there: lost" in says(noronha, "refused", "lost:v1")


def test_references_of_any_form_are_followed(noronha: ImportPlan) -> None:
    tiny = taken(noronha, "model", "tiny")["id"]
    assert taken(noronha, "project", "Iris")["models"] == [tiny]
    assert taken(noronha, "dataset", "tiny:none")["model"] == tiny
    bare = taken(noronha, "build_version", "bare:latest")
    assert bare["project"] == taken(noronha, "project", "bare")["id"]


def test_what_has_no_place_is_in_the_origin(noronha: ImportPlan) -> None:
    assert taken(noronha, "training", "iris:night.7")["origin"]["kept"] == {"deploy_update": True}
    assert taken(noronha, "dataset", "tiny:none")["origin"]["kept"]["colour"] == "blue"
    assert taken(noronha, "project", "Iris")["origin"]["kept"]["git_repo"] == "not an address"
    assert taken(noronha, "training", "iris:broken")["origin"]["kept"]["task.state"] == "exploded"
    assert says(noronha, "kept", "tiny:none") != ""


def test_dates_and_ids_inside_maps_come_back_as_they_were(new_home: NewHome) -> None:
    home = new_home()
    exchange.do_import(home, exchange.plan_import(home, "noronha", original("noronha")))
    details = next(raw for raw in exchange.export(home, "noronha")["dataset"] if raw["name"] == "fisher")["details"]
    assert details["taken"] == datetime(1936, 1, 1, tzinfo=UTC)
    assert isinstance(details["by"], UserString) and details["by"] == oid(1)


def test_names_that_differ_only_in_case_are_told_apart_here_and_the_same_there(new_home: NewHome) -> None:
    home = new_home()
    plan = exchange.plan_import(home, "noronha", original("noronha"))
    assert taken(plan, "project", "Iris")["name"] == "Iris"
    assert taken(plan, "project", "iris")["name"].startswith("iris-")
    exchange.do_import(home, plan)
    assert {raw["_id"] for raw in exchange.export(home, "noronha")["project"]} == {"iris", "Iris", "bare"}


def test_the_owner_of_a_chest_is_a_user_who_may_do_nothing_yet(noronha: ImportPlan) -> None:
    owner = taken(noronha, "owner", "CORP\\ada")
    assert (owner["kind"], owner["name"], owner["roles"]) == ("user", "CORP-ada", [])
    assert taken(noronha, "treasure_chest_doc", "store")["owner"] == owner["id"]
    assert "yours" in says(noronha, "notes", "orphan")


def test_users_without_a_login_name_get_one_and_never_somebody_elses(new_home: NewHome) -> None:
    home = new_home("ada-lovelace")
    plan = exchange.plan_import(home, "odtp", original("odtp"))
    users = [taken(plan, "users", oid(number)) for number in (1, 2, 3)]
    assert [user["name"] for user in users] == ["ada-lovelace-000001", "ada-lovelace-000002", "grace"]
    assert [user["display_name"] for user in users[:2]] == ["Ada Lovelace"] * 2
    assert all(user["roles"] == [] and user["id"] != home.user["id"] for user in users)
    assert [user["state"] for user in users] == ["active", "active", "disabled"]


def test_text_and_object_ids_point_at_the_same(odtp: ImportPlan) -> None:
    assert taken(odtp, "digitalTwins", oid(0x11))["user"] == oid(1)
    assert taken(odtp, "digitalTwins", oid(0x12))["user"] == oid(1)
    assert taken(odtp, "versions", oid(0x33))["component"] == oid(0x22)
    assert taken(odtp, "versions", oid(0x32))["component"] == oid(0x21)
    assert [step["version"] for step in taken(odtp, "workflows", oid(0x41))["steps"]] == [
        oid(0x31),
        oid(0x31),
        oid(0x33),
    ]


def test_steps_stand_in_the_order_of_the_array_and_those_it_forgets_come_last(odtp: ImportPlan) -> None:
    places = {number: taken(odtp, "steps", oid(0x60 + number))["index"] for number in range(3)}
    assert places == {1: 0, 0: 1, 2: 2}
    assert taken(odtp, "steps", oid(0x62))["execution"] == oid(0x51)
    assert taken(odtp, "steps", oid(0x62))["after"] == [taken(odtp, "steps", oid(0x60))["name"]]


def test_the_state_of_a_step_follows_from_what_its_last_run_left(odtp: ImportPlan) -> None:
    states = {number: taken(odtp, "steps", oid(0x60 + number))["state"] for number in range(5)}
    assert states == {0: "FINISHED", 1: "FAILED", 2: "WAITING", 3: "WAITING", 4: "FINISHED"}


def test_an_execution_without_a_workflow_gets_one_of_what_it_ran(odtp: ImportPlan) -> None:
    execution = taken(odtp, "executions", oid(0x52))
    workflow = next(item for item in odtp.documents if item["id"] == execution["workflow"])
    assert [step["version"] for step in workflow["steps"]] == [oid(0x31), oid(0x32)]
    assert execution["workflow_schema"]["origin"]["id"] == workflow["id"]
    assert (execution["executor"], execution["title"]) == ("barfi", "first (000052)")


def test_the_same_repository_twice_is_one_component(odtp: ImportPlan) -> None:
    assert "the same as" in says(odtp, "refused", oid(0x23))


def test_what_hangs_on_a_refused_document_is_refused_with_it(odtp: ImportPlan) -> None:
    assert "component that is not there" in says(odtp, "refused", oid(0x34))
    assert "component-version that is not there" in says(odtp, "refused", oid(0x65))
    assert "digital-twin that is not there" in says(odtp, "refused", oid(0x53))


def test_dangling_entries_of_arrays_are_told(odtp: ImportPlan) -> None:
    assert "digitalTwins lists a digital-twin that is not there" in says(odtp, "notes", oid(1))
    assert "steps lists a step that is not there" in says(odtp, "notes", oid(0x51))


def test_odd_maps_of_an_odtp_yml_are_read_and_come_back_as_they_were(new_home: NewHome) -> None:
    home = new_home()
    plan = exchange.plan_import(home, "odtp", original("odtp"))
    version = taken(plan, "versions", oid(0x31))
    assert version["parameters"][0] == {
        "name": "RATE",
        "datatype": "float",
        "default": 0.5,
        "description": "share",
        "bounds": [0, "inf"],
        "allow_custom": False,
    }
    assert version["devices"] == [{"type": "gpu", "required": True}]
    assert version["build_args"] == {"JAVA": "17"}
    assert version["tools"][0]["author"] == "D. S., Team"
    exchange.do_import(home, plan)
    raw = next(item for item in original("odtp")["versions"] if item["_id"] == oid(0x31))
    back = next(item for item in exchange.export(home, "odtp")["versions"] if item["_id"] == oid(0x31))
    for name in ("parameters", "devices", "build-args", "tools", "ports", "secrets", "data-outputs"):
        assert back[name] == raw[name]


def test_raw_maps_that_were_edited_here_are_written_as_edited(new_home: NewHome) -> None:
    from modelops_tui.services import records

    home = new_home()
    exchange.do_import(home, exchange.plan_import(home, "odtp", original("odtp")))
    records.change(home, BY_NAME["component-version"], oid(0x31), {"devices": [], "parameters": [{"name": "ONE"}]})
    back = next(item for item in exchange.export(home, "odtp")["versions"] if item["_id"] == oid(0x31))
    assert (back["devices"], back["parameters"]) == ([], [{"name": "ONE"}])


SPOILED: list[Any] = [None, 5, True, "text", [], [1, None], {}, {"a": {"b": [1]}}, UserString(oid(1)), float("nan")]


@pytest.mark.slow
@pytest.mark.parametrize("value", SPOILED, ids=repr)
@pytest.mark.parametrize("system", ["noronha", "odtp"])
def test_any_field_may_hold_anything_and_the_rest_is_still_taken(new_home: NewHome, system: str, value: Any) -> None:
    home = new_home()
    for collection, documents in original(system).items():
        names = dict.fromkeys(name for raw in documents for name in raw)
        for name in names:
            database = original(system)
            database[collection] = [{**raw, name: value} for raw in documents[:1]] + documents[1:]
            report = exchange.plan_import(home, system, database).report
            assert report.taken


def test_one_document_that_cannot_be_stored_does_not_hold_up_the_others(new_home: NewHome) -> None:
    home = new_home()
    deep: Any = {}
    for _ in range(95):
        deep = {"a": deep}
    database = original("noronha")
    database["dataset"][0]["details"] = deep
    database["model"].append({"_id": "deep", "_cls": "SmartDoc.Model", "name": "deep", "strange": {"a": deep}})
    plan = exchange.plan_import(home, "noronha", database)
    assert "nested deeper" in says(plan, "refused", "deep") + says(plan, "notes", "deep")
    assert sum(exchange.do_import(home, plan).values()) == len(plan.documents) > 15
