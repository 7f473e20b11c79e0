"""A document to be filled in or changed, with problems under the fields as one types. It loses nothing silently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from rich.text import Text
from textual import on
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from modelops_tui.entities.field import Document, Field
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.errors import Failure, Invalid, NotFound, Refused
from modelops_tui.present.brief import Sight, brief
from modelops_tui.present.terminal import visible
from modelops_tui.services import records
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, say
from modelops_tui.tui.form_table import input_for
from modelops_tui.tui.messages import StoreChanged
from modelops_tui.tui.screens.field_rows import FieldRowsScreen
from modelops_tui.tui.screens.question import Answer, Question
from modelops_tui.tui.sheet import line
from modelops_tui.tui.widgets.structure_inputs import FieldRow, default_of


class FormScreen(FieldRowsScreen):
    """A form; gives the id of the document that was written, "" when it was left."""

    def __init__(
        self,
        home: Home,
        kind: Kind,
        document: Document | None,
        form: dict[str, Any],
        clock: Callable[[], datetime],
    ) -> None:
        """`document` is None for a new one; `form` holds the values to begin with, references as keys."""
        called = label_of(kind, document, home.names) if document is not None else ""
        title = f"{kind.name} ▸ {called}" if document is not None else f"new {kind.name}"
        super().__init__(title, f"{kind.title}: {kind.says}")
        self.home = home
        self.kind = kind
        self.document = document
        self.clock = clock
        self.fixed: list[tuple[Field, Any]] = []
        self._saving = False
        self._begin(form)

    def _begin(self, form: dict[str, Any]) -> None:
        document = self.document
        self.rows, self.fixed = [], []
        for item in records.settable_fields(self.kind):
            if document is not None and item.fixed and document.get(item.name) is not None:
                self.fixed.append((item, document[item.name]))
                continue
            known = document is not None or item.name in form
            initial = form.get(item.name) if known else default_of(item)
            self.rows.append(FieldRow(item, input_for(item.type, initial, self.home)))

    def parts(self) -> list[Widget]:
        """What cannot change, then the fields."""
        parts: list[Widget] = []
        for item, value in self.fixed:
            shown = brief(item.type, value, Sight(self.home.names, self.clock()))
            text = Text.assemble((item.name, "bold"), f"  {visible(shown)}  ", ("(fixed)", "dim"))
            parts.append(Static(text, classes="fixed"))
        return [*parts, *self.rows]

    # ---- values and their problems ----

    def values(self) -> dict[str, Any]:
        """What the form says: every filled field of a new document, only what was touched of an old one."""
        if self.document is None:
            given = {row.field.name: row.input.value for row in self.rows}
            return {name: value for name, value in given.items() if value is not None}
        return {row.field.name: row.input.value for row in self.rows if row.input.touched}

    def check(self) -> None:
        """Has the values checked beside the screen."""
        values = self.values()
        check = partial(records.problems, self.home, self.kind, values, self.document)
        ask(self, check, self.show_problems, group="check", failed=self._cannot_check)

    def _cannot_check(self, failure: Failure) -> None:
        self.say_above(failure.says)

    # ---- saving ----

    def save(self) -> None:
        """Writes the document, unless that is under way or nothing was changed."""
        if self._saving:
            return
        if self.document is not None and not self.touched:
            self.dismiss("")
            return
        self._save(self.document["rev"] if self.document is not None else None)

    def _save(self, if_rev: int | None) -> None:
        values, kind, document = self.values(), self.kind, self.document
        self._saving = True

        def write() -> Document:
            if document is None:
                return records.create(self.home, kind, values)
            return records.change(self.home, kind, document["id"], values, if_rev=if_rev)

        ask(self, write, self._saved, group="save", failed=self._not_saved, replacing=False)

    def _saved(self, document: Document) -> None:
        self._saving = False
        say(
            self,
            f"{'Made' if self.document is None else 'Saved'} {self.kind.title}. u takes it back.",
        )
        self.dismiss(str(document["id"]))

    def _not_saved(self, failure: Failure) -> None:
        self._saving = False
        if isinstance(failure, Invalid) and failure.problems:
            self.refuse(failure.problems)
            return
        if isinstance(failure, NotFound) and self.document is not None:
            self.say_above(
                f"This {self.kind.title} was removed meanwhile; u in the list may bring it back. Nothing is lost here."
            )
            return
        self.say_above(f"{failure.says} {failure.hint}".strip())
        if isinstance(failure, Refused) and self.document is not None:
            ask(self, self._now, self._maybe_conflict, group="conflict", failed=lambda _: None)

    def _now(self) -> tuple[Document, dict[str, Any]]:
        assert self.document is not None
        now = self.home.read(self.kind, self.document["id"])
        return now, records.input_form(self.home, self.kind, now)

    def _maybe_conflict(self, found: tuple[Document, dict[str, Any]]) -> None:
        now, form = found
        if self.document is None or now["rev"] == self.document["rev"]:
            return
        who = f"It was changed meanwhile (revision {self.document['rev']} is now {now['rev']})."
        lines = [
            line(who),
            line("Keep mine: only the fields changed here are written over the other change."),
            line("Reload: what was typed here is dropped, and the form begins anew."),
        ]
        answers = (Answer("k", "Keep mine"), Answer("r", "Reload", harm=True))
        question = Question("Someone else changed this", lines, answers)
        self.app.push_screen(question, partial(self._settle_conflict, now, form))

    async def _settle_conflict(self, now: Document, form: dict[str, Any], answer: str | None) -> None:
        if answer == "k":
            self._save(now["rev"])
        elif answer == "r":
            self.document = now
            self._begin(form)
            box = self.query_one("#form", VerticalScroll)
            await box.remove_children()
            await box.mount_all(self.parts())
            self.say_above("")
            self.on_mount()

    @on(StoreChanged)
    def _store_changed(self, event: StoreChanged) -> None:
        if self.document is not None and self.kind.name in event.kinds and not self._saving:
            ask(self, self._now, self._changed_elsewhere, group="news", failed=self._gone)

    def _changed_elsewhere(self, found: tuple[Document, dict[str, Any]]) -> None:
        if self.document is not None and found[0]["rev"] != self.document["rev"]:
            self.title_line.show(right="● changed elsewhere meanwhile")

    def _gone(self, _: Failure) -> None:
        self.title_line.show(right="✗ removed elsewhere meanwhile")
