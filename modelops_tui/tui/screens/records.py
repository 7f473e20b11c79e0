"""What every screen of records can do with the chosen ones. It reads and writes through services, in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import Items, Snapshot
from modelops_tui.errors import Failure
from modelops_tui.services import history, records, removing
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, say, tell
from modelops_tui.tui.keys import RECORD_KEYS
from modelops_tui.tui.messages import Jump
from modelops_tui.tui.owner import app_of
from modelops_tui.tui.sheet import Piece, SheetLine, line
from modelops_tui.tui.turning import tell_turning

if TYPE_CHECKING:
    from modelops_tui.services.sync import Standing
    from modelops_tui.tui.app import ModelopsApp

SHOWN = 3
NEEDS = {
    "edit": ("edit", "write"),
    "edit_text": ("edit", "write"),
    "rename": ("rename", "write"),
    "remove": ("rm", "delete"),
    "references": ("refs", "read"),
    "history": ("history", "read"),
    "copy_key": ("show", "read"),
    "copy_json": ("show", "read"),
}
"""For each action on a chosen record: the verb its kind must have, and what the user must be permitted."""


class RecordScreen(Screen[None]):
    """A screen on which a kind is open and a record may be chosen."""

    BINDINGS: ClassVar[list[BindingType]] = RECORD_KEYS

    def __init__(self, home: Home, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.home = home
        self.clock = clock

    @property
    def modelops(self) -> ModelopsApp:
        """The app, by its own type."""
        return app_of(self)

    def open_kind(self) -> Kind:
        """The kind that is open."""
        raise NotImplementedError

    def chosen(self) -> str:
        """The id of the chosen record, "" for none."""
        raise NotImplementedError

    def marked(self) -> Sequence[str]:
        """The ids of the marked records."""
        return ()

    def show_tab(self, name: str) -> None:
        """Opens a tab of the chosen record."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Whether a key can act here now; one that cannot is not shown."""
        kind = self.open_kind()
        if action in ("chest", "chests"):
            return (action == "chest") == (kind.name == "treasure-chest")
        if action == "conflict":
            return self.modelops.sync_work.in_conflict(kind.name, self.chosen())
        if action == "new":
            return "new" in kind.verbs and self.home.may("create", kind)
        if action == "duplicate":
            return bool(kind.name_field and self.chosen()) and self.check_action("new", ()) is True
        if action in NEEDS:
            verb, permission = NEEDS[action]
            id = self.chosen()
            return verb in kind.verbs and bool(id) and self.home.may(permission, kind, id)
        if action == "compare":
            return len(self.marked()) == 2 or bool(self.chosen() and has_copies(kind))
        return True

    # ---- making and changing ----

    def action_new(self) -> None:
        """Opens an empty form."""
        from modelops_tui.tui.screens.form import FormScreen

        self.app.push_screen(FormScreen(self.home, self.open_kind(), None, {}, self.clock), self._made)

    def action_duplicate(self) -> None:
        """Opens a form with what the chosen record says, without its name."""
        kind, id = self.open_kind(), self.chosen()
        ask(self, partial(self._like, kind, id), partial(self._form_like, kind), group="form")

    def _like(self, kind: Kind, id: str) -> dict[str, Any]:
        form = records.input_form(self.home, kind, self.home.read(kind, id))
        return {name: value for name, value in form.items() if name != kind.name_field}

    def _form_like(self, kind: Kind, form: dict[str, Any]) -> None:
        from modelops_tui.tui.screens.form import FormScreen

        self.app.push_screen(FormScreen(self.home, kind, None, form, self.clock), self._made)

    def action_edit(self) -> None:
        """Opens the chosen record in a form."""
        kind, id = self.open_kind(), self.chosen()
        ask(self, partial(self._form_of, kind, id), self._edit, group="form")

    def _form_of(self, kind: Kind, id: str) -> tuple[Document, dict[str, Any]]:
        document = self.home.read(kind, id)
        records.refuse_published(kind, document)
        return document, records.input_form(self.home, kind, document)

    def _edit(self, found: tuple[Document, dict[str, Any]]) -> None:
        from modelops_tui.tui.screens.form import FormScreen

        document, form = found
        self.app.push_screen(FormScreen(self.home, self.open_kind(), document, form, self.clock), self._made)

    def _made(self, id: str | None) -> None:
        if id:
            self.modelops.look()
            self.post_message(Jump(self.open_kind().name, id))

    def action_edit_text(self) -> None:
        """Opens the chosen record in the person's own editor."""
        from modelops_tui.tui.editing import edit_as_text

        kind, id = self.open_kind(), self.chosen()
        ask(
            self,
            partial(self._form_of, kind, id),
            lambda found: edit_as_text(self, kind, *found),
            group="form",
        )

    def action_rename(self) -> None:
        """Asks for another name."""
        kind, id = self.open_kind(), self.chosen()
        ask(self, partial(self.home.read, kind, id), partial(self._ask_name, kind), group="form")

    def _ask_name(self, kind: Kind, document: Document) -> None:
        from modelops_tui.tui.screens.question import Prompt

        old = str(document.get(kind.name_field) or "")
        act = partial(records.rename, self.home, kind, document["id"])
        self.app.push_screen(Prompt(f"Rename {kind.title} {old}", old, act), self._renamed)

    def _renamed(self, document: Any) -> None:
        if document is not None:
            self.modelops.look()

    def action_remove(self) -> None:
        """Works out what a removal does and asks."""
        kind = self.open_kind()
        ids = list(self.marked()) or [self.chosen()]
        targets = [(kind, id) for id in ids]
        ask(self, lambda: removing.plan_removal(self.home, targets), self._ask_removal, group="plan")

    def _ask_removal(self, plan: removing.Removal) -> None:
        from modelops_tui.tui.screens.question import Answer, Question

        count = len(plan.effect.removed)
        lines = [effect_line(text) for text in plan.lines()]
        if plan.refused:
            lines = [line(Piece("✗ ", "bad"), Piece(plan.refused, "bad")), line(""), *lines]
            self.app.push_screen(Question("This cannot be removed", lines, ()))
            return
        heading = "Remove this?" if count == 1 else f"Remove these {count:,}?"
        answers = (Answer("y", "Remove", harm=True),)
        self.app.push_screen(Question(heading, lines, answers), partial(self._remove, plan))

    def _remove(self, plan: removing.Removal, answer: str | None) -> None:
        if answer == "y":
            ask(
                self,
                lambda: removing.remove(self.home, plan),
                self._removed,
                group="write",
                replacing=False,
            )

    def _removed(self, count: int) -> None:
        say(self, f"Removed {count:,} record{'s' * (count != 1)}. u takes it back.")
        self.modelops.look()

    # ---- back and forth ----

    def action_undo(self) -> None:
        """Takes the last change back."""
        ask(
            self,
            lambda: history.undo(self.home, shown=SHOWN),
            partial(self._turned, "Undone"),
            group="write",
            replacing=False,
        )

    def action_redo(self) -> None:
        """Does again what was taken back."""
        ask(
            self,
            lambda: history.redo(self.home, SHOWN),
            partial(self._turned, "Done again"),
            group="write",
            replacing=False,
        )

    def _turned(self, what: str, change: history.ChangeSet) -> None:
        tell_turning(self, what, change)
        self.modelops.look()

    # ---- looking ----

    def action_references(self) -> None:
        """Shows what the record points at and what points at it."""
        self.show_tab("refs")

    def action_history(self) -> None:
        """Shows every change of the record."""
        self.show_tab("history")

    def action_changes(self) -> None:
        """Opens the changes of the whole registry."""
        from modelops_tui.tui.screens.changes_screen import ChangesScreen

        self.app.push_screen(ChangesScreen(self.home, self.clock))

    def action_find(self) -> None:
        """Opens the line that looks for words in every kind."""
        from modelops_tui.tui.screens.finding import FindEverywhere

        self.app.push_screen(FindEverywhere(self.home), self._follow)

    def action_compare(self) -> None:
        """Compares the two marked records, or the frozen copies of the chosen one with their origins."""
        from modelops_tui.tui.trail_sheets import compared, drifted

        kind, marked = self.open_kind(), self.marked()
        if len(marked) == 2:
            both = (marked[0], marked[1])
            ask(
                self,
                lambda: compared(self.home, kind, both),
                self._show_comparison,
                group="compare",
            )
        else:
            id = self.chosen()
            ask(
                self,
                lambda: drifted(self.home, kind, self.home.read(kind, id)),
                self._show_comparison,
                group="compare",
            )

    def _show_comparison(self, lines: list[SheetLine]) -> None:
        from modelops_tui.tui.screens.reading import Reading

        self.app.push_screen(Reading("Differences", lines), self._follow)

    def _follow(self, target: tuple[str, str] | None) -> None:
        if target is not None:
            self.post_message(Jump(*target))

    def action_help(self) -> None:
        """Shows the keys of this screen."""
        from modelops_tui.tui.screens.reading import Reading, help_lines

        kind = self.open_kind()
        self.app.push_screen(Reading("Help", help_lines(self, f"{kind.title}: {kind.says}")))

    def action_copy_key(self) -> None:
        """Puts the key (else the id) of the record on the clipboard."""
        kind, id = self.open_kind(), self.chosen()

        def question() -> str:
            from modelops_tui.entities.keys import key_of

            return key_of(kind, self.home.read(kind, id), self.home.names) or id

        ask(self, question, partial(self._copied, ""), group="copy")

    def action_copy_json(self) -> None:
        """Puts the record as JSON on the clipboard."""
        from modelops_tui.present.forms_out import document_form
        from modelops_tui.present.notation import dump

        kind, id = self.open_kind(), self.chosen()

        def question() -> str:
            return dump(document_form(kind, self.home.read(kind, id), self.home.names), "json")

        ask(self, question, partial(self._copied, "the record as JSON"), group="copy")

    def _copied(self, what: str, text: str) -> None:
        self.app.copy_to_clipboard(text)
        say(self, f"Copied {what or text}")

    def action_chest(self) -> None:
        """Opens the chosen treasure chest."""
        from modelops_tui.tui.screens.chest_screen import ChestScreen

        self.app.push_screen(ChestScreen(self.home, self.clock, self.chosen()))

    def action_chests(self) -> None:
        """Opens the treasure chests."""
        from modelops_tui.tui.screens.chest_screen import ChestScreen

        self.app.push_screen(ChestScreen(self.home, self.clock))

    def action_sync(self) -> None:
        """Opens the sync screen, after the form that names a remote where there is none."""
        from modelops_tui.services.sync import standing

        ask(self, partial(standing, self.home), self._open_sync, group="sync")

    def _open_sync(self, standing: Standing | None) -> None:
        from modelops_tui.tui.screens.sync_screen import SyncScreen

        app = self.modelops
        app.sync_work.stands(standing)
        screen = SyncScreen(self.home, self.clock, app.sync_work, app.sync_timing)
        if standing is not None:
            app.push_screen(screen)
            return
        from modelops_tui.tui.screens.remote_form import RemoteForm

        app.push_screen(RemoteForm(self.home, None), lambda name: self.action_sync() if name else None)

    def action_conflict(self) -> None:
        """Opens the conflict of the chosen record."""
        from modelops_tui.tui.screens.conflict_screen import ConflictScreen

        self.app.push_screen(ConflictScreen(self.home, self.clock, self.modelops.sync_work, self.chosen()))

    def action_theme(self) -> None:
        """Light or dark."""
        self.modelops.other_theme()

    def tell(self, failure: Failure) -> None:
        """Shows a failure."""
        tell(self, failure)


def effect_line(text: str) -> SheetLine:
    """A line of what a removal does."""
    word, _, rest = text.partition("  ")
    tone = {"removes": "bad", "with it": "bad", "empties": "busy"}.get(word, "dim")
    return line(Piece(f"{word:8}", tone), rest, hang=8) if rest else line(Piece(text, "dim"))


def has_copies(kind: Kind) -> bool:
    """Whether documents of a kind hold frozen copies."""
    types = [item.type for item in kind.fields]
    return any(isinstance(type_.of if isinstance(type_, Items) else type_, Snapshot) for type_ in types)


def name_of(home: Home, kind_name: str, id: str) -> str:
    """What a document is called, its id when it is gone."""
    document = home.names.get(kind_name, id)
    return label_of(BY_NAME[kind_name], document, home.names) if document is not None else id
