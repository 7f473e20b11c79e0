"""One conflict after the other: its places, and for each base, mine and theirs side by side. It only shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult

from modelops_tui.errors import Failure
from modelops_tui.services import sync
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask
from modelops_tui.tui.conflict_sides import ConflictShown, shown_conflict
from modelops_tui.tui.messages import StoreChanged, SyncChanged
from modelops_tui.tui.row_source import PlainRows
from modelops_tui.tui.screens.above import AboveRecords
from modelops_tui.tui.sheet import line
from modelops_tui.tui.sync_work import SyncWork
from modelops_tui.tui.widgets.lines import KeyLine, TwoSides
from modelops_tui.tui.widgets.record_table import Column, RecordTable
from modelops_tui.tui.widgets.sides_view import SidesView

COLUMNS = (
    Column("place", "where", minimum=8),
    Column("mine", "mine", minimum=6, weight=1),
    Column("theirs", "theirs", minimum=6, weight=1),
)
MOST_PLACES = 6
"""Lines of the table of places, its header too."""

QUESTIONS = {
    "removed there": "It was removed there, and is changed or needed here: keep it, or remove it here too?",
    "removed here": "It was removed here, and is changed or needed there: keep it, or remove it there too?",
    "name": "Are the two the same? If not, one of them is renamed.",
    "number": "Both were published with one number. Mine has the next free one now: fork, merge, or drop it?",
}
"""What stands above the two sides of a conflict that is not about places."""

NONE_LEFT = "No conflict is left. Esc goes back; what was decided goes out with the next sync."


class Found(NamedTuple):
    """The ids of the open conflicts, the place of the shown one, that one, and how many records went along with it."""

    ids: list[str]
    place: int
    shown: ConflictShown | None
    along: int = 0


class ConflictView(AboveRecords):
    """The open conflicts, one at a time."""

    DEFAULT_CSS: ClassVar[str] = """
    ConflictView #places { height: auto; display: none; }
    ConflictView #places.-many { display: block; }
    ConflictView SidesView { border-top: none; }
    """

    def __init__(self, home: Home, clock: Callable[[], datetime], work: SyncWork, wanted: str) -> None:
        """`wanted` is the id of the conflict, or of its document, to begin with."""
        super().__init__()
        self.home = home
        self.clock = clock
        self.work = work
        self.wanted = wanted
        self.found = Found([], 0, None)
        self.top = TwoSides("≠ …", id="top")
        self.title_line = TwoSides("", id="title")
        self.places = RecordTable(id="places")
        self.sides = SidesView()
        self.said = ""
        self._rows = PlainRows()

    def compose(self) -> ComposeResult:
        """The top line, the places, what is decided now, the texts, the keys."""
        yield self.top
        yield self.places
        yield self.title_line
        yield self.sides
        yield KeyLine()

    def on_mount(self) -> None:
        """Reads the conflicts."""
        self.places.set_source(self._rows, COLUMNS)
        self.sides.focus()
        self.load()

    @property
    def shown(self) -> ConflictShown | None:
        """The conflict that is shown, None while there is none."""
        return self.found.shown

    @property
    def nature(self) -> str:
        """What is to be decided, "" for nothing."""
        return self.shown.nature if self.shown is not None else ""

    def place(self) -> sync.FieldConflict | None:
        """The place under the cursor, where a conflict is about places."""
        if self.shown is None or self.nature != "fields":
            return None
        fields = self.shown.conflict.fields
        wanted = self.places.current
        return next((item for item in fields if item.path == wanted), fields[0] if fields else None)

    # ---- reading ----

    def load(self) -> None:
        """Reads the open conflicts again, and shows the wanted one or the one that took its place."""
        wanted, place, now = self.wanted, self.found.place, self.clock()

        def question() -> Found:
            conflicts = sync.conflicts(self.home)
            ids = [item.id for item in conflicts]
            places = [number for number, item in enumerate(conflicts) if wanted in (item.id, item.document)]
            here = places[0] if places else min(place, len(ids) - 1)
            if not conflicts:
                return Found(ids, here, None)
            one = conflicts[here]
            along = len(sync.went_along(self.home, (one.kind, one.document)))
            return Found(ids, here, shown_conflict(self.home, one, now), along)

        ask(self, question, self._take, group="conflicts", failed=self._lost)

    def _take(self, found: Found) -> None:
        same = self.shown is not None and found.shown is not None and self.shown.conflict.id == found.shown.conflict.id
        self.found = found
        shown = found.shown
        if shown is None:
            self.wanted = ""
            self.top.show("≠ 0 conflicts", "")
            self._fill([], same=False)
            self.title_line.show("", self.said)
            self.sides.sides = ()
            self.sides.show([line(NONE_LEFT)])
            self.refresh_bindings()
            return
        conflict = shown.conflict
        self.wanted = conflict.id
        self.top.show(f"≠ {found.place + 1} of {len(found.ids)} ▸ {conflict.kind} {conflict.label}", conflict.what)
        rows = []
        for field in conflict.fields if shown.nature == "fields" else ():
            mine, theirs = (side.text.replace("\n", " ") for side in shown.places[field.path][1:])
            rows.append((field.path, (field.path, mine, theirs)))
        self._fill(rows, same=same)
        self.show_place(from_top=not same)

    def _fill(self, rows: Sequence[tuple[str, Sequence[str]]], *, same: bool) -> None:
        self._rows.rows = rows
        self.places.refresh_rows()
        self.places.set_class(len(rows) > 1, "-many")
        self.places.styles.height = min(len(rows) + 1, MOST_PLACES, max(3, self.size.height // 3))
        if len(rows) <= 1:
            self.sides.focus()
        elif not same:
            self.places.focus()

    def _lost(self, failure: Failure) -> None:
        self.sides.sides = ()
        self.sides.show([line(f"✗ {failure.says}")])

    def show_place(self, *, from_top: bool = True) -> None:
        """Shows the texts of the place under the cursor."""
        shown = self.shown
        if shown is None:
            return
        field = self.place()
        many = len(shown.conflict.fields)
        where = ""
        if field is not None:
            number = [item.path for item in shown.conflict.fields].index(field.path) + 1
            where = f"{field.path} ({number} of {many})" if many > 1 else field.path
        along = f"keeping it brings back {self.found.along} more" if self.found.along else ""
        self.title_line.show(where or QUESTIONS.get(shown.nature, ""), self.said or along)
        self.sides.show_sides(shown.places.get(field.path if field is not None else "", ()), from_top=from_top)
        self.refresh_bindings()

    @on(RecordTable.Highlighted, "#places")
    def _place_chosen(self) -> None:
        self.show_place()

    @on(StoreChanged)
    @on(SyncChanged)
    def _changed(self) -> None:
        if not self.work.doing:
            self.load()
