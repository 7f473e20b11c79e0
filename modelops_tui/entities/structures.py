"""The types that hold others, point at others, or copy others. They never resolve a key themselves: the door does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from modelops_tui.entities.field import Document, Door, Field, FieldType, Place, child_path, clean_fields
from modelops_tui.entities.scalars import Text, read_json, shown
from modelops_tui.entities.sealed_form import NOT_THE_WORD, SEALED_WORD
from modelops_tui.entities.wording import a


class Rule(Enum):
    """What happens to a document that points at one which is removed."""

    CASCADE = "goes with it"
    RESTRICT = "forbids it"
    NULLIFY = "forgets it"
    KEEP = "keeps its id"


CASCADE, RESTRICT, NULLIFY, KEEP = Rule.CASCADE, Rule.RESTRICT, Rule.NULLIFY, Rule.KEEP


@dataclass(eq=False, repr=False, match_args=False)
class Reference(FieldType):
    """A pointer at a document of `kind`, stored as its id.

    `restrict_while` forbids the removal while it holds for the pointing document, `while_says` tells when that is;
    `restrict_last` forbids it when the list that holds the pointer would become empty.
    """

    kind: str
    on_removal: Rule
    restrict_while: Callable[[Document], bool] | None = None
    while_says: str = ""
    restrict_last: bool = False

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes whatever names the document and gives its id."""
        return door.reference(self.kind, value, path)

    def walk(self, value: Any, path: str) -> Iterator[Place]:
        """The pointer itself."""
        if isinstance(value, str):
            yield Place(path, self, value)

    def describe(self) -> str:
        """Says what is pointed at."""
        return f"the key or id of {a(self.kind)}"


@dataclass(eq=False, repr=False, match_args=False)
class Snapshot(FieldType):
    """A frozen copy of a document of `kind`, with its `origin` and the time it was `taken_at`.

    `follows` names the reference field of the same document from which it is taken when none is given.
    """

    kind: str
    follows: str = ""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a key, an id, or a frozen copy made before."""
        return door.snapshot(self.kind, value, path)

    def walk(self, value: Any, path: str) -> Iterator[Place]:
        """The copy itself; what it holds inside points at nothing."""
        if isinstance(value, dict):
            yield Place(path, self, value)

    def describe(self) -> str:
        """Says what is copied."""
        return f"the key or id of {a(self.kind)}, of which a frozen copy is kept"


@dataclass(eq=False, repr=False, match_args=False)
class Sealed(FieldType):
    """A secret, kept only in its sealed form."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Hands the secret to the door, which seals it or refuses it."""
        return door.sealed(value, path)

    def walk(self, value: Any, path: str) -> Iterator[Place]:
        """The sealed value itself."""
        yield Place(path, self, value)

    def describe(self) -> str:
        """Says what is taken."""
        return "a secret, sealed by the vault"


@dataclass(eq=False, repr=False, match_args=False)
class KeyText(Text):
    """What the vault writes beside sealed values: a wrapped key, a signature. Only the vault has a use for it."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a text of its form, quotes none, and not the word that stands for it in what is told."""
        if value == SEALED_WORD:
            door.problem(path, NOT_THE_WORD)
        elif isinstance(value, str) and len(value) <= self.longest and (self.form is None or self.form.match(value)):
            return value
        else:
            door.problem(path, f"must be {self.says}, made by the vault.")
        return None


NOT_TOLD = (Sealed, KeyText)
"""Values of these types are told as the word `sealed`, by both faces and in every form."""


@dataclass(eq=False, repr=False, match_args=False)
class FreeMap(FieldType):
    """Any JSON object."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a map with text keys."""
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return value
        door.problem(path, f"must be a map of names and values, not {shown(value)}.")
        return None

    def read(self, text: str) -> Any:
        """Reads a JSON object."""
        return read_json(text) if text.strip() else {}

    def describe(self) -> str:
        """Says what is taken."""
        return "a map of names and values, as JSON"

    def example(self) -> str:
        """An object as one would type it."""
        return '{"lr": 0.1}'


@dataclass(eq=False, repr=False, match_args=False)
class Items(FieldType):
    """A list of values of one type; `distinct` lists hold no value twice, by the field `distinct_by` for groups."""

    of: FieldType
    distinct: bool = False
    distinct_by: str = ""
    least: int = 0

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a list and cleans each item."""
        if not isinstance(value, list):
            door.problem(path, f"must be a list, not {shown(value)}.")
            return None
        for index, item in enumerate(value):
            if item is None:
                door.problem(f"{path}[{index}]", "must not be empty.")
        cleaned = [
            None if item is None else self.of.clean(item, f"{path}[{index}]", door) for index, item in enumerate(value)
        ]
        if len(cleaned) < self.least:
            door.problem(path, f"must hold at least {self.least}.")
            return None
        seen: list[Any] = []
        for index, item in enumerate(cleaned):
            mark = item.get(self.distinct_by) if self.distinct_by and isinstance(item, dict) else item
            if (self.distinct or self.distinct_by) and mark is not None and mark in seen:
                door.problem(f"{path}[{index}]", f"is there twice: {shown(mark)}.")
            seen.append(mark)
        return [item for item in cleaned if item is not None]

    def read(self, text: str) -> Any:
        """Reads a JSON list, or values separated by commas."""
        stripped = text.strip()
        if not stripped:
            return []
        if stripped.startswith(("[", "{")):
            value = read_json(stripped)
            return [value] if isinstance(value, dict) else value
        if isinstance(self.of, Group):
            return [self.of.read(stripped)]
        return [self.of.read(part.strip()) for part in split_outside_quotes(stripped, ",")]

    def walk(self, value: Any, path: str) -> Iterator[Place]:
        """The places of every item."""
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.of.walk(item, f"{path}[{index}]")

    def describe(self) -> str:
        """Says what the list holds."""
        return f"a list: {self.of.describe()}"


@dataclass(eq=False, repr=False, match_args=False)
class Entries(FieldType):
    """A map from names to values of one type."""

    of: FieldType

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a map and cleans each value."""
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            door.problem(path, f"must be a map of names and values, not {shown(value)}.")
            return None
        cleaned = {key: self.of.clean(item, child_path(path, key), door) for key, item in value.items()}
        return {key: item for key, item in cleaned.items() if item is not None}

    def read(self, text: str) -> Any:
        """Reads a JSON object."""
        return read_json(text) if text.strip() else {}

    def walk(self, value: Any, path: str) -> Iterator[Place]:
        """The places of every value."""
        if isinstance(value, dict):
            for key, item in value.items():
                yield from self.of.walk(item, child_path(path, key))

    def describe(self) -> str:
        """Says what the map holds."""
        return f"a map of names: {self.of.describe()}"


@dataclass(eq=False, repr=False, match_args=False)
class Group(FieldType):
    """A value made of named fields, such as a file doc or a task."""

    fields: tuple[Field, ...]
    says: str = ""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a map with these fields only."""
        if isinstance(value, dict):
            return clean_fields(self.fields, value, path, door)
        door.problem(path, f"must be {self.describe()}, not {shown(value)}.")
        return None

    def read(self, text: str) -> Any:
        """Reads a JSON object, or `name=value,name=value` as in `name=model.pkl,required=true`."""
        stripped = text.strip()
        if stripped.startswith("{"):
            return read_json(stripped)
        values: dict[str, Any] = {}
        types = {field.name: field.type for field in self.fields}
        for part in split_outside_quotes(stripped, ","):
            name, sign, rest = part.partition("=")
            if not sign:
                return text
            name = name.strip()
            values[name] = types[name].read(rest.strip()) if name in types else rest.strip()
        return values

    def walk(self, value: Any, path: str) -> Iterator[Place]:
        """The places of every field."""
        if isinstance(value, dict):
            for field in self.fields:
                if value.get(field.name) is not None:
                    yield from field.type.walk(value[field.name], child_path(path, field.name))

    def describe(self) -> str:
        """Names the fields."""
        return self.says or "fields " + ", ".join(field.name for field in self.fields)

    def example(self) -> str:
        """The fields as one would type them."""
        return ",".join(f"{field.name}=…" for field in self.fields[:3])


@dataclass(eq=False, repr=False, match_args=False)
class SecretPlace(Group):
    """The entry of a treasure chest that stands for a secret; what is typed here in error is never quoted."""

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Takes a chest with its entry; anything else may be the secret itself."""
        place = self.read(value) if isinstance(value, str) else value
        if isinstance(place, dict):
            cleaned = super().clean(place, path, door)
            if isinstance(cleaned, dict) and cleaned.get("chest") and cleaned.get("entry"):
                door.chest_entry(cleaned["chest"], cleaned["entry"], path)
            return cleaned
        door.problem(path, f"must be {self.describe()}; the secret itself goes into the chest.")
        return None

    def read(self, text: str) -> Any:
        """Reads `chest/entry`, and what a group of fields is read from."""
        chest, sign, entry = text.strip().partition("/")
        if sign and not chest.startswith("{") and "=" not in chest:
            return {"chest": chest, "entry": entry}
        return super().read(text)

    def example(self) -> str:
        """A place as one would type it."""
        return "chest/entry"


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Splits at `separator` where it does not stand inside double quotes; the quotes stay."""
    parts, current, quoted = [], "", False
    for sign in text:
        if sign == '"':
            quoted = not quoted
        if sign == separator and not quoted:
            parts.append(current)
            current = ""
        else:
            current += sign
    return [*parts, current]
