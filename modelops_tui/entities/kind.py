"""A kind of record: its fields, key, rules and what may be done with it. It holds no documents and asks no one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from modelops_tui.entities.field import Document, Door, Field, FieldType, Place
from modelops_tui.entities.scalars import Number, Text, Time
from modelops_tui.entities.structures import KEEP, Reference
from modelops_tui.errors import Problem

GENERAL_VERBS = ("list", "show", "new", "set", "edit", "rename", "rm", "refs", "history")
READ_ONLY = ("list", "show", "refs", "history")

ENVELOPE = (
    Field("id", Text(24, lines=False), "24 hexadecimal digits; never changes, never used again."),
    Field("rev", Number(whole=True), "How often it was written."),
    Field("created_at", Time(), "When it was made."),
    Field("updated_at", Time(), "When it was last written."),
    Field("created_by", Reference("user", KEEP), "Who made it."),
)


class Reader(Protocol):
    """How rules and computed fields see other documents: the store's own state inside the transaction."""

    def get(self, kind: str, id: str) -> Document | None:
        """The document with this id, or None."""

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents of `kind` that have this lookup term."""


@dataclass(eq=False, repr=False, match_args=False)
class Unique:
    """Fields that no two documents of a kind may share; `when` limits the rule to some documents."""

    fields: tuple[str, ...]
    ignoring_case: bool = False
    when: Callable[[Document], bool] | None = None
    says: str = ""

    def mark(self, document: Mapping[str, Any]) -> str | None:
        """The lookup term of these values, or None where the rule does not hold for the document."""
        if self.when is not None and not self.when(document):  # type: ignore[arg-type]
            return None
        values = [document.get(name) for name in self.fields]
        if any(value is None for value in values):
            return None
        text = "\x1f".join(str(value) for value in values)
        return f"unique {'+'.join(self.fields)} {text.casefold() if self.ignoring_case else text}"


@dataclass(eq=False, repr=False, match_args=False)
class Moves:
    """The legal moves of the state field at the dotted `path`."""

    path: str
    legal: Mapping[str, tuple[str, ...]]

    def problems(self, before: Document, after: Document) -> Iterator[Problem]:
        """A problem where the state moved in a way that is not declared."""
        old, new = value_at(before, self.path), value_at(after, self.path)
        if old != new and old is not None and new not in self.legal.get(old, ()):
            may = ", ".join(self.legal.get(old, ())) or "nothing"
            yield Problem(self.path, f"cannot go from {old} to {new}; from {old} it may go to {may}.")


@dataclass(eq=False, repr=False, match_args=False)
class Computed:
    """A value that is worked out when asked for and never stored."""

    name: str
    type: FieldType
    says: str
    compute: Callable[[Document, Reader], Any]
    column: bool = False


CheckRule = Callable[["Document | None", Document, Reader], Iterator[Problem]]


@dataclass(eq=False, repr=False, match_args=False)
class Kind:
    """A kind of record, declared once; options, forms, columns, checks and docs follow from it.

    `key` names the fields whose values people type instead of the id; `snapshot` names what a frozen copy keeps;
    `listed` names the columns of lists where the marked fields are not enough, also paths into them;
    `label` makes a readable name where there is no key: of these fields, or by a function;
    `frozen` documents never change once written; `checks` are rules over the document and its surroundings;
    `settle` completes what people typed where several fields decide together: of the former document, the whole new
    one, and its changed fields, which it may change.
    """

    name: str
    area: str
    says: str
    fields: tuple[Field, ...]
    shorts: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    key_sign: str = ":"
    key_ignores_case: bool = False
    unique: tuple[Unique, ...] = ()
    verbs: tuple[str, ...] = GENERAL_VERBS
    computed: tuple[Computed, ...] = ()
    moves: Moves | None = None
    checks: tuple[CheckRule, ...] = ()
    settle: Callable[[Document | None, Document, Document, Door], None] | None = None
    snapshot: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    frozen: bool = False
    label: Callable[[Document], str] | tuple[str, ...] | None = None
    more_terms: Callable[[Document], Iterable[str]] | None = None

    def __repr__(self) -> str:
        """The kind by its name."""
        return f"<kind {self.name}>"

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """The fields by their names."""
        return {item.name: item for item in self.fields}

    @cached_property
    def computed_by_name(self) -> dict[str, Computed]:
        """The computed fields by their names."""
        return {item.name: item for item in self.computed}

    @cached_property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("-", " ")

    @cached_property
    def name_field(self) -> str:
        """The field that `rename` changes: the last of the key when it is text, else nothing."""
        last = self.key[-1] if self.key else ""
        return last if last in self.by_name and not isinstance(self.by_name[last].type, Reference) else ""

    @cached_property
    def parent_field(self) -> str:
        """The field of the key that points at the parent, or nothing."""
        return self.key[0] if len(self.key) > 1 else ""

    @cached_property
    def parent_kind(self) -> str:
        """The kind of the parent in the key, or nothing."""
        type_ = self.by_name[self.parent_field].type if self.parent_field else None
        return type_.kind if isinstance(type_, Reference) else ""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What lists show after the key: what is `listed`, else the fields and computed fields marked as columns."""
        if self.listed:
            return self.listed
        stored = tuple(item.name for item in self.fields if item.column and item.name not in self.key)
        return stored + tuple(item.name for item in self.computed if item.column)

    @cached_property
    def pointing_fields(self) -> tuple[Field, ...]:
        """The fields that hold references anywhere inside."""
        return tuple(item for item in self.fields if holds_reference(item.type))

    def places(self, document: Mapping[str, Any]) -> Iterator[Place]:
        """Every reference, snapshot and sealed value in a document, with its path."""
        for item in self.fields:
            value = document.get(item.name)
            if value is not None:
                yield from item.type.walk(value, item.name)

    def references(self, document: Mapping[str, Any]) -> Iterator[Place]:
        """Every reference in a document, with its path."""
        for item in self.pointing_fields:
            value = document.get(item.name)
            if value is not None:
                for place in item.type.walk(value, item.name):
                    if isinstance(place.type, Reference):
                        yield place

    def terms(self, document: Mapping[str, Any]) -> Iterator[str]:
        """The lookup terms of a document: its key, its name, its unique values, and every id it points at."""
        if self.name_field:
            name = document.get(self.name_field)
            if name is not None:
                yield name_term(str(name))
                if self.parent_field:
                    yield child_term(str(document.get(self.parent_field)), str(name))
        for rule in self.unique:
            mark = rule.mark(document)
            if mark is not None:
                yield mark
        for place in self.references(document):
            yield pointer_term(place.value)
        if self.more_terms is not None:
            yield from self.more_terms(document)  # type: ignore[arg-type]


def name_term(name: str) -> str:
    """The lookup term of the last part of a key, ignoring case."""
    return f"name {name.casefold()}"


def child_term(parent: str, name: str) -> str:
    """The lookup term of a name inside its parent."""
    return f"child {parent} {name}"


def pointer_term(id: str) -> str:
    """The lookup term of every document that points at `id`."""
    return f"to {id}"


def holds_reference(type_: FieldType) -> bool:
    """Whether a reference can stand anywhere inside values of this type."""
    if isinstance(type_, Reference):
        return True
    inner = getattr(type_, "of", None)
    if isinstance(inner, FieldType):
        return holds_reference(inner)
    fields: tuple[Field, ...] = getattr(type_, "fields", ())
    return any(holds_reference(item.type) for item in fields)


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path of plain maps, or None."""
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
