"""Two homes of the sample registry, made apart and worked on apart, become the same by commands alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.services.loading import load
from modelops_tui.services.sample import sample_documents
from tests.cli.conftest import Call
from tests.cli.teams import At, bodies, joined, meet, uri_fixture

__all__ = ["uri_fixture"]


@pytest.fixture(scope="session")
def visitor_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sample in a home that another user began."""
    folder = tmp_path_factory.mktemp("visitor") / "home"
    home = open_home(folder, "visitor")
    load(home, list(sample_documents()))
    home.close()
    return folder


@pytest.fixture
def homes(at: At, template: Path, visitor_template: Path, tmp_path: Path, uri: str) -> tuple[Call, Call]:
    shutil.copytree(template, tmp_path / "keeper")
    shutil.copytree(visitor_template, tmp_path / "visitor")
    return joined(at("keeper"), uri), joined(at("visitor"), uri)


def value_of(somebody: Call, id: str, field: str) -> object:
    return somebody("training", "show", id, "--json").value["details"].get(field)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_homes_of_the_sample_converge_and_drop_nothing(homes: tuple[Call, Call], tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    keeper, visitor = homes
    meet(keeper, visitor)
    assert keeper("sync", "conflicts", "--json").value == visitor("sync", "conflicts", "--json").value == []
    trainings = [item["id"] for item in keeper("training", "list", "--json").value][:60]
    written: dict[str, dict[str, set[str]]] = {}
    for name, somebody in (("keeper", keeper), ("visitor", visitor)):
        chosen = random.sample(trainings, 24)
        for id in chosen:
            field = random.choice(("lr", "note"))
            value = f"{name}-{random.randrange(10**9)}"
            assert somebody("training", "set", id, f"details.{field}={value}").code == 0
            written.setdefault(id, {}).setdefault(field, set()).add(value)
        assert somebody("model", "new", f"of-{name}").code == somebody("model", "new", "of-both").code == 0
    gone = next(id for id in trainings if id not in written)
    lost = next(id for id in trainings if id in written and len(written[id]) == 1 and id != gone)
    assert visitor("training", "rm", gone, "--yes").code == 0
    keeper("training", "set", lost, "details.lr=kept")
    written[lost]["lr"] = {"kept"}
    assert visitor("training", "rm", lost, "--yes").code == 0
    meet(keeper, visitor)
    clashes = {
        (id, field)
        for id, fields in written.items()
        for field, values in fields.items()
        if len(values) > 1 and id != lost
    }
    assert clashes, "this seed has no overlap"
    found = visitor("sync", "conflicts", "--json").value
    assert keeper("sync", "conflicts", "--json").value == []
    places = {(item["document"], field["path"].partition(".")[2]) for item in found for field in item["fields"]}
    assert clashes <= places and visitor("sync").code == 4
    decided: dict[tuple[str, str], object] = {}
    for item in found:
        if item["kind"] == "model":
            assert visitor("sync", "resolve", item["id"], "--take", "same").code == 0
        elif item["what"].startswith("removed here"):
            assert item["document"] == lost
            assert visitor("sync", "resolve", item["id"], "--take", "theirs").code == 0
        else:
            choice = random.choice(("mine", "theirs"))
            for field in item["fields"]:
                decided[item["document"], field["path"].partition(".")[2]] = field[choice]
            assert visitor("sync", "resolve", item["key"], "--take", choice).code == 0
    assert visitor("sync", "conflicts", "--json").value == []
    meet(visitor, keeper)
    for somebody in homes:
        assert somebody("sync", "--json").value["nothing_new"] and somebody("sync", "verify").code == 0
        assert somebody("doctor").code == 0
    assert bodies(tmp_path / "keeper", "keeper") == bodies(tmp_path / "visitor", "visitor")
    for id, fields in written.items():
        for field, values in fields.items():
            expected = {decided[id, field]} if (id, field) in decided else values
            assert value_of(keeper, id, field) in expected, (id, field)
    assert keeper("training", "show", gone).code == 3
    names = keeper("model", "list", "-o", "name").lines
    assert {"of-keeper", "of-visitor", "of-both"} <= set(names) and len(names) == len(set(names))
    authors = {step["by"] for id in written for step in keeper("training", "history", id, "--json").value}
    assert {"keeper", "visitor"} <= authors
