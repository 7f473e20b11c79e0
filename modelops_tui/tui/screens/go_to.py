"""One line that leads anywhere: to a kind, to a record by its key or id, to a command. It does nothing itself."""

from __future__ import annotations

from itertools import islice
from typing import ClassVar

from textual import on
from textual.fuzzy import Matcher
from textual.screen import Screen
from textual.widgets import Input

from modelops_tui.entities.keys import candidates, has_key, label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import KINDS
from modelops_tui.services.home import Home
from modelops_tui.services.known_keys import documents_beginning
from modelops_tui.tui.background import ask
from modelops_tui.tui.record_list import RecordList, Wish, is_words
from modelops_tui.tui.screens.leading import Found, Leading
from modelops_tui.tui.widgets.record_table import Column, Columns, RecordTable
from modelops_tui.tui.widgets.safe_inputs import SafeInput

MOST_RECORDS = 40
MOST_OF_A_KIND = 8


class GoTo(Leading):
    """Gives (kind name, id or "") to go to, ("do", action) to do, or None."""

    COLUMNS: ClassVar[Columns] = (Column("what", "go to", weight=2), Column("hint", "", weight=1))
    PLACEHOLDER: ClassVar[str] = "a kind, a key such as iris:night-7, an id, or a command"
    EMPTY: ClassVar[str] = "Nothing is called that."

    def __init__(self, home: Home, open_records: RecordList, below: Screen[None]) -> None:
        super().__init__()
        self.home = home
        self.open_records = open_records
        self.commands = commands_of(below)

    def on_mount(self) -> None:
        """Shows every kind to begin with."""
        self.show(self._words(""))
        self.query_one(SafeInput).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        text = event.value.strip()
        ask(
            self,
            lambda: self._everything(text),
            self.show,
            group="find",
        )

    def _words(self, text: str) -> list[Found]:
        """The kinds and commands that fit, the best first."""
        every: list[tuple[str, Found]] = []
        for kind in KINDS:
            hint = f"kind  {' '.join(kind.shorts)}".rstrip()
            every.append((" ".join((kind.name, *kind.shorts)), (f"{kind.name}\n", (kind.name, hint))))
        for says, key, action in self.commands:
            every.append((says, (f"do\n{action}", (says, f"key  {key}"))))
        if not text:
            return [found for _, found in every]
        matcher = Matcher(text)
        scored = [(matcher.match(words), found) for words, found in every]
        best = sorted((item for item in scored if item[0] > 0), key=lambda item: -item[0])
        return [found for _, found in best[:12]]

    def _everything(self, text: str) -> list[Found]:
        """All that the text may mean, the likeliest first."""
        words = self._words(text)
        named = [item for item in words if text and item[1][0].startswith(text.lower())]
        return [*self._exact(text), *named, *self._beginning(text), *words, *self._near(text)]

    def _beginning(self, text: str) -> list[Found]:
        """The records of any kind whose key begins so."""
        if not text:
            return []
        found = (
            self._row(kind, document)
            for kind in KINDS
            if has_key(kind)
            for _, document in islice(documents_beginning(self.home, kind, text), MOST_OF_A_KIND)
        )
        return list(islice(found, MOST_RECORDS))

    def _exact(self, text: str) -> list[Found]:
        """The records of any kind that are called exactly this."""
        if not text:
            return []
        found: list[Found] = []
        for kind in KINDS:
            found += [self._row(kind, document) for document in candidates(kind, text, self.home.names)[:10]]
        return found

    def _near(self, text: str) -> list[Found]:
        """The records of the open kind that hold these words."""
        if not text or not is_words(text):
            return []
        arranged = self.open_records.fitting(Wish(text), MOST_RECORDS)
        return [self._row(self.open_records.kind, document) for document in arranged]

    def _row(self, kind: Kind, document: dict[str, object]) -> Found:
        return f"{kind.name}\n{document['id']}", (
            label_of(kind, document, self.home.names),
            kind.name,
        )

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()

        moved = self.query_one(RecordTable).cursor > 0
        if moved or not text:
            self.go(self.query_one(RecordTable).current)
        else:
            # What was typed last may not be listed yet.
            ask(self, lambda: self._everything(text), lambda rows: self.go(rows[0][0] if rows else ""), group="find")


def commands_of(screen: Screen[None]) -> list[tuple[str, str, str]]:
    """What can be done on a screen now: in words, the key, the action."""
    found: dict[str, tuple[str, str, str]] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if active.node is screen and active.enabled and binding.description and binding.action not in found:
            found[binding.action] = (
                binding.description,
                screen.app.get_key_display(binding),
                binding.action,
            )
    return list(found.values())
