"""Dialogs: a question with a few answers, and a line to be filled in. They decide nothing themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from modelops_tui.errors import Failure, Invalid
from modelops_tui.present.terminal import visible
from modelops_tui.tui.background import ask
from modelops_tui.tui.sheet import SheetLine
from modelops_tui.tui.typed_keys import TakesTyping
from modelops_tui.tui.widgets.safe_inputs import SafeInput
from modelops_tui.tui.widgets.sheet_view import SheetView

ROUND_THE_LINES = 7
"""Lines of a dialog that are its border, its title and its buttons."""

SLIM = 60
"""Columns below which buttons stand as close as they can."""


class Answer(NamedTuple):
    """One answer: the key that gives it, what stands on its button, and whether it does harm."""

    key: str
    says: str
    harm: bool = False


class Question(ModalScreen[str]):
    """Asks, and gives the key of the answer; Esc gives "" and means that nothing is done, as `declines` says."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave"),
        Binding("left", "app.focus_previous", "before", show=False),
        Binding("right", "app.focus_next", "next", show=False),
    ]

    def __init__(
        self, title: str, lines: Sequence[SheetLine], answers: Sequence[Answer], declines: str = "Leave"
    ) -> None:
        super().__init__()
        self.title_text = title
        self.lines = lines
        self.answers = answers
        self.declines = declines

    def compose(self) -> ComposeResult:
        """The question, what it is about, and a button for each answer."""
        with Vertical(classes="dialog"):
            yield Static(Text(visible(self.title_text)), classes="dialog-title")
            yield SheetView(self.lines)
            with Horizontal(classes="buttons"):
                for answer in self.answers:
                    label = Text(f"{answer.says} ({answer.key})")
                    button = Button(label, id=f"answer-{answer.key}", compact=True)
                    button.variant = "error" if answer.harm else "default"
                    yield button
                yield Button(Text(f"{self.declines} (Esc)"), id="answer-", compact=True)

    def on_mount(self) -> None:
        """Makes the lines as high as they are, up to most of the screen."""
        self._fit_buttons()
        sheet = self.query_one(SheetView)
        sheet.styles.height = max(1, min(len(self.lines) + 2, self.app.size.height * 92 // 100 - ROUND_THE_LINES))
        (sheet if len(self.lines) > 6 else self.query(Button).last()).focus()

    def on_resize(self) -> None:
        """Keeps every answer in sight."""
        self._fit_buttons()

    def _fit_buttons(self) -> None:
        slim = self.app.size.width < SLIM
        self.set_class(slim, "-slim")
        for button in self.query(Button):
            key = (button.id or "").removeprefix("answer-")
            says = next((answer.says for answer in self.answers if answer.key == key), self.declines)
            button.label = Text(f"{says} {key or 'Esc'}" if slim else f"{says} ({key or 'Esc'})")

    def action_leave(self) -> None:
        """Gives no answer."""
        self.dismiss("")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss((event.button.id or "").removeprefix("answer-"))

    def on_key(self, event: events.Key) -> None:
        """Takes the key of an answer."""
        if any(event.key == answer.key for answer in self.answers):
            event.stop()
            self.dismiss(event.key)


class Prompt(TakesTyping, ModalScreen[Any]):
    """Asks for one line and acts on it; while acting fails, the line stays and what is wrong stands below."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "leave")]

    def __init__(self, title: str, text: str, act: Callable[[str], Any]) -> None:
        super().__init__()
        self.title_text = title
        self.text = text
        self.act = act

    def compose(self) -> ComposeResult:
        """The title, the line, and room for what is wrong."""
        with Vertical(classes="dialog"):
            yield Static(Text(visible(self.title_text)), classes="dialog-title")
            yield SafeInput(self.text)
            yield Static("", classes="problem")

    def action_leave(self) -> None:
        """Does nothing."""
        self.dismiss(None)

    def on_mount(self) -> None:
        """Takes the keys to the line."""
        self.query_one(SafeInput).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        value = event.value
        ask(self, lambda: self.act(value), self._done, group="act", failed=self._failed)

    def _done(self, result: Any) -> None:
        self.dismiss(result if result is not None else True)

    def _failed(self, failure: Failure) -> None:
        says = [failure.says]
        if isinstance(failure, Invalid):
            says = [f"{problem.path} {problem.says}" for problem in failure.problems] or says
        if failure.hint:
            says.append(failure.hint)
        self.query_one(".problem", Static).update(Text("✗ " + visible("\n".join(says), multiline=True)))
