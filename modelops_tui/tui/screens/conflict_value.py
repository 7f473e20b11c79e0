"""The form for a value of one's own where two sides differ: the input of the field, begun with mine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.widget import Widget
from textual.widgets import Static

from modelops_tui.entities.field import Field
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import Failure, Invalid
from modelops_tui.present.terminal import visible
from modelops_tui.services import sync
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask
from modelops_tui.tui.form_table import input_for
from modelops_tui.tui.screens.field_rows import FieldRowsScreen
from modelops_tui.tui.widgets.sides_view import Side
from modelops_tui.tui.widgets.structure_inputs import FieldRow

LONGEST = 300
"""Characters of each side that are shown above the input."""


class ValueForm(FieldRowsScreen):
    """One input; `decision` is what came of it once it was saved."""

    def __init__(
        self,
        home: Home,
        conflict: sync.Conflict,
        field: sync.FieldConflict,
        typed: tuple[Any, Any],
        sides: Sequence[Side],
    ) -> None:
        """`typed` is the type of the field and my value as it is typed in."""
        says = "It becomes the value on both sides with the next sync."
        super().__init__(f"{conflict.kind} ▸ {conflict.label} ▸ {field.path}", says)
        self.home = home
        self.conflict = conflict
        self.place = field
        self.sides = sides
        self.decision: sync.Decision | None = None
        item = BY_NAME[conflict.kind].by_name[field.path.split(".")[0]]
        type_, value = typed
        self.rows = [FieldRow(Field(field.path, type_, item.says), input_for(type_, value, home))]
        self._saving = False

    def parts(self) -> list[Widget]:
        """The beginnings of base and theirs, then the input."""
        shown: list[Widget] = []
        for side in self.sides:
            if not side.heading.startswith("mine"):
                text = side.text if len(side.text) <= LONGEST else f"{side.text[:LONGEST]}…"
                shown.append(Static(Text(visible(f"{side.heading}:\n{text}", multiline=True)), classes="fixed"))
        return [*shown, *self.rows]

    def _value(self) -> sync.Value:
        return sync.value_from(self.home, self.conflict, self.place, self.rows[0].input.value)

    def check(self) -> None:
        """Has the value checked beside the screen."""
        ask(self, self._value, lambda _: self.show_problems(()), group="check", failed=self._wrong)

    def _wrong(self, failure: Failure) -> None:
        if isinstance(failure, Invalid):
            self.show_problems(failure.problems)
        else:
            self.say_above(failure.says)

    def save(self) -> None:
        """Decides the place with this value."""
        if self._saving:
            return
        self._saving = True

        def decide() -> sync.Decision:
            return sync.decide(self.home, self.conflict, fields={self.place.path: self._value()})

        ask(self, decide, self._decided, group="save", failed=self._not_decided, replacing=False)

    def _decided(self, decision: sync.Decision) -> None:
        self.decision = decision
        self.dismiss(decision.conflict.id)

    def _not_decided(self, failure: Failure) -> None:
        self._saving = False
        if isinstance(failure, Invalid) and failure.problems:
            self.refuse(failure.problems)
        else:
            self.say_above(f"{failure.says} {failure.hint}".strip())
