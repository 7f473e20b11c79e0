"""The forms a value has there and here, each with its way in and its way out. They look nothing up themselves."""

# ruff: noqa: ARG002 – every form is asked in the same way, whatever of it one needs

from __future__ import annotations

import math
from collections import UserString
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from modelops_tui.entities.field import Document
from modelops_tui.services.exchange.values import (
    ObjectId,
    is_empty,
    moment_of,
    plain,
    slug_of,
    time_text_of,
    title_of,
    told_apart,
    typed,
)

if TYPE_CHECKING:
    from modelops_tui.services.exchange.giving import Giving
    from modelops_tui.services.exchange.taking import Taking

ABSENT: Final = object()


class Form:
    """A kind of value; `restores` says that what was kept in the origin may be written back."""

    restores = False

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The value as it is stored here, or ABSENT where it does not fit."""
        raise NotImplementedError

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The value as the original system has it."""
        raise NotImplementedError

    def same(self, original: Any, value: Any, document: Document) -> bool:
        """Whether a stored value still stands for the original one although the two differ."""
        return False


@dataclass(frozen=True, slots=True)
class Pair:
    """A field here and the one there; `also` are other spellings of it, `local` ones are read and never written.

    `ours` is empty for what has no place here; `empty` is what is written for want of a value, ABSENT for nothing.
    """

    ours: str
    theirs: str
    form: Form
    also: tuple[str, ...] = ()
    empty: Any = ABSENT
    local: bool = False


class Text(Form):
    """Text; numbers are taken as they read."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """Text, or a number as text."""
        if isinstance(value, UserString):
            return value.data
        if isinstance(value, str):
            return value
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ABSENT

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The text itself."""
        return value


class Time(Form):
    """A date there, text in UTC here."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The moment in its stored form."""
        return time_text_of(value) or ABSENT

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """A date in UTC."""
        return moment_of(value)


class Flag(Form):
    """True or false."""

    restores = True

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """True and false in the ways they are written."""
        words = {"true": True, "false": False, "yes": True, "no": False}
        if isinstance(value, str):
            return words.get(value.lower(), ABSENT)
        return bool(value) if isinstance(value, bool) or value in (0, 1) else ABSENT

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """A truth value."""
        return bool(value)


class Number(Form):
    """A number; whole ones there may be asked for."""

    def __init__(self, whole: bool, least: float = -math.inf, most: float = math.inf) -> None:
        self.whole = whole
        self.least = least
        self.most = most

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """A number in its range, also written as text."""
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                return ABSENT
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return ABSENT
        if not self.least <= value <= self.most or (self.whole and value != int(value)):
            return ABSENT
        return int(value) if value == int(value) else value

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """A whole number, or a floating one."""
        return int(value) if self.whole else float(value)


class Map(Form):
    """A map of anything."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The map as JSON, in which `typed` finds dates and ids again."""
        return plain(value) if isinstance(value, dict) else ABSENT

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The map with its dates and ids."""
        return typed(value)


class Words(Form):
    """A list of words, each once."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The words of a list, or the one that stands alone."""
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(word, str | int | float) for word in words):
            return ABSENT
        return list(dict.fromkeys(" ".join(str(word).split()) for word in words if str(word).strip()))

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The words."""
        return list(value)


class Choice(Form):
    """One of a few words, written there as `written` does it."""

    def __init__(self, words: tuple[str, ...], written: Callable[[str], str] = str) -> None:
        self.words = words
        self.written = written

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The word in any case, as it is declared here."""
        found = (word for word in self.words if isinstance(value, str) and word.lower() == value.strip().lower())
        return next(found, ABSENT)

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The word as it is written there."""
        return self.written(value)


class Fitted(Form):
    """Text that must have a certain form here; the original is kept and comes back while it still stands for it."""

    restores = True

    def __init__(self, fit: Callable[[str], str]) -> None:
        self.fit = fit

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The text in the form it must have."""
        text = value.data if isinstance(value, UserString) else value
        if isinstance(text, int | float) and not isinstance(text, bool):
            text = str(text)
        fitted = self.fit(text) if isinstance(text, str) else ""
        if not fitted:
            return ABSENT
        if fitted != text:
            taking.keep(path, text)
        return fitted

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The text itself."""
        return value

    def same(self, original: Any, value: Any, document: Document) -> bool:
        """Whether the value is the original told apart from a namesake."""
        id = str(document.get("id"))
        return isinstance(value, str) and value in (told_apart(original, id, slug=slug) for slug in (True, False))


class Pointer(Form):
    """A reference, written there as `written` says: `key`, `object` or `text`."""

    def __init__(
        self, kind: str, written: str, key: Callable[[str, Document, Giving], str | None] | None = None
    ) -> None:
        self.kind = kind
        self.written = written
        self.key = key

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The id of what is pointed at, ABSENT where it is not there."""
        return taking.pointer(self.kind, value, path) or ABSENT

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The reference as it is written there, ABSENT when what it names is gone."""
        target = giving.get(self.kind, value)
        if not target:
            return ABSENT
        if self.key is not None:
            return self.key(self.kind, target, giving) or ABSENT
        return ObjectId(value) if self.written == "object" else str(value)


class Many(Form):
    """A list of values of one form; a single value counts as a list of one, what does not fit is kept."""

    def __init__(self, of: Form) -> None:
        self.of = of

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The items that fit, each once."""
        taken: list[Any] = []
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            if is_empty(item):
                continue
            found = self.of.take(item, taking, f"{path}.{index}")
            if found is ABSENT:
                taking.keep(f"{path}.{index}", item)
            elif found not in taken:
                taken.append(found)
        return taken

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The items that have a form there."""
        given = [self.of.give(item, giving, path) for item in value]
        return [item for item in given if item is not ABSENT]


def without_absent(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are there."""
    return {name: value for name, value in values.items() if value is not ABSENT and value is not None}


TEXT, TIME, FLAG, MAP, WORDS = Text(), Time(), Flag(), Map(), Words()
SLUG, TITLE = Fitted(slug_of), Fitted(title_of)
