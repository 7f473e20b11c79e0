"""The records of one kind as a list, kept as the person wishes it. It shows at once and reads beside the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical

from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import AREAS, KINDS
from modelops_tui.present.cells import columns_of
from modelops_tui.present.forms_out import NEVER_SHOWN
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask
from modelops_tui.tui.record_list import Arrangement, RecordList, Wish
from modelops_tui.tui.row_source import RecordRows, table_columns
from modelops_tui.tui.screens.records import RecordScreen
from modelops_tui.tui.widgets.detail_pane import DetailPane
from modelops_tui.tui.widgets.filter_bar import FilterBar
from modelops_tui.tui.widgets.kind_list import KindList
from modelops_tui.tui.widgets.lines import KeyLine, TwoSides
from modelops_tui.tui.widgets.record_table import RecordTable

FIRST_KINDS = tuple(kind for area in ("lifecycle", "workflow", "artifacts") for kind in AREAS[area])
"""The kinds of which an empty registry holds nothing; the others have something from the start."""

GREETING = (
    "This registry is empty. It begins with a project: press n to make one. "
    "? shows every key; `modelops demo` opens a sample, `modelops load FILE` takes records in."
)


class ListingScreen(RecordScreen):
    """The kinds and the records of the open one, filtered and sorted as wished."""

    def __init__(self, home: Home, clock: Callable[[], datetime]) -> None:
        super().__init__(home, clock)
        self.kind = KINDS[0]
        self.wishes: dict[str, Wish] = {}
        self.cursors: dict[str, str] = {}
        self.trail: list[tuple[str, str]] = []
        self.records = RecordList(home, self.kind)
        self.rows = RecordRows(self.kind, home.readable, self._columns(), clock)
        self._wanted = ""
        self._loaded = False
        self.top = TwoSides(f"modelops · {home.folder.name} · {home.user.get('name')}", id="top")
        self.kinds = KindList()
        self.title_line = TwoSides(id="title")
        self.bar = FilterBar()
        self.table = RecordTable()
        self.detail = DetailPane(home, clock)

    # ---- the pieces ----

    def compose(self) -> ComposeResult:
        """The top line; kinds, records, detail; the keys."""
        yield self.top
        with Horizontal(id="panes"):
            yield self.kinds
            with Container(id="work"):
                with Vertical(id="list"):
                    yield self.title_line
                    yield self.bar
                    yield self.table
                yield self.detail
        yield KeyLine()

    def on_mount(self) -> None:
        """Shows counts at once; records come when the first frame stands."""
        self.table.focus()
        self._show_kind()
        self.call_after_refresh(self._load)

    # ---- one kind ----

    @property
    def wish(self) -> Wish:
        """How the records of the open kind are to be listed."""
        return self.wishes.get(self.kind.name, Wish())

    def _columns(self) -> Sequence[str]:
        from modelops_tui.errors import WrongUse

        chosen = self.modelops.preferences.columns.get(self.kind.name, []) if self.is_attached else []
        try:
            return [column.name for column in columns_of(self.kind, chosen)]
        except WrongUse:
            return [column.name for column in columns_of(self.kind)]

    def open(self, kind: Kind, id: str = "") -> None:
        """Opens a kind, with the cursor on the document `id` or where it last was."""
        if kind is self.kind and self._loaded:
            if id:
                self._to(id)
            return
        self.cursors[self.kind.name] = self.table.current
        self.kind = kind
        self._wanted = id or self.cursors.get(kind.name, "")
        self.records = RecordList(self.home, kind)
        self._show_kind()
        self._load()

    def _show_kind(self) -> None:
        self._loaded = False
        self.rows = RecordRows(self.kind, self.home.readable, self._columns(), self.clock)
        self.kinds.choose(self.kind)
        self.table.set_source(self.rows, table_columns(self.kind, self.rows.columns))
        self.show_conflicts()
        self.table.loading_text = "loading…"
        self.table.show_sort(self.wish.sort, self.wish.descending)
        self.bar.put(self.wish.text)
        self.detail.show(self.kind, "")
        self._show_title()
        self.refresh_bindings()

    def _load(self, *, names_changed: bool = False) -> None:
        kind, source, wish = self.kind, self.records, self.wish

        def question() -> Arrangement:
            return source.load(wish, names_changed=names_changed)

        ask(self, question, partial(self._take, kind, True), group="load")

    def _arrange(self) -> None:
        kind, source, wish = self.kind, self.records, self.wish
        ask(self, lambda: source.arrange(wish), partial(self._take, kind, False), group="arrange")

    def _take(self, kind: Kind, fresh: bool, arrangement: Arrangement) -> None:
        if kind is not self.kind or not (fresh or self._loaded):
            return
        first = not self._loaded
        self._loaded = True
        self.rows.replace(arrangement)
        self.table.marked &= {id for id in self.table.marked if self.rows.has(id)}
        self.table.empty_text = self._empty_text(arrangement)
        self.table.loading_text = ""
        self.table.refresh_rows()
        self.bar.show_mistake(arrangement.wrong)
        if self._wanted:
            wanted = self._wanted
            self._to(wanted)
            if fresh and not self.rows.has(wanted):
                self._wanted = ""
        self._show_title()
        self.refresh_bindings()
        if arrangement.wish != self.wish:
            self._arrange()
        elif first:
            ask(self, self.records.prepare, lambda _: None, group="prepare")

    def _empty_text(self, arrangement: Arrangement) -> str:
        if arrangement.wish.text.strip() or len(arrangement.documents):
            return (
                "Nothing fits. Esc drops the filter." if arrangement.wish.text else "All are deprecated; a shows them."
            )
        if self.kind is KINDS[0] and not any(self.kinds.counts.get(kind.name) for kind in FIRST_KINDS):
            return GREETING
        can = "new" in self.kind.verbs and self.home.may("create", self.kind)
        return f"No {self.kind.title} yet." + (" Press n to make one." if can else "")

    def _show_title(self) -> None:
        whole, shown = self.kinds.counts.get(self.kind.name), len(self.rows)
        count = f"{shown:,}" if whole in (None, shown) else f"{shown:,} of {whole:,}"
        marked = f"  ◆ {len(self.table.marked)} marked" if self.table.marked else ""
        text = self.wish.text
        right = f"/ {text}" if text else "deprecated too" if self.wish.deprecated else ""
        number = count.replace(",", " ") if self._loaded else ""
        self.title_line.show(f"{self.kind.name} ▸ {number}{marked}", right)

    def show_conflicts(self) -> bool:
        """Flags the records that are in conflict; gives whether these are others than before."""
        standing = self.modelops.sync_work.standing
        pairs = standing.conflicts if standing is not None else ()
        flagged = frozenset(id for kind, id in pairs if kind == self.kind.name)
        changed = flagged != self.table.flagged
        if changed:
            self.table.flagged = flagged
            self.table.refresh()
        return changed

    def show_counts(self, counts: dict[str, int]) -> None:
        """Shows how many documents kinds have."""
        self.kinds.show_counts(counts)
        self._show_title()

    def _to(self, id: str) -> None:
        """Puts the cursor on a document, dropping what hides it; one that is not read yet is waited for."""
        place = self.rows.index_of(id)
        self._wanted = "" if place is not None else id
        if place is not None:
            self.table.cursor = place
        elif self.rows.has(id) and (self.wish.text or not self.wish.deprecated):
            self.bar.put("")
            self._wish(replace(self.wish, text="", deprecated=not self.wish.text))

    def _wish(self, wish: Wish) -> None:
        self.wishes[self.kind.name] = wish
        self._show_title()
        self._arrange()

    # ---- what records can do needs to know ----

    def open_kind(self) -> Kind:
        """The kind that is open."""
        return self.kind

    def chosen(self) -> str:
        """The record under the cursor."""
        return self.table.current if self.is_mounted else ""

    def marked(self) -> Sequence[str]:
        """The marked records, in the order of their ids."""
        return sorted(self.table.marked) if self.is_mounted else ()

    # ---- sorting and columns ----

    def action_order(self) -> None:
        """Asks by which column to sort."""
        from modelops_tui.tui.screens.choosing import ChooseOne

        now = {self.wish.sort: "▼" if self.wish.descending else "▲"}
        rows = [(column.name, (column.title, now.get(column.name, ""))) for column in self.table.columns]
        self.app.push_screen(ChooseOne("Sort by", ("column", "now"), rows), self._sort)

    def _sort(self, column: str | None) -> None:
        if not column:
            return
        wish = self.wish
        if wish.sort != column:
            wish = replace(wish, sort=column, descending=False)
        elif not wish.descending:
            wish = replace(wish, descending=True)
        else:
            wish = replace(wish, sort="", descending=False)
        self.table.show_sort(wish.sort, wish.descending)
        self._wish(wish)

    def action_all(self) -> None:
        """Lists what is deprecated too, or not."""
        self._wish(replace(self.wish, deprecated=not self.wish.deprecated))

    def unmark(self) -> None:
        """Takes every mark away."""
        self.table.marked.clear()
        self.table.refresh()
        self._show_title()
        self.refresh_bindings()

    def action_columns(self) -> None:
        """Asks which columns to show."""
        from modelops_tui.entities.kind import ENVELOPE
        from modelops_tui.tui.screens.choosing import ChooseColumns

        envelope = [item.name for item in ENVELOPE]
        inside = self.records.places_inside()
        every = dict.fromkeys(("key", *self.kind.by_name, *self.kind.computed_by_name, *envelope, *inside))
        names = [name for name in every if name not in NEVER_SHOWN]
        self.app.push_screen(ChooseColumns(names, self.rows.columns), self._chose_columns)

    def _chose_columns(self, names: list[str] | None) -> None:
        if names is None:
            return
        self.modelops.preferences.columns[self.kind.name] = names
        self.modelops.preferences.save()
        self._wanted = self.table.current
        self._show_kind()
        self._load()
