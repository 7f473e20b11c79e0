"""Documents as rows of a table: cells are worked out when they come into sight. It never decodes a document."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.entities.scalars import Text
from modelops_tui.entities.structures import FreeMap
from modelops_tui.present.cells import Cell, cell, columns_of
from modelops_tui.tui.record_list import Arrangement
from modelops_tui.tui.widgets.virtual_list import Column, Columns

_REMEMBERED = 400


class RecordRows:
    """The rows of one kind, changed in place when a new arrangement comes."""

    def __init__(self, kind: Kind, reader: Reader, columns: Sequence[str], clock: Callable[[], datetime]) -> None:
        self.kind = kind
        self.columns = tuple(columns)
        self._reader = reader
        self._clock = clock
        self._documents: Sequence[Document] = ()
        self._order: Sequence[int] = ()
        self._cells: dict[str, tuple[Cell, ...]] = {}

    def replace(self, arrangement: Arrangement) -> None:
        """Takes other documents or another order."""
        self._documents, self._order = arrangement.documents, arrangement.order
        self._cells.clear()

    def forget(self) -> None:
        """Works cells out anew, because what they refer to may have other names."""
        self._cells.clear()

    def has(self, identity: str) -> bool:
        """Whether the document is there, listed or not."""
        return self._place(identity) is not None

    def __len__(self) -> int:
        return len(self._order)

    def document(self, index: int) -> Document:
        """The document of a row."""
        return self._documents[self._order[index]]

    def identity(self, index: int) -> str:
        """The id of a row's document."""
        return str(self._documents[self._order[index]]["id"])

    def cells(self, index: int) -> Sequence[str]:
        """The texts of a row, one a column."""
        return [item.text for item in self._row(index)]

    def style(self, index: int, column: str) -> str:
        """The tone of one cell."""
        try:
            return self._row(index)[self.columns.index(column)].tone
        except ValueError:
            return ""

    def index_of(self, identity: str) -> int | None:
        """The row of a document, or None while it is not listed. Documents are in the order of their ids."""
        place = self._place(identity)
        try:
            return None if place is None else self._order.index(place)
        except ValueError:
            return None

    def _place(self, identity: str) -> int | None:
        place = bisect_left(self._documents, identity, key=_id)
        there = place < len(self._documents) and self._documents[place]["id"] == identity
        return place if there else None

    def _row(self, index: int) -> tuple[Cell, ...]:
        document = self.document(index)
        row = self._cells.get(document["id"])
        if row is None:
            now = self._clock()
            row = tuple(cell(self.kind, document, name, self._reader, now) for name in self.columns)
            if len(self._cells) >= _REMEMBERED:
                self._cells.clear()
            self._cells[document["id"]] = row
        return row


def _id(document: Document) -> str:
    return str(document["id"])


def table_columns(kind: Kind, names: Sequence[str]) -> Columns:
    """The columns of a kind for the table: long texts share the spare room and are the first to give way."""
    return tuple(
        Column(
            column.name,
            column.title,
            "right" if column.align == "right" else "left",
            minimum=_minimum(kind, column.name),
            weight=_weight(kind, column.name),
        )
        for column in columns_of(kind, names)
    )


def _minimum(kind: Kind, name: str) -> int:
    item = kind.by_name.get(name)
    if item is not None and isinstance(item.type, FreeMap):
        # Room for one metric and its value: a map of which nothing can be read is not worth its column.
        return 16
    return 24 if name == "key" else 8


def _weight(kind: Kind, name: str) -> int:
    if name == "key":
        # It gives way last, because it is what people call a record by.
        return 0
    item = kind.by_name.get(name)
    return 1 if item is not None and isinstance(item.type, Text | FreeMap) else 0


class PlainRows:
    """Rows that are simply given: pairs of an identity and its texts."""

    def __init__(self, rows: Sequence[tuple[str, Sequence[str]]] = ()) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def cells(self, index: int) -> Sequence[str]:
        """The texts of a row, one a column."""
        return self.rows[index][1]

    def identity(self, index: int) -> str:
        """What the row stands for."""
        return self.rows[index][0]

    def style(self, index: int, column: str) -> str:  # noqa: ARG002
        """No tone at all."""
        return ""
