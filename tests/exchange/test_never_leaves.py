"""Nothing that is local, private or secret is in an export."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.services import exchange, loading
from modelops_tui.services.home import Home

NewHome = Callable[..., Home]
LOCAL, SANDBOX, VERIFIER = "/only/on/this/machine", "never-published", "scrypt-of-a-password"


@pytest.mark.parametrize("system", ["noronha", "odtp"])
def test_no_local_field_sandbox_or_verifier_is_exported(new_home: NewHome, system: str) -> None:
    home = new_home(sample=True)
    project = home.documents(BY_NAME["project"])[0]["id"]
    chest = home.documents(BY_NAME["treasure-chest"])[0]["id"]
    with home.writing("what must not leave") as transaction:
        transaction.update("project", project, {"home_dir": LOCAL})
        transaction.update("user", home.user["id"], {"password_verifier": VERIFIER, "has_password": False})
        for execution in list(transaction.documents("execution")):
            transaction.update("execution", execution, {"execution_path": LOCAL})
    loading.load(
        home,
        [
            {"kind": "model", "id": "a" * 24, "name": "leaky"},
            {
                "kind": "training",
                "name": "leaky",
                "project": project,
                "notebook": "n",
                "bvers": {
                    "origin": {"kind": "build-version", "id": "b" * 24, "key": "p:v1"},
                    "taken_at": "2026-01-01T00:00:00.000Z",
                    "tag": "v1",
                    "project": {
                        "origin": {"kind": "project", "id": project, "key": "p"},
                        "taken_at": "2026-01-01T00:00:00.000Z",
                        "name": "p",
                        "home_dir": LOCAL,
                    },
                },
            },
            {"kind": "artifact", "id": "c" * 24, "project": project},
            {"kind": "artifact-content", "id": "d" * 24, "sha256": "0" * 64, "size": 1},
            {
                "kind": "artifact-revision",
                "artifact": "c" * 24,
                "path": SANDBOX,
                "content": "d" * 24,
                "owner": home.user["id"],
            },
        ],
    )
    text = repr(exchange.export(home, system))
    assert chest not in text
    for secret in (LOCAL, SANDBOX, VERIFIER):
        assert secret not in text


def test_sealed_entries_of_a_chest_are_not_exported(new_home: NewHome) -> None:
    home = new_home(sample=True)
    with home.writing("recipients") as transaction:
        chest = next(iter(transaction.documents("treasure-chest")))
        header = {"recipients": [{"user": home.user["id"], "wrapped_key": "wrapped-key-text"}], "epoch": 1}
        transaction.update("treasure-chest", chest, {"header": header})
    exported = exchange.export(home, "noronha")["treasure_chest_doc"]
    assert exported and "wrapped-key-text" not in repr(exported)
    assert not any({"entries", "header"} & raw.keys() for raw in exported)


def test_only_kinds_that_the_systems_know_are_read(new_home: NewHome) -> None:
    home = new_home(sample=True)
    known = {
        str(raw["_id"])
        for system in ("noronha", "odtp")
        for raws in exchange.export(home, system).values()
        for raw in raws
    }
    for kind in KINDS:
        if kind.area in ("artifacts", "properties", "delivery"):
            assert not known & {document["id"] for document in home.documents(kind)}


def names_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for item in value.values() for name in names_in(item)}
    return {name for item in value for name in names_in(item)} if isinstance(value, list) else set()


def test_what_was_kept_of_a_foreign_document_is_not_written_to_a_contract_that_lacks_it(new_home: NewHome) -> None:
    home = new_home()
    project = {"_id": "iris", "_cls": "SmartDoc.Project", "name": "iris", "colour": "blue", "home_dir": LOCAL}
    exchange.do_import(home, exchange.plan_import(home, "noronha", {"project": [project]}))
    exported = exchange.export(home, "noronha")
    assert not {"colour", "home_dir", "origin", "kept"} & names_in(list(exported["project"]))


def test_a_plain_secret_is_never_taken_in(new_home: NewHome) -> None:
    from tests.exchange.conftest import original

    database = original("odtp")
    database["steps"][0]["secrets"] = {"TOKEN": "hunter2"}
    database["steps"][1]["secrets"] = ["hunter2"]
    plan = exchange.plan_import(new_home(), "odtp", database)
    assert "hunter2" not in repr(plan) and sum("Put them into a chest" in line.says for line in plan.report.notes) == 2
    chest = {
        "_id": "store",
        "_cls": "SmartDoc.TreasureChestDoc",
        "name": "store",
        "owner": "ada",
        "password": "hunter2",
    }
    plan = exchange.plan_import(new_home(), "noronha", {"treasure_chest_doc": [chest]})
    assert len(plan.documents) == 2 and "hunter2" not in repr(plan)
    assert "password may be a credential" in plan.report.notes[0].says
