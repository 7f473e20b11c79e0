"""Who can open a chest, and who could: shared and taken back after a question. It shows fingerprints, never a key."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.present.terminal import visible
from modelops_tui.services import chest_sharing
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, say
from modelops_tui.tui.row_source import PlainRows
from modelops_tui.tui.screens.question import Answer, Question
from modelops_tui.tui.screens.vault_unlocking import ask_with_key
from modelops_tui.tui.sheet import Piece, SheetLine, blank, line
from modelops_tui.tui.widgets.record_table import Column, RecordTable

COLUMNS = (
    Column("name", "who", minimum=8),
    Column("state", "opens it", minimum=10),
    Column("fingerprint", "fingerprint", weight=1),
)


class Somebody(NamedTuple):
    """A user beside a chest: how they stand to it, and the fingerprint of their published key, "" for none."""

    id: str
    name: str
    state: str
    fingerprint: str
    opens: bool
    owner: bool
    current: bool


def people(home: Home, chest: str) -> list[Somebody]:
    """Who can open a chest, then who could be let in, then who has no vault."""
    holding = {holder.user: holder for holder in chest_sharing.holders(home, chest)}
    owner = home.read(BY_NAME["treasure-chest"], chest).get("owner")
    found = []
    for user in home.documents(BY_NAME["user"]):
        id, holder = str(user["id"]), holding.get(str(user["id"]))
        fingerprint = str(user.get("fingerprint") or "")
        if user.get("state", "active") != "active" and holder is None:
            continue
        state = "no, Enter shares" if fingerprint else "no vault yet"
        if holder is not None:
            state = "yes" if holder.current else "with a former key"
        if id == owner:
            state = "owner"
        current = holder is not None and holder.current
        found.append(Somebody(id, str(user["name"]), state, fingerprint, holder is not None, id == owner, current))
    return sorted(found, key=lambda one: (not one.owner, not one.opens, not one.fingerprint, one.name))


class People(ModalScreen[None]):
    """The list; Enter shares with somebody or takes back, after a question."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "leave")]

    def __init__(self, home: Home, chest: str, name: str) -> None:
        super().__init__()
        self.home = home
        self.chest = chest
        self.chest_name = name
        self.rows = PlainRows()
        self.found: dict[str, Somebody] = {}

    def compose(self) -> ComposeResult:
        """The heading and the list."""
        with Vertical(classes="dialog reading"):
            yield Static(Text(visible(f"Who opens {self.chest_name}")), classes="dialog-title")
            yield RecordTable(empty_text="Nobody is known.")
            yield Static(Text("Enter shares or takes back, Esc leaves"), classes="dialog-foot")

    def on_mount(self) -> None:
        """Reads who there is."""
        table = self.query_one(RecordTable)
        table.set_source(self.rows, COLUMNS)
        table.loading_text = "loading…"
        table.focus()
        self._read()

    def _read(self) -> None:
        ask(self, partial(people, self.home, self.chest), self._show, group="people")

    def _show(self, found: list[Somebody]) -> None:
        self.found = {one.id: one for one in found}
        self.rows.rows = [(one.id, (one.name, one.state, one.fingerprint)) for one in found]
        table = self.query_one(RecordTable)
        table.loading_text = ""
        table.refresh_rows()

    def action_leave(self) -> None:
        """Changes nothing more."""
        self.dismiss()

    @on(RecordTable.Opened)
    def _opened(self, event: RecordTable.Opened) -> None:
        event.stop()
        one = self.found[event.identity]
        if one.owner:
            say(self, f"{one.name} owns {self.chest_name} and keeps opening it.")
        elif not one.opens and not one.fingerprint:
            say(self, f"{one.name} has no vault yet and makes one first.", severity="warning")
        else:
            title, lines, answers = question_about(one, self.chest_name)
            self.app.push_screen(Question(title, lines, answers), partial(self._answered, one))

    def _answered(self, one: Somebody, answer: str | None) -> None:
        if answer == "s":
            share = partial(chest_sharing.share, self.home, self.chest, one.id, one.fingerprint)
            ask_with_key(self, self.home, share, self._shared)
        elif answer == "t":
            unshare = partial(chest_sharing.unshare, self.home, self.chest, one.id)
            ask_with_key(self, self.home, unshare, self._unshared)

    def _shared(self, done: chest_sharing.Shared) -> None:
        say(self, f"{done.name} opens {self.chest_name} from now on.")
        self._read()

    def _unshared(self, done: chest_sharing.Unshared) -> None:
        self._read()
        says = f"{done.name} is kept out of what is sealed from now on."
        self.app.push_screen(Question("Taken back", [line(says), blank(), line(Piece(done.advice, "busy"))], ()))


def question_about(one: Somebody, chest: str) -> tuple[str, list[SheetLine], list[Answer]]:
    """What is asked before a chest is shared with somebody or taken back from them."""
    lines, answers = [], []
    if one.fingerprint:
        lines = [line("Their fingerprint:"), line(Piece(one.fingerprint, "title"))]
    if not one.current and one.fingerprint:
        lines += [
            blank(),
            line(f"Compare it with {one.name} by another way first: whoever has the key of it reads all of {chest},"),
            line("what is in it and what comes."),
        ]
        answers.append(Answer("s", "Share"))
    if one.opens:
        lines += [blank(), line("Taken back, the chest gets a new key and every entry is sealed anew.")]
        answers.append(Answer("t", "Take back", harm=True))
        return f"Let {one.name} open {chest}?" if not one.current else f"{one.name} opens {chest}", lines, answers
    return f"Let {one.name} open {chest}?", lines, answers
