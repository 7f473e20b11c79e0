"""A field of a kind and the door through which its values come in. It knows no face and no store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, Protocol

Document = dict[str, Any]


class Auto(Enum):
    """A default that only the moment of writing knows."""

    NOW = "the time of writing"
    ACTING_USER = "the acting user"


class Door(Protocol):
    """What a value meets on its way in: where problems are told and foreign forms become stored ones."""

    importing: bool

    def problem(self, path: str, says: str) -> None:
        """Takes one problem with the field at `path`."""

    def reference(self, kind: str, value: Any, path: str) -> str | None:
        """Turns what names a document of `kind` into its id, or tells a problem and gives None."""

    def snapshot(self, kind: str, value: Any, path: str) -> Any:
        """Turns what names a document of `kind`, or a frozen copy of one, into a frozen copy."""

    def sealed(self, value: Any, path: str) -> Any:
        """Turns a secret into its sealed form, or tells a problem and gives None."""

    def chest_entry(self, chest: str, entry: str, path: str) -> None:
        """Tells a problem where the chest with this id has no such entry, if that is to be known at this door."""


class Place(NamedTuple):
    """A value inside a document: its dotted path, its type, and the value itself."""

    path: str
    type: FieldType
    value: Any


class FieldType:
    """The shape of a value: how it is checked, read from text, and what it holds inside."""

    __slots__ = ()
    empty: Any = None

    def clean(self, value: Any, path: str, door: Door) -> Any:
        """Gives the stored form of `value`; every problem goes to `door`. Never raises for a bad value."""
        raise NotImplementedError

    def read(self, text: str) -> Any:
        """Gives the value that a person meant by `text` on a command line or in an input."""
        return text

    def walk(self, value: Any, path: str) -> Iterator[Place]:
        """Gives every place inside `value` that points at, copies or seals something."""
        return iter(())

    def describe(self) -> str:
        """Says in a few words what is taken."""
        raise NotImplementedError

    def example(self) -> str:
        """A value as one would type it, for help texts; empty where the description is enough."""
        return ""


@dataclass(eq=False, repr=False, match_args=False)
class Field:
    """One field of a kind.

    `set_by` names who alone may set it by anything but `load` ("run", "publish", "vault", "program"); `local`
    fields never leave this machine; `fixed` ones cannot change once written; `column` ones show in lists.
    """

    name: str
    type: FieldType
    says: str
    required: bool = False
    default: Any = None
    local: bool = False
    set_by: str = ""
    fixed: bool = False
    column: bool = False

    def fresh_default(self) -> Any:
        """The default as a value of its own, so that no two documents share a list or a map."""
        if isinstance(self.default, list):
            return list(self.default)
        if isinstance(self.default, dict):
            return dict(self.default)
        return self.default


def child_path(path: str, name: str) -> str:
    """The dotted path of the field `name` inside `path`."""
    return f"{path}.{name}" if path else name


def clean_fields(
    fields: tuple[Field, ...], values: Mapping[str, Any], path: str, door: Door, *, strict: bool = True
) -> dict[str, Any]:
    """Cleans `values` field by field, filling defaults, and tells every problem at once.

    With `strict` an unknown name is a problem, with its nearest neighbour as a hint; without it the value is kept
    as it is, so that fields of a newer program survive.
    """
    cleaned: dict[str, Any] = {}
    for field in fields:
        here = child_path(path, field.name)
        value = values.get(field.name)
        if value is None:
            default = field.fresh_default()
            if isinstance(default, Auto):
                default = None
            if default is not None and field.name not in values:
                cleaned[field.name] = default
            elif field.required:
                door.problem(here, "is required.")
            continue
        result = field.type.clean(value, here, door)
        if field.required and result in ("", [], {}):
            door.problem(here, "must not be empty.")
        if result is not None:
            cleaned[field.name] = result
    known = {field.name for field in fields}
    for name, value in values.items():
        if name in known:
            continue
        if strict:
            door.problem(child_path(path, str(name)), unknown_field(str(name), known))
        else:
            cleaned[name] = value
    return cleaned


def unknown_field(name: str, known: set[str]) -> str:
    """The sentence for a field that does not exist, with the nearest one that does."""
    from difflib import get_close_matches

    near = get_close_matches(name.replace("-", "_"), sorted(known), n=1, cutoff=0.5)
    return "is not a field here." + (f" Did you mean {near[0]}?" if near else "")
