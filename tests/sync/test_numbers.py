"""One number given to two published revisions while offline: who was first keeps it, the other waits and moves on."""

from __future__ import annotations

from typing import Any

import pytest

from modelops_tui.errors import WrongUse
from tests.sync.conftest import Laptop, meet

ARTIFACT, CONTENT = "a" * 24, "c" * 24
FIRST, OF_ADA, OF_BOB, OF_BOB_AGAIN = "1" * 24, "2" * 24, "3" * 24, "4" * 24
PUBLISHED = {
    "artifact": ARTIFACT,
    "content": CONTENT,
    "state": "PUBLISHED",
    "path": "m/a",
}


def revision(id: str, number: int, **values: Any) -> dict[str, Any]:
    return {"kind": "artifact-revision", "id": id, **PUBLISHED, "number": number, **values}


def artifact(project: str, *revisions: dict[str, Any]) -> list[dict[str, Any]]:
    """An artifact as it is loaded from a backup, with its first revision and these."""
    found = [revision(FIRST, 1), *revisions]
    return [
        {"kind": "artifact-content", "id": CONTENT, "sha256": "0" * 64, "size": 1},
        {"kind": "artifact", "id": ARTIFACT, "project": project, "next_number": len(found) + 1},
        *found,
    ]


def publish(laptop: Laptop, id: str, number: int, parent: str, description: str) -> None:
    """Publishes a revision as publishing will: the number is taken from the artifact in one transaction."""
    with laptop.home.writing("publish") as transaction:
        transaction.update("artifact", ARTIFACT, {"next_number": number + 1})
        fields = {**PUBLISHED, "number": number, "parent": parent, "description": description}
        transaction.insert("artifact-revision", fields, id=id)
        copy = {
            "origin": {"kind": "artifact-revision", "id": id, "key": f"iris/m/a@{number}"},
            "taken_at": transaction.at,
            "number": number,
        }
        transaction.insert("commit", {"user": laptop.home.user["id"], "message": description, "revisions": [copy]})


def pin(laptop: Laptop, name: str, number: int) -> None:
    laptop.new("deployment-descriptor", name, project="iris", artifact=ARTIFACT, revision_number=number)


def pins(laptop: Laptop) -> dict[str, int]:
    return {
        item["name"]: item["revision_number"] for item in laptop.home.store.documents("deployment-descriptor").values()
    }


def numbers(laptop: Laptop) -> dict[str, tuple[int, int | None]]:
    found = laptop.home.store.documents("artifact-revision").values()
    return {item.get("description", ""): (item["number"], item.get("renumbered_from")) for item in found}


def two_who_published(ada: Laptop, bob: Laptop) -> None:
    """Both have the first revision and descriptors of it; ada published one more, bob two; ada was first."""
    ada.load(*artifact(ada.new("project", "iris")["id"]))
    pin(ada, "of both", 1)
    meet(ada, bob)
    publish(ada, OF_ADA, 2, FIRST, "of ada")
    pin(ada, "of ada", 2)
    publish(bob, OF_BOB, 2, FIRST, "of bob")
    publish(bob, OF_BOB_AGAIN, 3, OF_BOB, "of bob again")
    pin(bob, "of bob", 2)
    pin(bob, "of bob again", 3)
    pin(bob, "latest", -1)
    ada.sync()


def test_who_was_first_keeps_the_number(ada: Laptop, bob: Laptop) -> None:
    two_who_published(ada, bob)
    meet(bob, ada)
    assert numbers(ada) == {"": (1, None), "of ada": (2, None)}
    assert bob.home.store.get("artifact-revision", OF_ADA)["number"] == 2
    assert ada.conflicts() == [] and pins(ada) == {"of both": 1, "of ada": 2, "latest": -1}


def test_the_other_waits_for_its_author_with_all_that_follows_it(ada: Laptop, bob: Laptop) -> None:
    two_who_published(ada, bob)
    bob.new("project", "unrelated")
    report = bob.sync()
    item = bob.conflicts()[0]
    assert (item.kind, item.document) == ("artifact-revision", OF_BOB) and len(bob.conflicts()) == 1
    assert item.what == "published on both sides with the same number"
    assert item.choices == ("fork", "merge", "theirs")
    assert ("artifact-revision", OF_BOB_AGAIN) in {(held.kind, held.id) for held in report.held}
    ada.sync()
    assert ada.get("project", "unrelated") and set(numbers(ada)) == {"", "of ada"}


@pytest.mark.parametrize(("choice", "parent"), [("fork", FIRST), ("merge", OF_ADA)])
def test_then_it_keeps_its_id_and_gets_the_next_free_number(ada: Laptop, bob: Laptop, choice: str, parent: str) -> None:
    two_who_published(ada, bob)
    bob.sync()
    bob.resolve(OF_BOB, choice)
    meet(bob, ada)
    expected = {"": (1, None), "of ada": (2, None), "of bob": (3, 2), "of bob again": (4, 3)}
    assert numbers(ada) == numbers(bob) == expected
    assert ada.home.store.get("artifact-revision", OF_BOB)["parent"] == parent
    assert ada.home.store.get("artifact-revision", OF_BOB_AGAIN)["parent"] == OF_BOB
    assert ada.home.store.get("artifact", ARTIFACT)["next_number"] == 5
    assert ada.bodies() == bob.bodies() and bob.conflicts() == ada.conflicts() == []


def test_it_moves_on_when_others_publish_while_it_waits(ada: Laptop, bob: Laptop) -> None:
    two_who_published(ada, bob)
    bob.sync()
    publish(ada, "5" * 24, 3, OF_ADA, "of ada again")
    ada.sync()
    bob.sync()
    assert numbers(bob)["of bob"] == (4, 2) and numbers(bob)["of bob again"] == (5, 3)
    assert pins(bob)["of bob"] == 4 and pins(bob)["of bob again"] == 5
    bob.resolve(OF_BOB, "fork")
    publish(ada, "6" * 24, 4, "5" * 24, "of ada, a third")
    ada.sync()
    # Who decided was overtaken again before it was sent: the number is given anew, the parent is asked about again.
    bob.sync()
    for item in bob.conflicts():
        bob.resolve(item.id, "fork")
    meet(bob, ada)
    assert numbers(ada) == numbers(bob)
    assert sorted(number for number, _ in numbers(ada).values()) == [1, 2, 3, 4, 5, 6]
    assert numbers(ada)["of bob"] == (5, 2) and pins(ada)["of bob"] == 5
    assert ada.bodies() == bob.bodies()


def test_descriptors_of_the_local_number_go_with_the_revision(ada: Laptop, bob: Laptop) -> None:
    two_who_published(ada, bob)
    # One that the remote knows is pinned anew here, to the revision of this home.
    bob.set("deployment-descriptor", "of both", revision_number=3)
    bob.sync()
    assert pins(bob) == {"of both": 4, "of ada": 2, "of bob": 3, "of bob again": 4, "latest": -1}
    bob.resolve(OF_BOB, "fork")
    meet(bob, ada)
    assert pins(ada) == pins(bob)


def test_a_descriptor_that_the_remote_has_means_the_revision_of_the_remote(ada: Laptop, bob: Laptop) -> None:
    two_who_published(ada, bob)
    bob.sync()
    bob.set("deployment-descriptor", "of ada", description="edited by bob")
    bob.sync()
    assert pins(bob)["of ada"] == 2
    bob.resolve(OF_BOB, "merge")
    meet(bob, ada)
    assert pins(ada)["of ada"] == 2


def test_the_history_keeps_the_number_as_deployed_and_the_id(ada: Laptop, bob: Laptop) -> None:
    two_who_published(ada, bob)
    deployed = {
        "kind": "deployment-history",
        "id": "d" * 24,
        "event": "deploy",
        "user": bob.home.user["id"],
        "descriptor": "of bob",
        "model": ARTIFACT,
        "revision": OF_BOB,
        "revision_number": 2,
        "success": True,
    }
    bob.load(deployed)
    bob.sync()
    bob.resolve(OF_BOB, "fork")
    meet(bob, ada)
    for laptop in (ada, bob):
        found = laptop.home.store.get("deployment-history", "d" * 24)
        assert (found["revision"], found["revision_number"]) == (OF_BOB, 2)
        assert laptop.home.store.get("artifact-revision", OF_BOB)["number"] == 3
        commit = next(item for item in laptop.home.store.documents("commit").values() if item["message"] == "of bob")
        assert commit["revisions"][0]["number"] == 2 and commit["revisions"][0]["origin"]["id"] == OF_BOB


def test_two_homes_that_loaded_the_same_artifact_and_published_apart_before_they_ever_met(
    ada: Laptop, bob: Laptop
) -> None:
    for laptop, id, name in ((ada, OF_ADA, "of ada"), (bob, OF_BOB, "of bob")):
        laptop.load({"kind": "project", "id": "b" * 24, "name": "iris"})
        laptop.load(*artifact("b" * 24, revision(id, 2, parent=FIRST, description=name)))
        pin(laptop, name, 2)
    ada.sync()
    report = bob.sync()
    assert [item.document for item in bob.conflicts()] == [OF_BOB] and not report.notes
    bob.resolve(OF_BOB, "merge")
    meet(bob, ada)
    assert numbers(ada) == numbers(bob) == {"": (1, None), "of ada": (2, None), "of bob": (3, 2)}
    assert pins(ada) == {"of ada": 2, "of bob": 3}
    assert ada.bodies() == bob.bodies() and ada.conflicts() == bob.conflicts() == []
    assert ada.unsent_records() == bob.unsent_records() == 0


def test_a_number_given_twice_may_be_dropped(ada: Laptop, bob: Laptop) -> None:
    two_who_published(ada, bob)
    bob.sync()
    with pytest.raises(WrongUse):
        bob.resolve(OF_BOB, "theirs")
    with bob.home.store.transaction(bob.home.user["id"], "drop", {"sync": "test"}) as transaction:
        transaction.remove("artifact-revision", OF_BOB_AGAIN)
    with pytest.raises(WrongUse, match="of bob is pinned"):
        bob.resolve(OF_BOB, "theirs")
    bob.set("deployment-descriptor", "of bob", revision_number=2)
    bob.resolve(OF_BOB, "theirs")
    meet(bob, ada)
    assert numbers(ada) == {"": (1, None), "of ada": (2, None)}


def test_the_same_content_found_twice_becomes_one(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    project = ada.get("project", "iris")["id"]
    ada.load(*artifact(project))
    documents = artifact(project)
    documents[0]["id"], documents[1]["id"], documents[2]["id"] = "d" * 24, "e" * 24, "f" * 24
    documents[2].update(artifact="e" * 24, content="d" * 24, path="m/b")
    bob.load(*documents)
    meet(ada, bob)
    assert list(bob.home.store.ids("artifact-content")) == list(ada.home.store.ids("artifact-content")) == ["c" * 24]
    assert ada.home.store.get("artifact-revision", "f" * 24)["content"] == "c" * 24
    assert ada.bodies() == bob.bodies() and bob.conflicts() == []
