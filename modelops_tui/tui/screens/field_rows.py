"""A screen of fields to be filled in, with problems under them as one types. It loses nothing silently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from modelops_tui.errors import Problem
from modelops_tui.present.terminal import visible
from modelops_tui.tui.screens.question import Answer, Question
from modelops_tui.tui.sheet import line
from modelops_tui.tui.typed_keys import TakesTyping
from modelops_tui.tui.widgets.field_input import FieldInput
from modelops_tui.tui.widgets.lines import KeyLine, TwoSides
from modelops_tui.tui.widgets.structure_inputs import FieldRow

THINKING = 0.15
"""Seconds after the last key until the values are checked."""


class FieldRowsScreen(TakesTyping, Screen[str]):
    """Fields one below the other; gives something when they were saved, "" when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "save", priority=True),
        Binding("escape", "leave", "leave"),
        Binding("tab", "app.focus_next", "next field"),
        Binding("shift+tab", "app.focus_previous", "field before", show=False),
        Binding("f1", "help", "help"),
    ]

    def __init__(self, title: str, about: str) -> None:
        """`about` is said above the keys in the help."""
        super().__init__()
        self.about = about
        self.rows: list[FieldRow] = []
        self.title_line = TwoSides(title, id="title")
        self._tried = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The title, what is wrong with the whole, the fields, the keys."""
        yield self.title_line
        yield Static("", id="whole")
        with VerticalScroll(id="form"):
            yield from self.parts()
        yield KeyLine()

    def parts(self) -> list[Widget]:
        """What stands between the title and the keys."""
        return list(self.rows)

    def on_mount(self) -> None:
        """Takes the keys to the first field."""
        if self.rows:
            self.rows[0].input.first().focus()

    @property
    def touched(self) -> bool:
        """Whether anything was typed or chosen."""
        return any(row.input.touched for row in self.rows)

    # ---- problems ----

    def check(self) -> None:
        """Looks for problems with what stands in the fields, and shows them."""
        raise NotImplementedError

    @on(FieldInput.Edited)
    def _edited(self, event: FieldInput.Edited) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(THINKING, self.check)

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Puts each problem under its field; what was not touched yet stays quiet until the first save."""
        places = {path: input_ for row in self.rows for path, input_ in row.input.places(row.field.name)}
        below: dict[str, list[str]] = {}
        elsewhere: list[str] = []
        for problem in problems:
            path = nearest(problem.path, places)
            if path is None:
                elsewhere.append(f"{problem.path} {problem.says}")
            elif self._tried or places[path].touched:
                inner = problem.path.removeprefix(path).lstrip(".")
                below.setdefault(path, []).append(f"{inner} {problem.says}".strip())
        for path, input_ in places.items():
            input_.show_problem("\n".join(below.get(path, ())))
        self.say_above("\n".join(elsewhere))
        count = sum(len(says) for says in below.values())
        self.title_line.show(right=f"✗ {count} problem{'s' * (count != 1)}" if count else "")

    def say_above(self, text: str) -> None:
        """Says what is wrong with the whole, "" for nothing."""
        above = self.query_one("#whole", Static)
        above.set_class(bool(text), "-wrong")
        above.update(Text("✗ " + visible(text, multiline=True)) if text else "")

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Shows why nothing was saved, and takes the keys to the first field with a problem."""
        self._tried = True
        self.show_problems(problems)
        for row in self.rows:
            for _, input_ in row.input.places(row.field.name):
                if input_.below.has_class("-wrong"):
                    input_.first().focus()
                    return

    # ---- saving and leaving ----

    def save(self) -> None:
        """Writes what the fields say."""
        raise NotImplementedError

    def action_save(self) -> None:
        """Writes what the form says, once the field that is typed into has taken in every key before this one."""
        (self.focused or self).call_later(self.save)

    def action_leave(self) -> None:
        """Goes back; asks first when anything was typed."""
        if not self.touched:
            self.dismiss("")
            return
        lines = [line("What was typed here has not been saved.")]
        answers = (Answer("s", "Save"), Answer("d", "Discard", harm=True))
        self.app.push_screen(Question("Discard the changes?", lines, answers, declines="Stay"), self._left)

    def _left(self, answer: str | None) -> None:
        if answer == "d":
            self.dismiss("")
        elif answer == "s":
            self.action_save()

    def action_help(self) -> None:
        """Shows the keys here."""
        from modelops_tui.tui.screens.reading import Reading, help_lines

        self.app.push_screen(Reading("Help", help_lines(self, self.about)))


def nearest(path: str, places: dict[str, FieldInput]) -> str | None:
    """The path of the innermost input that a problem at `path` belongs to."""
    while path:
        if path in places:
            return path
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return None
