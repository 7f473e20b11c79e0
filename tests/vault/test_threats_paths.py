"""Threat: a path or file name that leads out of where it belongs. Promise: it stays inside, by whichever door it comes.

Every declared path and file name is tried, found in the declarations, so that a new one is tried too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.registry import KINDS, kind_named
from modelops_tui.entities.scalars import FileName, InsidePath
from modelops_tui.entities.structures import Entries, Group, Items
from modelops_tui.errors import Invalid
from modelops_tui.services import loading, records
from modelops_tui.services.intake import Intake
from tests.vault.conftest import Person

OUTSIDE = [
    "../x",
    "a/../../x",
    "a/..",
    "..",
    ".",
    "/etc/passwd",
    "//server/share",
    "C:/x",
    "c:x",
    "a\\..\\x",
    "\\\\server\\x",
    "a//b",
    "a/",
    "",
    "  ",
    "a\0b",
    "a\nb",
    "a\x1b]52;c;eA==\x07",
    "x" * 300,
    "a/" * 600 + "x",
]
# They only look like what leads out: to a file system they are letters of a name.
ALIKE = ["․․", "a∕b", "．．", "a‥"]


def declared() -> Iterator[tuple[str, FieldType]]:
    """Every path and file name of every kind."""

    def inside(type_: FieldType, where: str) -> Iterator[tuple[str, FieldType]]:
        if isinstance(type_, InsidePath | FileName):
            yield where, type_
        elif isinstance(type_, Items | Entries):
            yield from inside(type_.of, f"{where}[]")
        elif isinstance(type_, Group):
            for item in type_.fields:
                yield from inside(item.type, f"{where}.{item.name}")

    for kind in KINDS:
        for item in kind.fields:
            yield from inside(item.type, f"{kind.name}.{item.name}")


PLACES = dict(declared())


def test_there_are_paths_to_try() -> None:
    assert len(PLACES) >= 7
    assert {"training.notebook", "artifact-revision.path", "model.model_files[].name"} <= set(PLACES)


@pytest.mark.parametrize("importing", [False, True], ids=["typed", "imported"])
@pytest.mark.parametrize("place", PLACES)
def test_a_path_that_leads_out_is_refused_at_every_declared_place(ada: Person, place: str, importing: bool) -> None:
    for text in [*OUTSIDE, None, 7, ["x"]]:
        door = Intake(ada.home.names, "2026-01-01T00:00:00.000Z", importing=importing)
        assert PLACES[place].clean(text, "here", door) is None and door.problems, repr(text)
    door = Intake(ada.home.names, "2026-01-01T00:00:00.000Z", importing=importing)
    for text in ("a", "a b.ipynb", "...", "-rf", "~", *ALIKE):
        assert PLACES[place].clean(text, "here", door) == text and not door.problems
    if isinstance(PLACES[place], FileName):
        assert PLACES[place].clean("a/b", "here", door) is None


@pytest.mark.parametrize("text", OUTSIDE)
def test_no_door_takes_a_path_that_leads_out(ada: Person, text: str) -> None:
    kind, id = kind_named("training"), ada.new("project", "iris")["id"]
    made = records.create(ada.home, kind, {"project": id, "notebook": "train.ipynb"}, "iris:t")
    tries: dict[str, Any] = {
        "new": lambda: records.create(ada.home, kind, {"project": id, "notebook": text}, "iris:u"),
        "set": lambda: records.change(ada.home, kind, made["id"], {"notebook": text}),
        "load": lambda: loading.load(
            ada.home, [{"kind": "training", "project": "iris", "name": "v", "notebook": text, "task": {}}]
        ),
        "around the doors": lambda: _written(ada, made["id"], text),
    }
    for door, attempt in tries.items():
        with pytest.raises(Invalid):
            attempt()
        assert ada.home.read(kind, made["id"])["notebook"] == "train.ipynb", door


def _written(person: Person, id: str, text: str) -> None:
    with person.home.writing("around the doors") as transaction:
        transaction.update("training", id, {"notebook": text})
