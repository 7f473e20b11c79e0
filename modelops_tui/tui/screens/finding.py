"""Words looked for in the records of every kind, with the place where each was found. It only leads there."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.timer import Timer
from textual.widgets import Input

from modelops_tui.errors import Failure
from modelops_tui.services.home import Home
from modelops_tui.tui.background import Lookout, tell
from modelops_tui.tui.screens.leading import Found, Leading
from modelops_tui.tui.widgets.record_table import Column, Columns, RecordTable
from modelops_tui.tui.widgets.safe_inputs import SafeInput

MOST_FOUND = 200
PAUSE = 0.25
"""Seconds without a key after which the search begins by itself."""


class FindEverywhere(Leading):
    """Gives (kind name, id) of the record that was chosen, or None."""

    COLUMNS: ClassVar[Columns] = (
        Column("record", "record", weight=1, minimum=10),
        Column("kind", "kind"),
        Column("where", "found in", weight=2, minimum=10),
    )
    PLACEHOLDER: ClassVar[str] = "words that must all occur in a record of any kind"
    EMPTY: ClassVar[str] = "Type a word or more."

    def __init__(self, home: Home) -> None:
        super().__init__()
        self.home = home
        self._lookout = Lookout(self, self._find, self._found, self._could_not, group="find")
        self._pause: Timer | None = None
        self._shown_for = ""

    def on_mount(self) -> None:
        """Waits for words."""
        self.show([])
        self.query_one(SafeInput).focus()

    @property
    def _text(self) -> str:
        return self.query_one(SafeInput).value.strip()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._lookout.look)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._text and self._text == self._shown_for:
            self.go(self.query_one(RecordTable).current)
        else:
            self._lookout.look()

    def _find(self) -> tuple[str, list[Found]]:
        from modelops_tui.services.searching import search

        text = self._text
        hits = search(self.home, text, MOST_FOUND) if text else []
        rows: list[Found] = [
            (f"{hit.kind.name}\n{hit.id}", (hit.label, hit.kind.name, f"{hit.field}: {hit.excerpt}")) for hit in hits
        ]
        return text, rows

    def _found(self, answer: tuple[str, list[Found]]) -> None:
        self._shown_for, rows = answer
        table = self.query_one(RecordTable)
        table.empty_text = "Nothing holds all of these words." if self._shown_for else self.EMPTY
        self.show(rows)

    def _could_not(self, failure: Failure) -> None:
        tell(self, failure)
