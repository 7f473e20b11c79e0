"""What every input of a form is: a value that stays as it was until it is touched, and problems below it.

An input never checks a value itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Checkbox, Input, Select, Static, TextArea

from modelops_tui.entities.field import FieldType
from modelops_tui.entities.scalars import Boolean, Choice, Time
from modelops_tui.present.terminal import visible
from modelops_tui.services.home import Home
from modelops_tui.tui.widgets.safe_inputs import SafeInput, SafeTextArea
from modelops_tui.tui.widgets.tick_box import TickBox


class FieldInput(Vertical):
    """An input for values of one field type. `value` is what the form hands on; None is nothing."""

    DEFAULT_CSS: ClassVar[str] = """
    FieldInput { height: auto; }
    FieldInput > .problem { display: none; color: $text-error; height: auto; }
    FieldInput > .problem.-wrong { display: block; }
    """

    class Edited(Message):
        """Something was typed or chosen."""

    def __init__(self, type_: FieldType, initial: Any, home: Home) -> None:
        super().__init__()
        self.type = type_
        self.initial = initial
        self.home = home
        self.baseline: Any = None
        self.below = Static("", classes="problem")

    def settle(self) -> None:
        """Remembers what stands in it now as what was not touched; called when its parts are made."""
        self.baseline = self.raw()

    def raw(self) -> Any:
        """The value as it stands in the input."""
        raise NotImplementedError

    @property
    def touched(self) -> bool:
        """Whether the person changed anything."""
        return bool(self.raw() != self.baseline)

    @property
    def value(self) -> Any:
        """The value: exactly the one it began with while it was not touched."""
        return self.raw() if self.touched else self.initial

    def places(self, path: str) -> Iterator[tuple[str, FieldInput]]:
        """This input and those inside it with the paths that problems name."""
        yield path, self

    def show_problem(self, says: str) -> None:
        """Says what is wrong below the input, "" for nothing."""
        self.below.set_class(bool(says), "-wrong")
        self.below.update(Text("✗ " + visible(says, multiline=True)) if says else "")

    def first(self) -> Any:
        """The widget that takes the keys first."""
        return next((item for item in self.query("*") if item.focusable), self)

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Select.Changed)
    @on(Checkbox.Changed)
    def _part_changed(self, event: Message) -> None:
        event.stop()
        self.post_message(self.Edited())


Maker = Callable[[FieldType, Any, Home], FieldInput]


class LineInput(FieldInput):
    """One line, read by the field type; empty means nothing."""

    def __init__(self, type_: FieldType, initial: Any, home: Home) -> None:
        super().__init__(type_, initial, home)
        text = "" if initial is None else str(initial)
        hint = f"{type_.describe()}, or now" if isinstance(type_, Time) else type_.describe()
        self.line = SafeInput(text, placeholder=hint)
        self.settle()

    def compose(self) -> ComposeResult:
        """The line."""
        yield self.line
        yield self.below

    def raw(self) -> Any:
        """What the text means."""
        text = self.line.value
        if not text.strip():
            return None
        if isinstance(self.type, Time) and text.strip().lower() == "now":
            return "now"
        return self.type.read(text)

    @property
    def value(self) -> Any:
        """The value; `now` becomes the time at which it is asked for."""
        value = self.raw() if self.touched else self.initial
        if value == "now" and isinstance(self.type, Time):
            from datetime import UTC, datetime

            return datetime.now(UTC).isoformat()
        return value


class LongTextInput(FieldInput):
    """Text of any number of lines."""

    def __init__(self, type_: FieldType, initial: Any, home: Home) -> None:
        super().__init__(type_, initial, home)
        self.area = SafeTextArea("" if initial is None else str(initial))
        self.settle()

    def compose(self) -> ComposeResult:
        """The text."""
        yield self.area
        yield self.below

    def raw(self) -> Any:
        """The text, None when it is empty."""
        return self.area.text or None


class BooleanInput(FieldInput):
    """Yes, no, or not said."""

    def __init__(self, type_: FieldType, initial: Any, home: Home) -> None:
        super().__init__(type_, initial, home)
        self.box = TickBox("yes", value=initial is True, compact=True)
        self.said = initial is not None
        self.settle()

    def compose(self) -> ComposeResult:
        """The box."""
        yield self.box
        yield self.below

    def raw(self) -> Any:
        """Whether the box is ticked; None as long as an empty one was left alone."""
        return True if self.box.value else False if self.said else None

    @on(Checkbox.Changed)
    def _ticked(self) -> None:
        # Once ticked, an empty box is an answer.
        self.said = True


class ChoiceInput(FieldInput):
    """One of a few words."""

    def __init__(self, type_: FieldType, initial: Any, home: Home) -> None:
        super().__init__(type_, initial, home)
        assert isinstance(type_, Choice | Boolean)
        words = type_.words if isinstance(type_, Choice) else ("true", "false")
        options = [(word, word) for word in words]
        self.word = str(initial) if initial in words else None
        if self.word is not None:
            self.select = Select(options, value=self.word, compact=True)
        else:
            self.select = Select(options, prompt="–", compact=True)
        self.settle()

    def compose(self) -> ComposeResult:
        """The words."""
        yield self.select
        yield self.below

    def raw(self) -> Any:
        """The chosen word, None for none."""
        return self.word

    @on(Select.Changed)
    def _chose(self, event: Select.Changed) -> None:
        # The list itself has no value before it is on the screen.
        self.word = event.value if isinstance(event.value, str) else None


class SealedInput(FieldInput):
    """Takes nothing: a secret is put in through the vault."""

    def compose(self) -> ComposeResult:
        """A sentence."""
        says = "sealed; kept as it is" if self.initial is not None else "sealed values are put in through the vault"
        yield Static(Text(says), classes="help")
        yield self.below

    def raw(self) -> Any:
        """Nothing is ever typed here."""
        return None
