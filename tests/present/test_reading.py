"""How values read: every type has its cell, times are near, tables fit, sheets cut nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from modelops_tui.entities.field import Document, FieldType
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.snapshots import Drift
from modelops_tui.entities.structures import Entries, Group, Items
from modelops_tui.errors import WrongUse
from modelops_tui.present.brief import BRIEF, NOTHING
from modelops_tui.present.cells import Cell, Column, cell, columns_of
from modelops_tui.present.differences import difference_lines
from modelops_tui.present.forms_out import document_form
from modelops_tui.present.moments import relative_time
from modelops_tui.present.sheet import sheet_lines
from modelops_tui.present.tables import table_lines
from modelops_tui.present.terminal import cell_width, visible

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = "2026-03-01T11:55:00.000Z"
ENVELOPE = {"rev": 1, "created_at": AT, "updated_at": AT, "created_by": "a" * 24}


class Shelf:
    """A reader over a few documents."""

    def __init__(self, *documents: tuple[str, Document]) -> None:
        self.documents = {(kind, document["id"]): document for kind, document in documents}

    def get(self, kind: str, id: str) -> Document | None:
        return self.documents.get((kind, id))

    def find(self, kind: str, term: str) -> list[Document]:
        return []


PROJECT = {"id": "b" * 24, "name": "iris"} | ENVELOPE
TRAINING: Document = {
    "id": "c" * 24,
    "project": "b" * 24,
    "name": "night-7",
    "task": {"state": "RUNNING", "progress": 0.83, "start_time": AT},
    "notebook": "train.ipynb",
    "details": {"lr": 0.1, "note": "\x1b[31mred"},
    "bvers": {"origin": {"kind": "build-version", "id": "d" * 24, "key": "iris:v1"}, "taken_at": AT, "tag": "v1"},
    "datasets": [f"{number:024x}" for number in range(5)],
} | ENVELOPE
SHELF = Shelf(("project", PROJECT), ("user", {"id": "a" * 24, "name": "ada"} | ENVELOPE))
KIND = BY_NAME["training"]


def types_inside(type_: FieldType) -> set[type[FieldType]]:
    found = {type(type_)}
    if isinstance(type_, Items | Entries):
        found |= types_inside(type_.of)
    if isinstance(type_, Group):
        found = found.union(*(types_inside(item.type) for item in type_.fields))
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_type_of_field_has_a_way_to_be_read(kind: Kind) -> None:
    for item in (*kind.fields, *kind.computed):
        assert types_inside(item.type) <= BRIEF.keys(), item.name


def read(column: str, **more: Any) -> Cell:
    return cell(KIND, {**TRAINING, **more}, column, SHELF, NOW)


def test_cells_are_one_short_safe_line() -> None:
    assert read("key").text == "iris:night-7"
    assert read("project").text == "iris"
    assert read("task") == Cell("RUNNING 83%", "busy")
    assert read("task", task={"state": "FINISHED", "progress": 1}) == Cell("FINISHED", "good")
    assert read("task", task={"state": "FAILED", "progress": 0}).tone == "bad"
    assert read("task.start_time").text == "5 min ago"
    assert read("bvers").text == "iris:v1"
    assert read("model_version") == Cell(NOTHING, "dim")
    assert read("datasets").text.endswith(", … +2")
    assert read("created_by").text == "ada"
    assert read("details.lr").text == "0.1"
    assert "\x1b" not in read("details").text


def test_a_column_that_is_not_there_is_answered_with_the_nearest() -> None:
    with pytest.raises(WrongUse, match="notebook"):
        columns_of(KIND, ["notebok"])
    with pytest.raises(WrongUse, match="state"):
        columns_of(KIND, ["task.stat"])


@pytest.mark.parametrize(
    ("away", "told"),
    [
        (2, "just now"),
        (40, "40 s ago"),
        (300, "5 min ago"),
        (7200, "2 h ago"),
        (86400, "1 day ago"),
        (-300, "in 5 min"),
    ],
)
def test_a_near_time_is_told_as_a_distance(away: int, told: str) -> None:
    assert relative_time((NOW - timedelta(seconds=away)).isoformat(), NOW) == told


def test_a_far_time_is_a_date_and_what_is_none_stays() -> None:
    assert relative_time("2020-06-15T12:00:00.000Z", NOW) == "2020-06-15"
    assert relative_time("soon", NOW) == "soon"


rows = st.lists(st.lists(st.text(max_size=30), min_size=3, max_size=3), max_size=5)


@given(rows, st.integers(40, 120))
@example([["", "\x80\x80\x80", "\u102b0\x80"]], 40)
def test_a_table_never_goes_over_the_line(texts: list[list[str]], width: int) -> None:
    columns = [Column("one", "one", "left"), Column("two", "two", "right"), Column("three", "three", "left")]
    cells = [[Cell(visible(text), "") for text in row] for row in texts]
    assert all(cell_width(line) <= width for line in table_lines(columns, cells, width))
    whole = list(table_lines(columns, cells))
    for row, line in zip(cells, whole[1:], strict=True):
        assert all(part.text.strip() in line for part in row)


def test_a_table_aligns_signs_of_every_width() -> None:
    columns = [Column("a", "a", "left"), Column("b", "b", "left")]
    lines = list(table_lines(columns, [[Cell("日本", ""), Cell("x", "")], [Cell("–é", ""), Cell("x", "")]]))
    assert lines == ["a     b", "日本  x", "–é    x"]


def test_colours_stand_only_where_they_are_wanted() -> None:
    columns = [Column("a", "a", "left")]
    cells = [[Cell("FAILED", "bad")]]
    assert "\x1b" not in "".join(table_lines(columns, cells))
    assert "\x1b[31mFAILED\x1b[0m" in "".join(table_lines(columns, cells, colours=True))


def test_a_sheet_tells_all_items_and_the_drift_of_copies() -> None:
    text = "\n".join(sheet_lines(KIND, TRAINING, SHELF, {"bvers": [Drift("tag", "v1", "v2")]}))
    assert text.startswith("training iris:night-7\n")
    assert all(id in text for id in TRAINING["datasets"])
    assert "drifted: tag: 'v1' → 'v2'" in text
    assert "\x1b" not in text
    assert "origin gone" in "\n".join(sheet_lines(KIND, TRAINING, SHELF, {"bvers": None}))


def test_the_form_for_programs_tells_references_whole_and_secrets_never() -> None:
    form = document_form(KIND, TRAINING, SHELF)
    assert list(form)[:7] == ["kind", "id", "key", "rev", "created_at", "updated_at", "created_by"]
    assert form["project"] == {"kind": "project", "id": "b" * 24, "key": "iris"}
    assert form["datasets"][0] == {"kind": "dataset", "id": "0" * 24, "key": None}
    assert form["bvers"]["origin"]["key"] == "iris:v1" and form["bvers"]["taken_at"] == AT
    user = {"id": "a" * 24, "name": "ada", "password_verifier": "scrypt$…"} | ENVELOPE
    assert "scrypt" not in str(document_form(BY_NAME["user"], user, SHELF))
    entries = {"db": {"fields": {"password": {"v": 1, "sealed": "abc"}}, "version": 1}}
    chest = {"id": "e" * 24, "name": "c", "owner": "a" * 24, "entries": entries} | ENVELOPE
    told = document_form(BY_NAME["treasure-chest"], chest, SHELF)
    assert told["entries"]["db"]["fields"] == {"password": "sealed"}


def test_differences_are_told_item_by_item_in_lists() -> None:
    assert difference_lines("desc", None, "a") == ["desc: nothing → 'a'"]
    assert difference_lines("tags", ["a", "b"], ["b", "c"]) == ["tags − 'a'", "tags + 'c'"]
    assert difference_lines("tags", ["a", "b"], ["b", "a"]) == ["tags: another order"]
