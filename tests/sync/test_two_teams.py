"""Two homes with hundreds of documents each, worked on apart for a while, come to the same without dropping a thing."""

from __future__ import annotations

from random import Random

import pytest

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import history, sync
from tests.sync.conftest import Laptop, meet


def fill(laptop: Laptop, count: int) -> None:
    name = str(laptop.home.user["name"])
    laptop.new("project", f"of-{name}")
    laptop.load(
        *(
            {
                "kind": "training",
                "project": f"of-{name}",
                "name": f"t{number}",
                "notebook": "n.ipynb",
                "details": {"by": name, "lr": number},
            }
            for number in range(count)
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_two_homes_with_400_documents_each_converge(ada: Laptop, bob: Laptop, seed: int) -> None:
    random = Random(seed)
    for laptop in (ada, bob):
        fill(laptop, 400)
    meet(ada, bob)
    assert ada.bodies() == bob.bodies()
    trainings = list(ada.home.store.ids("training"))
    written: dict[str, dict[str, set[str]]] = {}
    for laptop in (ada, bob):
        name = str(laptop.home.user["name"])
        for id in random.sample(trainings, 120):
            field = random.choice(["metrics", "lr", "note"])
            value = f"{name}-{random.random()}"
            details = {**laptop.get("training", id)["details"], field: value}
            laptop.set("training", id, details=details)
            written.setdefault(id, {}).setdefault(field, set()).add(value)
        for id in random.sample(trainings, 15):
            if id not in written:
                laptop.remove("training", id)
    # Only what both wrote in the same place is asked about; all else is there, whoever wrote it.
    clashes = {(id, field) for id, fields in written.items() for field, values in fields.items() if len(values) > 1}
    meet(ada, bob)
    asked = {(item.document, field.path.split(".")[-1]) for item in bob.conflicts() for field in item.fields}
    assert asked == clashes and clashes
    assert not ada.conflicts()
    decided = {}
    for item in bob.conflicts():
        if item.fields:
            choice = random.choice(["mine", "theirs"])
            decided.update({(item.document, f.path.split(".")[-1]): getattr(f, choice) for f in item.fields})
            bob.resolve(item.id, choice)
        else:
            bob.resolve(item.id, "mine")
    meet(bob, ada)
    assert ada.bodies() == bob.bodies()
    assert ada.unsent_records() == bob.unsent_records() == 0
    for id, fields in written.items():
        document = ada.home.store.get("training", id)
        assert document is not None, "what one side edited is not dropped because the other removed it"
        for field, values in fields.items():
            expected = {decided[id, field]} if (id, field) in decided else values
            assert document["details"][field] in expected
    for id in written:
        details = (ada.home.store.get("training", id) or {})["details"]
        authors = {value.split("-")[0] for value in details.values() if "-" in str(value)}
        assert authors <= {step.by for step in history.history(ada.home, BY_NAME["training"], id)}
    assert sync.verify_remote(ada.home, ada.remote) == []
    assert ada.sync().nothing_new and bob.sync().nothing_new
