"""What must never leave a machine does not: decided by the declarations, looked for in the bytes that are sent."""

from __future__ import annotations

import zlib
from typing import Any

from modelops_tui.entities.field import Field, FieldType
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.structures import Entries, Group, Items
from tests.sync.conftest import Laptop, meet
from tests.sync.memory_remote import Shared

CANARY = "canary-7f3a9c"


def sent(shared: Shared) -> bytes:
    """Everything that lies on the remote."""
    views = repr([(change.kind, change.id, change.body) for change in shared.views.values()]).encode()
    heads = repr([entry.head for entry in shared.log.values()]).encode()
    return b"".join(zlib.decompress(entry.z) for entry in shared.log.values()) + views + heads


def private_documents(owner: str, project: str) -> list[dict[str, Any]]:
    revision = {"kind": "artifact-revision", "state": "SANDBOX", "number": 0, "owner": owner}
    return [
        {"kind": "artifact-content", "id": "c" * 24, "sha256": "c" * 64, "size": 1},
        {"kind": "artifact-content", "id": "d" * 24, "sha256": "d" * 64, "size": 1},
        {"kind": "artifact", "id": "a" * 24, "project": project},
        {"kind": "artifact", "id": "b" * 24, "project": project, "next_number": 2},
        {**revision, "id": "1" * 24, "artifact": "a" * 24, "content": "c" * 24, "path": f"m/{CANARY}"},
        {
            "kind": "artifact-revision",
            "id": "2" * 24,
            "artifact": "b" * 24,
            "content": "d" * 24,
            "state": "PUBLISHED",
            "number": 1,
            "path": "m/public",
        },
        {
            **revision,
            "id": "3" * 24,
            "artifact": "b" * 24,
            "content": "c" * 24,
            "parent": "2" * 24,
            "path": f"m/{CANARY}-2",
        },
        {"kind": "checkout", "id": "e" * 24, "user": owner, "artifact": "a" * 24, "revisions": ["1" * 24]},
        {
            "kind": "artifact-property-value",
            "id": "f" * 24,
            "revision": "1" * 24,
            "definition": "core:description",
            "value": CANARY,
        },
        {"kind": "group", "id": "7" * 24, "name": CANARY, "owner": owner, "shared": False},
        {
            "kind": "group",
            "id": "8" * 24,
            "name": "ours",
            "owner": owner,
            "shared": True,
            "artifacts": ["a" * 24, "b" * 24],
        },
        {"kind": "lock", "id": "9" * 24, "name": CANARY, "artifact": "a" * 24, "user": owner},
    ]


PRIVATE_IDS = [digit * 24 for digit in "acef1379"]


def furnish(laptop: Laptop) -> None:
    home = laptop.home
    project = laptop.new("project", "iris", home_dir=f"/home/{CANARY}")["id"]
    laptop.new("project", "plain")
    definition = next(
        item["id"] for item in home.store.documents("property-definition").values() if item["name"] == "description"
    )
    documents = private_documents(home.user["id"], project)
    laptop.load(*({**item, "definition": definition} if "definition" in item else item for item in documents))
    with home.writing("password") as transaction:
        transaction.update("user", home.user["id"], {"has_password": True, "password_verifier": CANARY})
    laptop.load(
        {
            "kind": "build-version",
            "project": project,
            "tag": "one",
            "docker_id": "x",
            "built_at": "2026-01-01T00:00:00Z",
            "built_from": "local",
        }
    )
    laptop.new("training", "iris:t", notebook="n.ipynb", bvers="iris:one")


def test_nothing_private_is_sent(ada: Laptop, bob: Laptop, shared: Shared) -> None:
    furnish(ada)
    report = ada.sync()
    data = sent(shared)
    assert b"iris" in data and b"m/public" in data
    assert CANARY.encode() not in data
    for id in PRIVATE_IDS:
        assert id.encode() not in data
    assert report.private == len(PRIVATE_IDS) and not report.held
    bob.sync()
    assert ada.bodies().items() <= bob.bodies().items()
    assert bob.home.store.get("group", "8" * 24)["artifacts"] == ["b" * 24]
    copy = ada.get("training", "iris:t")["bvers"]["project"]
    assert CANARY in copy["home_dir"] and "home_dir" not in bob.get("training", "iris:t")["bvers"]["project"]


def test_what_stays_here_survives_what_comes_in(ada: Laptop, bob: Laptop) -> None:
    furnish(ada)
    meet(ada, bob)
    bob.set("project", "iris", desc="by bob", home_dir="/home/bob")
    bob.set("training", "iris:t", details={"a": 1})
    bob.set("group", "8" * 24, name="ours too")
    bob.set("user", "ada", display_name="Ada")
    meet(bob, ada)
    assert ada.get("project", "iris")["home_dir"] == f"/home/{CANARY}"
    assert ada.get("project", "iris")["desc"] == "by bob"
    assert ada.get("training", "iris:t")["bvers"]["project"]["home_dir"] == f"/home/{CANARY}"
    assert ada.home.store.get("user", ada.home.user["id"])["password_verifier"] == CANARY
    assert ada.home.store.get("group", "8" * 24)["artifacts"] == ["a" * 24, "b" * 24]
    assert ada.conflicts() == bob.conflicts() == []
    assert ada.bodies() == bob.bodies()


def test_what_is_published_leaves_with_all_that_waited_for_it(ada: Laptop, bob: Laptop) -> None:
    furnish(ada)
    meet(ada, bob)
    with ada.home.writing("publish") as transaction:
        transaction.update("artifact", "a" * 24, {"next_number": 2})
        changes = {"state": "PUBLISHED", "number": 1, "path": "m/now-public"}
        transaction.update("artifact-revision", "1" * 24, changes, without=["owner"])
    meet(ada, bob)
    for kind, id in (("artifact", "a"), ("artifact-content", "c"), ("artifact-property-value", "f"), ("lock", "9")):
        assert bob.home.store.get(kind, id * 24), kind
    assert bob.home.store.get("group", "8" * 24)["artifacts"] == ["a" * 24, "b" * 24]
    assert ada.bodies() == bob.bodies()


def test_a_group_that_is_shared_no_more_vanishes_for_the_others(ada: Laptop, bob: Laptop) -> None:
    furnish(ada)
    meet(ada, bob)
    ada.set("group", "8" * 24, shared=False)
    meet(ada, bob)
    assert bob.home.store.get("group", "8" * 24) is None
    assert ada.home.store.get("group", "8" * 24)
    ada.set("group", "8" * 24, shared=True)
    meet(ada, bob)
    assert bob.home.store.get("group", "8" * 24)


def local_places(kind: Kind) -> list[str]:
    """Every place of a kind that is declared local."""
    found = []

    def look(fields: tuple[Field, ...], path: str) -> None:
        for item in fields:
            here = f"{path}.{item.name}" if path else item.name
            if item.local:
                found.append(here)
            inner: FieldType = item.type
            while isinstance(inner, Items | Entries):
                inner = inner.of
            if isinstance(inner, Group):
                look(inner.fields, here)

    look(kind.fields, "")
    return found


def test_every_field_that_is_declared_local_is_left_out() -> None:
    places = [(kind, path) for kind in KINDS for path in local_places(kind)]
    assert {"project.home_dir", "user.password_verifier", "execution.execution_path"} <= {
        f"{kind.name}.{path}" for kind, path in places
    }
    for kind, path in places:
        assert "." not in path, "a local field inside a group needs a case of its own here"
        assert path not in travelling(kind, {"id": "1" * 24, path: CANARY})


def test_a_copy_inside_a_copy_is_cleared_too() -> None:
    project = {"origin": {"kind": "project", "id": "1" * 24}, "taken_at": "t", "name": "p", "home_dir": CANARY}
    build = {"origin": {"kind": "build-version", "id": "2" * 24}, "taken_at": "t", "tag": "x", "project": project}
    training = {"origin": {"kind": "training", "id": "3" * 24}, "taken_at": "t", "project": project, "bvers": build}
    version = {"origin": {"kind": "model-version", "id": "4" * 24}, "taken_at": "t", "train": training}
    for kind, document in (
        ("training", {"bvers": build}),
        ("model-version", {"train": training, "pretrained": version}),
        ("deployment", {"movers": [version, version], "bvers": build}),
    ):
        body = travelling(BY_NAME[kind], {"id": "5" * 24, **document})
        assert CANARY not in repr(body) and "'p'" in repr(body)


def test_a_secret_that_is_not_sealed_keeps_its_chest_at_home(ada: Laptop, shared: Shared) -> None:
    chest = ada.new("treasure-chest", "keys")
    with ada.home.store.transaction(ada.home.user["id"], "clear text", {"sync": "around the rules"}) as transaction:
        transaction.update("treasure-chest", chest["id"], {"desc": "a"})
    # Whatever door it came through: what has not the form of a sealed value is not sent.
    from modelops_tui.services.syncing.outgoing import outgoing

    bad = {**chest, "entries": {"db": {"fields": {"password": CANARY}, "version": 1}}}
    assert outgoing("treasure-chest", bad, ada.home.store) is None
    assert outgoing("treasure-chest", chest, ada.home.store) is not None
