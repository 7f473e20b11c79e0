"""A permission takes only words that grant something: kinds, actions, and what is there, typed and shown by its key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def granting(modelops: Call) -> Call:
    """`permission new` for a role of its own."""
    assert modelops("role", "new", "helper").code == 0
    return lambda *words: modelops("permission", "new", "--role", "helper", *words)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--category", "trainig"), "there is no category 'trainig'. Did you mean training?"),
        (("--category", "nosuchkind"), "there is no category 'nosuchkind'."),
        (("--category", "project", "--actions", "raed"), "there is no action 'raed'. Did you mean read?"),
        (("--category", "project", "--actions", "read,flyy"), "--actions[1]"),
        (("--category", "project", "--instances", "chrun"), "names no project: 'chrun'. Did you mean churn"),
        (("--category", "*", "--instances", "churn"), "must be an id where the category is no single kind"),
    ],
)
def test_what_would_grant_nothing_is_refused(granting: Call, words: tuple[str, ...], says: str) -> None:
    told = granting(*words)
    assert told.code == 6 and says in told.err


@pytest.mark.parametrize(
    "words", [("*",), ("environment",), ("proj", "--actions", "READ"), ("project", "--actions", "*")]
)
def test_kinds_by_any_name_environment_and_all_are_taken(granting: Call, words: tuple[str, ...]) -> None:
    told = granting("--category", *words, "--json")
    assert told.code == 0, told.err
    assert told.value["category"] in ("*", "environment", "project")


def test_instances_are_typed_and_shown_as_keys_and_kept_as_ids(modelops: Call, granting: Call) -> None:
    churn = modelops("project", "show", "churn", "--json").value["id"]
    made = granting("--category", "project", "--actions", "read", "--instances", "churn", "--json").value
    assert made["instances"] == [churn]
    assert modelops("permission", "list", "--where", f'id == "{made["id"]}"').out.rstrip().endswith("churn")
    run = granting("--category", "training", "--instances", '"churn:night-3"', "--json")
    assert run.code == 0, run.err
    assert '"churn:night-3"' in modelops("permission", "show", run.value["id"]).out
    modelops("user", "new", "hal", "--roles", "helper")
    assert modelops("project", "rename", "churn", "leaving").code == 0
    assert modelops("--as", "hal", "project", "show", "leaving").code == 0, "a grant follows what it names"


def test_a_grant_on_what_is_gone_is_inert_and_no_hindrance(modelops: Call, granting: Call, tmp_path: Path) -> None:
    modelops("model", "new", "gone")
    made = granting("--category", "model", "--instances", "gone", "--json").value
    assert modelops("model", "rm", "gone", "--yes").code == 0
    assert modelops("permission", "set", made["id"], "actions=read").code == 0
    assert modelops("permission", "set", made["id"], "instances+=iris-clf").code == 0
    assert modelops("doctor").code == 0
    old = {"kind": "permission", "role": "helper", "category": "of-old", "actions": ["fly"], "instances": ["f" * 24]}
    (tmp_path / "old.json").write_text(json.dumps(old))
    assert modelops("load", str(tmp_path / "old.json")).code == 0
    assert modelops("doctor").code == 0
