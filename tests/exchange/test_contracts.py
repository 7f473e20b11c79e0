"""What is exported is what the original programs demand, field by field and type by type."""

from __future__ import annotations

import copy
from collections import UserString
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from modelops_tui.errors import NotPermitted, WrongUse
from modelops_tui.services import exchange, loading
from modelops_tui.services.home import Home
from tests.exchange.conftest import original
from tests.exchange.contracts import BACK_REFERENCES, breaches

SYSTEMS = ("noronha", "odtp")
NewHome = Callable[..., Home]


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_sample_registry_is_exported_as_the_contract_says(new_home: NewHome, system: str) -> None:
    exported = exchange.export(new_home(sample=True), system)
    assert all(exported.values())
    assert breaches(system, exported) == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_empty_home_is_exported_as_the_contract_says(new_home: NewHome, system: str) -> None:
    assert breaches(system, exchange.export(new_home(), system)) == []


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_odd_database_comes_out_as_the_contract_says(new_home: NewHome, system: str) -> None:
    home = new_home()
    exchange.do_import(home, exchange.plan_import(home, system, original(system)))
    exported = exchange.export(home, system)
    raw = {str(version["_id"]): version for version in original(system).get("versions", [])}
    for version in exported.get("versions", []):
        # What a file said in a way of its own comes back as it was, also where no other file says it so.
        for name in ("devices", "ports", "build-args"):
            if version[name] and not isinstance(version[name], list if name != "build-args" else dict):
                assert version.pop(name) == raw[str(version["_id"])][name]
                version[name] = None
        if version["ports"] == ["8501"]:
            version["ports"] = None
    assert breaches(system, exported) == []


@pytest.mark.parametrize(("owners", "array", "children", "field"), BACK_REFERENCES)
def test_arrays_of_owners_are_complete(new_home: NewHome, owners: str, array: str, children: str, field: str) -> None:
    exported = exchange.export(new_home(sample=True), "odtp")
    for owner in exported[owners]:
        owned = {str(child["_id"]) for child in exported[children] if str(child[field]) == str(owner["_id"])}
        listed = [str(id) for id in owner.get(array, [])]
        assert len(listed) == len(set(listed)) and set(listed) == owned


def test_steps_are_listed_in_the_order_they_run_in(new_home: NewHome) -> None:
    home = new_home(sample=True)
    order = {step["id"]: step["index"] for step in home.store.documents("step").values()}
    for execution in exchange.export(home, "odtp")["executions"]:
        indexes = [order[str(id)] for id in execution["steps"]]
        assert indexes == sorted(indexes)


def test_steps_that_run_in_another_order_than_they_were_made_in_keep_it(new_home: NewHome) -> None:
    home = new_home()
    exchange.do_import(home, exchange.plan_import(home, "odtp", original("odtp")))
    execution = exchange.export(home, "odtp")["executions"][0]
    there = original("odtp")["executions"][0]
    assert [str(id) for id in execution["steps"]] == [str(id) for id in there["steps"][:3]]
    assert execution["steps"] != sorted(execution["steps"])


DAMAGES: list[tuple[str, Callable[[dict[str, list[dict[str, Any]]]], Any]]] = [
    ("noronha", lambda db: db["training"][0].update(machine="m")),
    ("noronha", lambda db: db["training"][0].pop("_cls")),
    ("noronha", lambda db: db["training"][0]["bvers"].update(_cls="BuildVersion")),
    ("noronha", lambda db: db["training"][0]["bvers"]["proj"].update(home_dir="/home/ada")),
    ("noronha", lambda db: db["training"][0]["task"].update(state="FINISHED")),
    ("noronha", lambda db: db["training"][0]["task"].update(_id="x")),
    ("noronha", lambda db: db["training"][0].update(proj={"_id": "iris-lab"})),
    ("noronha", lambda db: db["dataset"][0].update(modified="2026-01-01T00:00:00Z")),
    ("noronha", lambda db: db["model"].clear()),
    ("odtp", lambda db: db["digitalTwins"][0].update(userRef=UserString(db["digitalTwins"][0]["userRef"]))),
    ("odtp", lambda db: db["executions"][0].update(digitalTwinRef=str(db["executions"][0]["digitalTwinRef"]))),
    ("odtp", lambda db: db["workflows"][0].pop("deprecated")),
    ("odtp", lambda db: db["users"][0].update(digitalTwins=[])),
    ("odtp", lambda db: db["steps"][0].update(createdAt="2026-01-01T00:00:00Z")),
    ("odtp", lambda db: db["steps"].pop()),
    ("odtp", lambda db: db["executions"][0].update(execution_path="/srv")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("system", "damage"), DAMAGES)
def test_the_contract_notices_what_is_wrong(
    new_home: NewHome, system: str, damage: Callable[[dict[str, list[dict[str, Any]]]], Any]
) -> None:
    exported = copy.deepcopy(exchange.export(new_home(sample=True), system))
    damage(exported)
    assert breaches(system, exported) != []


def moment(hour: int) -> datetime:
    return datetime(2026, 4, 1, hour, tzinfo=UTC)


def at(hour: int) -> str:
    return f"2026-04-01T{hour:02d}:00:00.000Z"


def test_a_training_is_written_with_exactly_these_values(new_home: NewHome) -> None:
    home = new_home()
    build = {
        "origin": {"kind": "build-version", "id": "b" * 24, "key": "iris:v1"},
        "taken_at": at(2),
        "tag": "v1",
        "project": {
            "origin": {"kind": "project", "id": "a" * 24, "key": "iris"},
            "taken_at": at(2),
            "name": "iris",
            "home_dir": "/home/ada/iris",
        },
        "docker_id": "sha256:abc",
        "built_at": at(1),
    }
    training = {
        "kind": "training",
        "project": "a" * 24,
        "name": "night",
        "updated_at": at(4),
        "created_at": at(3),
        "bvers": build,
        "notebook": "n/train.ipynb",
        "task": {"state": "FINISHED", "progress": 1, "start_time": at(3), "update_time": at(4)},
        "details": {"lr": 0.1, "since": {"$date": at(1)}, "run": {"$oid": "9" * 24}},
        "machine": "here",
        "datasets": ["e" * 24],
        "model_version": "d" * 24,
    }
    loading.load(
        home,
        [
            {"kind": "project", "id": "a" * 24, "name": "iris", "home_dir": "/home/ada/iris"},
            {"kind": "model", "id": "c" * 24, "name": "clf"},
            {"kind": "model-version", "id": "d" * 24, "model": "c" * 24, "name": "v1"},
            {"kind": "dataset", "id": "e" * 24, "model": "c" * 24, "name": "fisher"},
            training,
        ],
    )
    assert exchange.export(home, "noronha")["training"] == [
        {
            "_id": "iris:night",
            "_cls": "SmartDoc.Training",
            "modified": moment(4),
            "name": "night",
            "proj": "iris",
            "bvers": {
                "_cls": "EmbeddedBuildVersion",
                "_id": "iris:v1",
                "modified": moment(2),
                "tag": "v1",
                "proj": {"_cls": "EmbeddedProject", "_id": "iris", "modified": moment(2), "name": "iris"},
                "docker_id": "sha256:abc",
                "built_at": moment(1),
            },
            "notebook": "n/train.ipynb",
            "task": {
                "_cls": "TrainTask",
                "state": "finished",
                "progress": 1.0,
                "start_time": moment(3),
                "update_time": moment(4),
            },
            "details": {"lr": 0.1, "since": moment(1), "run": UserString("9" * 24)},
            "mover": "clf:v1",
            "ds": "clf:fisher",
            "deploy_update": False,
        }
    ]


def test_an_execution_and_its_steps_are_written_with_exactly_these_values(new_home: NewHome) -> None:
    home = new_home()
    user = home.user["id"]
    stamps = {"created_at": at(1), "updated_at": at(2)}
    loading.load(
        home,
        [
            {"kind": "component", "id": "c" * 24, "name": "loader", "repo_link": "https://git.example/loader"},
            {"kind": "component-version", "id": "e" * 24, "component": "c" * 24, "version": "v1", "commit_hash": "ab"},
            {"kind": "workflow", "id": "f" * 24, "name": "load", "steps": [{"name": "one", "version": "e" * 24}]},
            {"kind": "digital-twin", "id": "d" * 24, "user": user, "name": "Corsica"},
            {
                "kind": "execution",
                "id": "a" * 24,
                "digital_twin": "d" * 24,
                "title": "first",
                "workflow": "f" * 24,
                "workflow_schema": "f" * 24,
                "execution_path": "/srv/first",
                "executor": "modelops",
                "executor_version": "1.0",
                **stamps,
            },
            {
                "kind": "step",
                "id": "b" * 24,
                "execution": "a" * 24,
                "index": 0,
                "component_version": "e" * 24,
                "state": "FAILED",
                "error": True,
                "msg": "exit code 1",
                "ports": ["8501:8501"],
                "timestamp": at(1),
                "start_timestamp": at(2),
                "parameters": {"rate": 0.5},
                **stamps,
            },
        ],
    )
    exported = exchange.export(home, "odtp")
    assert exported["executions"] == [
        {
            "_id": UserString("a" * 24),
            "title": "first",
            "description": "",
            "deprecated": False,
            "start_timestamp": None,
            "end_timestamp": None,
            "execution_path": None,
            "createdAt": moment(1),
            "updatedAt": moment(2),
            "dt_id": "d" * 24,
            "digitalTwinRef": UserString("d" * 24),
            "workflow_id": UserString("f" * 24),
            "workflowSchema": {
                "workflowExecutor": "odtpwf",
                "workflowExecutorVersion": "0.2.0",
                "component_versions": ["e" * 24],
                "workflowExecutorSchema": [0],
            },
            "steps": [UserString("b" * 24)],
        }
    ]
    assert exported["steps"] == [
        {
            "_id": UserString("b" * 24),
            "timestamp": moment(1),
            "start_timestamp": moment(2),
            "end_timestamp": None,
            "type": "ephemeral",
            "inputs": {},
            "outputs": {},
            "parameters": {"rate": 0.5},
            "ports": ["8501:8501"],
            "run_step": True,
            "createdAt": moment(1),
            "updatedAt": moment(2),
            "logs": [],
            "component_version": "e" * 24,
            "secrets": False,
            "executionRef": UserString("a" * 24),
            "error": True,
            "msg": "exit code 1",
        }
    ]
    assert exported["versions"][0]["component_version"] == "v1"


def test_a_graph_is_written_in_an_order_in_which_it_can_run(new_home: NewHome) -> None:
    home = new_home()
    versions = [f"{number}" * 24 for number in (1, 2, 3)]
    steps = [
        {"name": "last", "version": versions[2], "after": ["left", "right"]},
        {"name": "left", "version": versions[0]},
        {"name": "right", "version": versions[1]},
    ]
    made = [
        {"kind": "component-version", "id": id, "component": "c" * 24, "version": id, "commit_hash": "a"}
        for id in versions
    ]
    component = {"kind": "component", "id": "c" * 24, "name": "loader", "repo_link": "https://git.example/loader"}
    loading.load(home, [component, *made, {"kind": "workflow", "name": "graph", "steps": steps}])
    plan = exchange.plan_export(home, "odtp")
    assert plan.collections["workflows"][0]["versions"] == versions
    assert "sequence" in plan.report.notes[0].says


def test_nobody_exports_what_they_may_not_read_and_imports_only_as_administrator(new_home: NewHome) -> None:
    home = new_home()
    loading.load(home, [{"kind": "user", "name": "guest", "roles": []}])
    from modelops_tui import open_home

    guest = open_home(home.folder, "guest")
    try:
        with pytest.raises(NotPermitted):
            exchange.export(guest, "noronha")
        with pytest.raises(NotPermitted):
            exchange.plan_import(guest, "odtp", original("odtp"))
    finally:
        guest.close()


def test_an_unknown_system_is_named_with_those_there_are(new_home: NewHome) -> None:
    with pytest.raises(WrongUse) as wrong:
        exchange.export(new_home(), "mlflow")
    assert "noronha and odtp" in wrong.value.hint
