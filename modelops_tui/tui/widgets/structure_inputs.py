"""Inputs that hold others: lists, groups of fields, maps. They never check a value themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from modelops_tui.entities.field import Auto, Field, FieldType, child_path
from modelops_tui.entities.structures import Entries, Group, Items
from modelops_tui.present.terminal import visible
from modelops_tui.services.home import Home
from modelops_tui.tui.widgets.field_input import FieldInput, Maker
from modelops_tui.tui.widgets.safe_inputs import SafeInput


class FieldRow(Vertical):
    """A field of a form: its name, its input, what it is for."""

    DEFAULT_CSS: ClassVar[str] = """
    FieldRow { height: auto; margin-bottom: 1; }
    FieldRow > .name { height: auto; }
    FieldRow > .help { color: $text-muted; height: auto; }
    """

    def __init__(self, field: Field, input_: FieldInput) -> None:
        super().__init__()
        self.field = field
        self.input = input_

    def compose(self) -> ComposeResult:
        """The name, the input, the help."""
        name = Text(visible(self.field.name), style="bold")
        name.append(" *" if self.field.required else "")
        yield Static(name, classes="name")
        yield self.input
        yield Static(Text(f"{self.field.says} {self.field.type.describe()}"), classes="help")


def default_of(field: Field) -> Any:
    """What a field of a new document begins with in a form; what only the moment of writing knows stays empty."""
    default = field.fresh_default()
    return None if isinstance(default, Auto) else default


class GroupInput(FieldInput):
    """Named fields, one below the other."""

    def __init__(self, type_: FieldType, initial: Any, home: Home, make: Maker) -> None:
        super().__init__(type_, initial, home)
        assert isinstance(type_, Group)
        given = initial if isinstance(initial, dict) else {}
        fresh = initial is None
        self.rows = [
            FieldRow(item, make(item.type, default_of(item) if fresh else given.get(item.name), home))
            for item in type_.fields
        ]
        self.settle()

    def compose(self) -> ComposeResult:
        """The fields."""
        with Vertical(classes="inside"):
            yield from self.rows
        yield self.below

    def raw(self) -> Any:
        """The filled-in fields; None when all that is there are defaults."""
        own = self.initial if isinstance(self.initial, dict) else {}
        known = {row.field.name for row in self.rows}
        kept = {name: value for name, value in own.items() if name not in known}
        values = {row.field.name: row.input.value for row in self.rows}
        if self.initial is None and not any(row.input.touched for row in self.rows):
            return None
        return kept | {name: value for name, value in values.items() if value is not None}

    def places(self, path: str) -> Iterator[tuple[str, FieldInput]]:
        """This group and its fields."""
        yield path, self
        for row in self.rows:
            yield from row.input.places(child_path(path, row.field.name))


class Item(Horizontal):
    """One value of a list, or one pair of a map, with the buttons that move it and take it away."""

    DEFAULT_CSS: ClassVar[str] = """
    Item { height: auto; }
    Item > FieldInput { width: 1fr; }
    Item > SafeInput { width: 24; margin-right: 1; }
    Item > Button { margin-left: 1; min-width: 3; width: 3; }
    """

    def __init__(self, input_: FieldInput, name: SafeInput | None = None) -> None:
        super().__init__()
        self.input = input_
        self.key = name

    def compose(self) -> ComposeResult:
        """The name in a map, the value, the buttons."""
        if self.key is not None:
            yield self.key
        yield self.input
        if self.key is None:
            yield Button("↑", classes="up", compact=True, tooltip="up")
            yield Button("↓", classes="down", compact=True, tooltip="down")
        yield Button("✕", classes="drop", compact=True, tooltip="take away")


class ManyInput(FieldInput):
    """What lists and maps share: rows that come, go and move."""

    def __init__(self, type_: FieldType, initial: Any, home: Home, make: Maker) -> None:
        super().__init__(type_, initial, home)
        assert isinstance(type_, Items | Entries)
        self.of = type_.of
        self.make = make
        self.rows: list[Item] = []
        self.box = Vertical(classes="inside")

    def compose(self) -> ComposeResult:
        """The rows and a button for another."""
        with self.box:
            yield from self.rows
        yield Button("+ add", classes="add", compact=True)
        yield self.below

    def new_row(self) -> Item:
        """An empty row."""
        raise NotImplementedError

    @on(Button.Pressed, ".add")
    async def _add(self, event: Button.Pressed) -> None:
        event.stop()
        row = self.new_row()
        self.rows.append(row)
        await self.box.mount(row)
        (row.key or row.input.first()).focus()
        self.post_message(self.Edited())

    @on(Button.Pressed, ".drop")
    async def _drop(self, event: Button.Pressed) -> None:
        event.stop()
        row = self._row_of(event.button)
        if row is not None:
            self.rows.remove(row)
            await row.remove()
            self.post_message(self.Edited())

    @on(Button.Pressed, ".up")
    def _up(self, event: Button.Pressed) -> None:
        event.stop()
        self._move(event.button, -1)

    @on(Button.Pressed, ".down")
    def _down(self, event: Button.Pressed) -> None:
        event.stop()
        self._move(event.button, 1)

    def _row_of(self, button: Button) -> Item | None:
        return next((row for row in self.rows if row is button.parent), None)

    def _move(self, button: Button, step: int) -> None:
        row = self._row_of(button)
        if row is None:
            return
        here = self.rows.index(row)
        there = here + step
        if 0 <= there < len(self.rows):
            other = self.rows[there]
            if step < 0:
                self.box.move_child(row, before=other)
            else:
                self.box.move_child(row, after=other)
            self.rows[here], self.rows[there] = other, row
            self.post_message(self.Edited())


class ListInput(ManyInput):
    """A list: rows that can be added, taken away and moved. Rows left empty do not count."""

    def __init__(self, type_: FieldType, initial: Any, home: Home, make: Maker) -> None:
        super().__init__(type_, initial, home, make)
        values = initial if isinstance(initial, list) else []
        self.rows = [Item(make(self.of, value, home)) for value in values]
        self.settle()

    def new_row(self) -> Item:
        """An empty row."""
        return Item(self.make(self.of, None, self.home))

    def _filled(self) -> list[Item]:
        return [row for row in self.rows if row.input.value is not None]

    def raw(self) -> Any:
        """The values in order; an empty list where there was one, else None."""
        values = [row.input.value for row in self._filled()]
        return values if values or self.initial is not None else None

    def places(self, path: str) -> Iterator[tuple[str, FieldInput]]:
        """This list and its filled rows, numbered as problems number them."""
        yield path, self
        for index, row in enumerate(self._filled()):
            yield from row.input.places(f"{path}[{index}]")


class MapInput(ManyInput):
    """A map of names: rows of a name and a value. Rows without a name do not count."""

    def __init__(self, type_: FieldType, initial: Any, home: Home, make: Maker) -> None:
        super().__init__(type_, initial, home, make)
        values = initial if isinstance(initial, dict) else {}
        self.rows = [Item(make(self.of, value, home), SafeInput(name)) for name, value in values.items()]
        self.settle()

    def new_row(self) -> Item:
        """An empty row."""
        return Item(self.make(self.of, None, self.home), SafeInput(placeholder="name"))

    def raw(self) -> Any:
        """The values by their names; the last of two rows with one name counts."""
        values = {row.key.value: row.input.value for row in self.rows if row.key is not None and row.key.value}
        return values if values or self.initial is not None else None

    def places(self, path: str) -> Iterator[tuple[str, FieldInput]]:
        """This map and its rows."""
        yield path, self
        for row in self.rows:
            if row.key is not None and row.key.value:
                yield from row.input.places(child_path(path, row.key.value))
