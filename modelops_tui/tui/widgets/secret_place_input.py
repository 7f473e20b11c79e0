"""The input for a chest and one of its entries, both picked by name. It reads names only, never a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Button

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.keys import candidates
from modelops_tui.entities.structures import Group, Reference
from modelops_tui.errors import NotFound, WrongUse
from modelops_tui.services.chests import CHEST, EntryNames, entry_names
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask
from modelops_tui.tui.widgets.field_input import FieldInput, Maker
from modelops_tui.tui.widgets.safe_inputs import SafeInput
from modelops_tui.tui.widgets.structure_inputs import GroupInput


class EntryInput(FieldInput):
    """The name of an entry, typed or picked from those of the chest."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,f4", "pick", "pick from a list", key_display="↓")]
    DEFAULT_CSS: ClassVar[str] = """
    EntryInput > Horizontal { height: auto; }
    EntryInput > Horizontal > SafeInput { width: 1fr; }
    EntryInput > Horizontal > Button { min-width: 3; width: 3; margin-left: 1; }
    """

    def __init__(self, type_: FieldType, initial: Any, home: Home, chest: Callable[[], Any]) -> None:
        """`chest` gives what stands in the chest's own input: a key, an id or None."""
        super().__init__(type_, initial, home)
        self.chest = chest
        self.line = SafeInput("" if initial is None else str(initial), placeholder="an entry of the chest; ↓ picks")
        self.settle()

    def compose(self) -> ComposeResult:
        """The line and a button that opens the list."""
        with Horizontal():
            yield self.line
            yield Button("…", compact=True, tooltip="pick an entry of the chest")
        yield self.below

    def raw(self) -> Any:
        """The text, None when it is blank."""
        return self.line.value.strip() or None

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_pick()

    def action_pick(self) -> None:
        """Reads the entries of the chest and opens the list."""
        chest = self.chest()
        ask(self, lambda: names_in(self.home, chest), self._choose, group="entries")

    def _choose(self, found: list[EntryNames]) -> None:
        from modelops_tui.tui.screens.choosing import ChooseOne

        rows = [(item.entry, (item.entry, ", ".join(item.fields))) for item in found]
        self.app.push_screen(ChooseOne(f"Entries of {self.chest()}", ("entry", "fields"), rows), self._picked)

    def _picked(self, entry: str | None) -> None:
        if entry:
            self.line.value = entry
        self.line.focus()


class SecretPlaceInput(GroupInput):
    """A chest and one of its entries."""

    def __init__(self, type_: FieldType, initial: Any, home: Home, make: Maker) -> None:
        assert isinstance(type_, Group)

        def part(of: FieldType, value: Any, at: Home) -> FieldInput:
            return make(of, value, at) if isinstance(of, Reference) else EntryInput(of, value, at, self.chest)

        super().__init__(type_, initial, home, part)

    def chest(self) -> Any:
        """What stands in the chest's own input."""
        return next(row.input.raw() for row in self.rows if row.field.name == "chest")


def names_in(home: Home, chest: Any) -> list[EntryNames]:
    """The entries of a chest called by its key or id. Raises WrongUse for none, NotFound, NotPermitted."""
    if not chest:
        raise WrongUse("Name the treasure chest first; its entries are listed then.")
    found = candidates(CHEST, str(chest), home.names)
    if len(found) != 1:
        raise NotFound(f"There is no treasure chest {chest}.")
    names = entry_names(home, found[0]["id"])
    if not names:
        raise NotFound(f"The treasure chest {chest} is empty.", "V in the list of treasure chests puts something in.")
    return names
