"""Inputs for references, frozen copies and free values. They look up what can be picked, and write nothing."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Button, Static

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import FreeMap, Reference, Snapshot
from modelops_tui.entities.wording import a
from modelops_tui.errors import Invalid
from modelops_tui.present.brief import copy_label
from modelops_tui.present.moments import local_time
from modelops_tui.present.notation import dump, dump_yaml, read_documents
from modelops_tui.present.terminal import visible
from modelops_tui.services.home import Home
from modelops_tui.tui.widgets.field_input import FieldInput
from modelops_tui.tui.widgets.safe_inputs import SafeInput, SafeTextArea


class PointerInput(FieldInput):
    """A key or id, typed or picked from a list."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,f4", "pick", "pick from a list", key_display="↓")]

    DEFAULT_CSS: ClassVar[str] = """
    PointerInput > .note { display: none; height: auto; color: $text-muted; }
    PointerInput > .note.-said { display: block; }
    PointerInput > Horizontal { height: auto; }
    PointerInput > Horizontal > SafeInput { width: 1fr; }
    PointerInput > Horizontal > Button { min-width: 3; width: 3; margin-left: 1; }
    """

    def __init__(self, type_: FieldType, initial: Any, home: Home) -> None:
        super().__init__(type_, initial, home)
        assert isinstance(type_, Reference | Snapshot)
        self.kind = BY_NAME[type_.kind]
        self.line = SafeInput(self.text_of(initial), placeholder=f"{type_.describe()}; ↓ picks")
        self.note = Static("", classes="note")
        self.settle()

    def text_of(self, value: Any) -> str:
        """How a value stands in the line."""
        return "" if value is None else str(value)

    def compose(self) -> ComposeResult:
        """The line and a button that opens the list."""
        with Horizontal():
            yield self.line
            yield Button("…", compact=True, tooltip=f"pick {a(self.kind.title)}")
        yield self.note
        yield self.below

    def raw(self) -> Any:
        """The text, None when it is blank."""
        return self.line.value.strip() or None

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_pick()

    def action_pick(self) -> None:
        """Opens the list of what there is."""
        from modelops_tui.tui.screens.picker import Picker

        self.app.push_screen(Picker(self.home, self.kind), self._picked)

    def _picked(self, key: str | None) -> None:
        if key:
            self.line.value = key
        self.line.focus()


class SnapshotInput(PointerInput):
    """A frozen copy: kept as it is until another origin is picked."""

    def text_of(self, value: Any) -> str:
        """The key that the origin had."""
        return copy_label(value) if isinstance(value, dict) else super().text_of(value)

    def on_mount(self) -> None:
        """Says of when the copy is."""
        if isinstance(self.initial, dict):
            taken = local_time(str(self.initial.get("taken_at") or ""))
            self.note.add_class("-said")
            self.note.update(Text(visible(f"a copy of {taken}; type or pick to copy again")))


class FreeInput(FieldInput):
    """Any value, or a map of any values, written as YAML or JSON."""

    def __init__(self, type_: FieldType, initial: Any, home: Home) -> None:
        super().__init__(type_, initial, home)
        self.is_map = isinstance(type_, FreeMap)
        self.area = SafeTextArea(self._text_of(initial))
        self.settle()

    def _text_of(self, value: Any) -> str:
        if value is None or value == {}:
            return ""
        if self.is_map and isinstance(value, dict):
            return dump_yaml(value).rstrip("\n")
        if isinstance(value, str):
            meant = self.type.read(value)
            return value if meant == value else dump({"value": value}, "jsonl").strip()[9:-1]
        return dump({"value": value}, "json").strip().removeprefix('{\n  "value": ').removesuffix("\n}")

    def compose(self) -> ComposeResult:
        """The text."""
        yield self.area
        yield self.below

    def raw(self) -> Any:
        """What the text says; text that says no map stays text, which is then told as a problem."""
        text = self.area.text
        if not text.strip():
            return {} if self.is_map and self.initial is not None else None
        if not self.is_map:
            return self.type.read(text)
        try:
            found = read_documents(text, "here")
        except Invalid:
            return text
        return found[0][1] if len(found) == 1 else text

    def mistake(self) -> str:
        """What is wrong with the notation, "" for nothing."""
        if not self.is_map or not self.area.text.strip():
            return ""
        try:
            found = read_documents(self.area.text, "here")
        except Invalid as invalid:
            return invalid.says
        return "" if len(found) == 1 else "must be one map of names and values."

    def show_problem(self, says: str) -> None:
        """Says where the notation breaks rather than that it is no map."""
        super().show_problem(self.mistake() or says)
