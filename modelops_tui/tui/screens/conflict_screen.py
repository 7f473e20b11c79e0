"""What can be decided about conflicts: mine, theirs, both, a value, same or other names, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import Failure, WrongUse
from modelops_tui.services import removing, sync
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, say, tell
from modelops_tui.tui.keys import CONFLICT_KEYS
from modelops_tui.tui.messages import Jump
from modelops_tui.tui.owner import app_of
from modelops_tui.tui.screens.conflict_view import ConflictView
from modelops_tui.tui.screens.question import Answer, Prompt, Question
from modelops_tui.tui.screens.records import effect_line
from modelops_tui.tui.sheet import SheetLine, blank, line
from modelops_tui.tui.sync_work import SyncWork

NEEDS: dict[str, tuple[str, ...]] = {
    "take": ("fields",),
    "take_all": ("fields",),
    "edit": ("fields",),
    "keep": ("removed there", "removed here"),
    "let_go": ("removed there", "removed here"),
    "same": ("name",),
    "rename": ("name",),
    "number": ("number",),
    "drop": ("number",),
}
"""For each action that decides: the conflicts that it is for."""

KEEPS = {"removed there": "mine", "removed here": "theirs"}
"""Whose side keeps a record that the other removed."""

WORDS = {"mine": "mine is kept", "theirs": "theirs is taken", "both": "both are kept"}


class ConflictScreen(ConflictView):
    """The conflicts with everything that decides them."""

    ABOUT: ClassVar[str] = (
        "What was changed here and there. Mine stays in use until you decide; the next sync sends what you decided."
    )
    BINDINGS: ClassVar[list[BindingType]] = CONFLICT_KEYS
    _busy = False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key can act here now; one that cannot is not shown."""
        if action == "undo":
            return bool(self.work.decisions)
        if action == "other":
            return len(self.found.ids) > 1
        if action == "open":
            return self.shown is not None
        if action not in NEEDS:
            return True
        if self.shown is None or self.nature not in NEEDS[action]:
            return False
        conflict, field = self.shown.conflict, self.place()
        if not self.home.may("write", BY_NAME[conflict.kind], conflict.document):
            return False
        if action in ("keep", "let_go"):
            return (parameters[0] == KEEPS[self.nature]) == (action == "keep")
        if action == "take_all":
            return len(conflict.fields) > 1
        if action == "edit":
            return field is not None and sync.takes_a_value(conflict, field)
        if action == "take" and parameters == ("both",):
            return field is not None and sync.takes_both(conflict, field)
        return True

    # ---- deciding ----

    def _decide(self, choice: Any, says: str, fields: Mapping[str, Any] | None = None) -> None:
        if self.shown is None or self._busy:
            return
        self._busy = True
        act = partial(sync.decide, self.home, self.shown.conflict, choice, fields)
        ask(self, act, partial(self._decided, says), group="write", failed=self._refused, replacing=False)

    def _refused(self, failure: Failure) -> None:
        self._busy = False
        tell(self, failure)
        self.load()

    def _decided(self, says: str, decision: sync.Decision | None) -> None:
        self._busy = False
        if decision is None:
            return
        self.work.decisions.append(decision)
        self.said = f"✓ {says}"
        app_of(self).look()
        self.load()

    def action_take(self, side: str) -> None:
        """Takes one side, or both, of the place under the cursor."""
        field = self.place()
        if field is not None:
            self._decide(None, f"{field.path}: {WORDS[side]}", {field.path: side})

    def action_take_all(self, side: str) -> None:
        """Takes one side of every place of this conflict."""
        self._decide(side, f"all: {WORDS[side]}")

    def action_edit(self) -> None:
        """Opens the place under the cursor in an input of its own type."""
        from modelops_tui.tui.screens.conflict_value import ValueForm

        conflict, field = self.shown.conflict if self.shown is not None else None, self.place()
        if conflict is None or field is None:
            return

        def opened(typed: tuple[Any, Any]) -> None:
            assert self.shown is not None
            sides = self.shown.places.get(field.path, ())
            form = ValueForm(self.home, conflict, field, typed, sides)
            self.app.push_screen(form, lambda _: self._decided(f"{field.path}: your value is kept", form.decision))

        ask(self, partial(sync.value_in, self.home, conflict, field), opened, group="value")

    # ---- removed on one side ----

    def action_keep(self, side: str) -> None:
        """Keeps the record that the other side removed."""
        self._decide(side, "the record is kept")

    def action_let_go(self, side: str) -> None:
        """Shows what goes with the record, then removes it here too."""
        if self.shown is None:
            return
        conflict = self.shown.conflict
        target = (BY_NAME[conflict.kind], conflict.document)
        plan = partial(removing.plan_removal, self.home, [target])
        ask(self, plan, partial(self._ask_removal, side), group="plan")

    def _ask_removal(self, side: str, plan: removing.Removal) -> None:
        lines = [effect_line(text) for text in plan.lines()]
        if plan.refused:
            self.app.push_screen(Question("This cannot be removed", [line(f"✗ {plan.refused}"), blank(), *lines], ()))
            return
        self._ask("Remove this?", lines, "Remove", lambda: self._decide(side, "the record is removed"))

    def _ask(self, heading: str, lines: list[SheetLine], word: str, act: Callable[[], None]) -> None:
        question = Question(heading, lines, (Answer("y", word, harm=True),))
        self.app.push_screen(question, lambda answer: act() if answer == "y" else None)

    # ---- a name or number given twice ----

    def action_same(self) -> None:
        """Asks whether the two are one, then makes them one."""
        if self.shown is None:
            return
        kind = BY_NAME[self.shown.conflict.kind]
        lines = [
            line(f"The {kind.title} made here becomes the one made there; what only mine has is added to it."),
            line("Everything that points at mine points at the one that is left. This cannot be taken back."),
        ]
        self._ask("Are the two the same?", lines, "They are one", lambda: self._decide("same", "the two are one"))

    def action_rename(self, side: str) -> None:
        """Asks for another name of one of the two."""
        if self.shown is None:
            return
        conflict, name = self.shown.conflict, self.shown.conflict.fields[-1]

        def act(text: str) -> sync.Decision:
            if text.strip() == name.theirs:
                raise WrongUse("Both are called so; give another name.")
            return sync.decide(self.home, conflict, f"{side}={text.strip()}")

        prompt = Prompt(f"Rename {side}: the {BY_NAME[conflict.kind].title} {name.theirs}", str(name.theirs), act)
        self.app.push_screen(prompt, partial(self._decided, f"{side} is renamed"))

    def action_number(self, choice: str) -> None:
        """Keeps my revision, beside theirs or after it."""
        self._decide(choice, "mine keeps its parent" if choice == "fork" else "theirs is the parent of mine")

    def action_drop(self) -> None:
        """Asks whether my revision shall go, then drops it."""
        lines = [line("The revision that you published goes, with its property values. This cannot be taken back.")]
        self._ask("Drop mine?", lines, "Drop it", lambda: self._decide("theirs", "mine is dropped"))

    # ---- going about ----

    def action_other(self, step: int) -> None:
        """Shows the next conflict, or the one before."""
        place = (self.found.place + step) % len(self.found.ids)
        self.wanted, self.said = self.found.ids[place], ""
        self.load()

    def action_undo(self) -> None:
        """Takes the last decision back, or says why that cannot be."""
        take_back(self, self.home, self.work, self._taken_back)

    def _taken_back(self, decision: sync.Decision) -> None:
        self.said = "taken back"
        self.wanted = decision.conflict.id
        self.load()

    def action_open(self) -> None:
        """Leads to the record where the records are."""
        if self.shown is not None:
            self.post_message(Jump(self.shown.conflict.kind, self.shown.conflict.document))

    def action_pane(self) -> None:
        """Goes from the places to their values, or back."""
        to_places = self.places.has_class("-many") and self.focused is not self.places
        (self.places if to_places else self.sides).focus()


def take_back(screen: Screen[Any], home: Home, work: SyncWork, then: Callable[[sync.Decision], None]) -> None:
    """Takes the last decision about a conflict back, or says why that cannot be; it is offered once."""
    if not work.decisions:
        return
    decision = work.decisions.pop()

    def done(_: None) -> None:
        say(screen, f"Taken back: {decision.conflict.kind} {decision.conflict.label}")
        app_of(screen).look()
        then(decision)

    ask(screen, partial(sync.take_back, home, decision), done, group="write", replacing=False)
