"""Choosing documents by an expression: which fields there are, and how a path is followed through references."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from modelops_tui.entities.expression import Expression, PlainLook, parse, parse_filter
from modelops_tui.entities.field import Document, Field, FieldType
from modelops_tui.entities.keys import candidates, key_of
from modelops_tui.entities.kind import ENVELOPE, Computed, Kind, Reader
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import OBJECT_ID, Anything, Time
from modelops_tui.entities.structures import Entries, FreeMap, Group, Items, Reference, Snapshot
from modelops_tui.entities.wording import an
from modelops_tui.errors import NotFound, WrongUse
from modelops_tui.services.home import Home, Names
from modelops_tui.services.intake import near_keys

FREE = object()
ENVELOPE_FIELDS = {item.name: item for item in ENVELOPE}


class KindFields:
    """The paths that expressions over a kind may use; keys are looked up in `names`."""

    def __init__(self, kind: Kind, names: Names) -> None:
        self.kind = kind
        self.names = names

    def knows(self, path: tuple[str, ...]) -> bool | None:
        """Whether the path exists; None where anything goes, as inside a free map."""
        found = self._type(path)
        return None if found is FREE else found is not None

    def is_time(self, path: tuple[str, ...]) -> bool:
        """Whether the path holds a moment."""
        return isinstance(self._type(path), Time)

    def ids(self, path: tuple[str, ...], key: str) -> list[str] | None:
        """The ids that a key means where the path is a reference. Raises NotFound for a key of nothing."""
        type_ = self._type(path)
        if isinstance(type_, Items):
            type_ = type_.of
        if not isinstance(type_, Reference) or OBJECT_ID.match(key):
            return None
        target = BY_NAME[type_.kind]
        found = candidates(target, key, self.names)
        if not found:
            near = near_keys(target, key, self.names)
            raise NotFound(f"There is no {target.title} {key!r}.", f"Did you mean {' or '.join(near)}?" if near else "")
        return [str(document["id"]) for document in found]

    def near(self, path: tuple[str, ...]) -> list[str]:  # noqa: ARG002 – the expressions choose the nearest
        """Every path there is, for the nearest to be found among them."""
        return field_paths(self.kind)

    def _type(self, path: tuple[str, ...]) -> Any:
        if path in (("key",), ("kind",), ("origin",)):
            return FREE
        if path[0] == "origin":
            return FREE
        found: Any = field_type(self.kind, path[0])
        for part in path[1:]:
            found = inside(found, part)
            if found is FREE:
                return FREE
        return found


def field_type(kind: Kind, name: str) -> FieldType | None:
    """The type of a field of a kind: of its own, of the envelope, or computed."""
    field: Field | Computed | None = kind.by_name.get(name) or ENVELOPE_FIELDS.get(name)
    field = field or kind.computed_by_name.get(name)
    return field.type if field is not None else None


def inside(type_: Any, name: str) -> Any:
    """The type of `name` inside a value of `type_`: FREE where anything goes, None where there is no such thing."""
    if isinstance(type_, Items):
        return inside(type_.of, name)
    if isinstance(type_, Reference):
        return field_type(BY_NAME[type_.kind], name) or (FREE if name == "key" else None)
    if isinstance(type_, Snapshot):
        kept = BY_NAME[type_.kind].snapshot
        return (
            field_type(BY_NAME[type_.kind], name)
            if name in kept
            else (FREE if name in ("origin", "taken_at") else None)
        )
    if isinstance(type_, Group):
        return next((item.type for item in type_.fields if item.name == name), None)
    if isinstance(type_, Entries):
        return type_.of
    return FREE if isinstance(type_, FreeMap | Anything) else None


def field_paths(kind: Kind) -> list[str]:
    """The paths of a kind, one level deep into what holds fields, for completion and hints."""
    paths = ["key", *ENVELOPE_FIELDS]
    named = [(item.name, item.type) for item in kind.fields] + [(item.name, item.type) for item in kind.computed]
    for name, type_ in named:
        paths.append(name)
        paths += [f"{name}.{inner}" for inner in _inner_names(type_)]
    return paths


def _inner_names(type_: FieldType) -> Iterator[str]:
    if isinstance(type_, Items):
        yield from _inner_names(type_.of)
    elif isinstance(type_, Reference):
        yield from (item.name for item in BY_NAME[type_.kind].fields)
    elif isinstance(type_, Snapshot):
        yield from BY_NAME[type_.kind].snapshot
    elif isinstance(type_, Group):
        yield from (item.name for item in type_.fields)


class RegistryLook(PlainLook):
    """Follows references, computed fields and keys; plain paths go the quick way."""

    def __init__(self, kind: Kind, names: Reader) -> None:
        self.kind = kind
        self.names = names

    def reader(self, path: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Any]:
        """A function that reads `path` from a document of the kind."""
        if path == ("key",):
            return lambda document: key_of(self.kind, dict(document), self.names)
        if self._is_plain(path):
            return PlainLook().reader(path)
        return lambda document: self.value(document, path)

    def value(self, document: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        """The value at `path`, through references where it leads through them."""
        return self._follow(self.kind, dict(document), path)

    def _is_plain(self, path: tuple[str, ...]) -> bool:
        type_: Any = field_type(self.kind, path[0])
        if path[0] in self.kind.computed_by_name and path[0] not in self.kind.by_name:
            return False
        for part in path[1:]:
            while isinstance(type_, Items) and not isinstance(type_.of, Reference):
                type_ = type_.of
            if isinstance(type_, Reference | Items):
                return False
            if not part.startswith("["):
                type_ = inside(type_, part) if type_ is not None and type_ is not FREE else FREE
        return True

    def _follow(self, kind: Kind, document: Document, path: tuple[str, ...]) -> Any:
        name, rest = path[0], path[1:]
        if name == "key":
            return key_of(kind, document, self.names)
        computed = kind.computed_by_name.get(name)
        if computed is not None and name not in kind.by_name:
            value, type_ = computed.compute(document, self.names), computed.type
        else:
            value, found = document.get(name), field_type(kind, name)
            if found is None:
                return PlainLook().value(document, path)
            type_ = found
        return self._step(type_, value, rest)

    def _step(self, type_: Any, value: Any, path: tuple[str, ...]) -> Any:
        if not path or value is None:
            return value
        if isinstance(type_, Items) and isinstance(value, list):
            if path[0].startswith("["):
                index = int(path[0][1:-1])
                item = value[index] if -len(value) <= index < len(value) else None
                return self._step(type_.of, item, path[1:])
            found = [self._step(type_.of, item, path) for item in value]
            return [item for part in found for item in (part if isinstance(part, list) else [part])]
        if isinstance(type_, Reference):
            target = self.names.get(type_.kind, str(value))
            return self._follow(BY_NAME[type_.kind], target, path) if target is not None else None
        if isinstance(type_, Group | Entries) and isinstance(value, dict):
            return self._step(inside(type_, path[0]), value.get(path[0]), path[1:])
        return PlainLook().value({"value": value}, ("value", *path))


class Filter:
    """A filter over documents of one kind: an expression, or plain words. Raises WrongUse, pointing at a mistake."""

    def __init__(self, home: Home, kind: Kind, text: str, *, words: bool = True) -> None:
        self.look = RegistryLook(kind, home.readable)
        fields = KindFields(kind, home.names)
        now = datetime.now(UTC)
        read = parse_filter if words else parse
        self.expression: Expression = read(text, fields, now=now)
        self.matches: Callable[[Mapping[str, Any]], bool] = self.expression.compile(self.look)


def select(
    home: Home,
    kind: Kind,
    where: str = "",
    sort: str = "",
    limit: int | None = None,
    include_deprecated: bool = False,
) -> list[Document]:
    """The documents of `kind` that fulfil `where`, sorted by the path `sort` (a leading `-` turns it round).

    Documents marked deprecated are left out unless asked for. Raises WrongUse for a mistake in an expression.
    """
    home.catch_up()
    if "deprecated" in where:
        include_deprecated = True
    matches = Filter(home, kind, where, words=False).matches if where else None
    order = sort_reader(home, kind, sort) if sort else None
    found = list(home.documents(kind))
    if not include_deprecated and "deprecated" in kind.by_name:
        found = [item for item in found if not item.get("deprecated")]
    if matches is not None:
        found = [item for item in found if matches(item)]
    if order is not None:
        found.sort(key=order, reverse=sort.startswith("-"))
    return found[:limit] if limit is not None else found


def sort_reader(home: Home, kind: Kind, sort: str) -> Callable[[Mapping[str, Any]], tuple[int, Any]]:
    """A sort key for the path `sort`: missing values first, then numbers, then text without regard to case."""
    path = tuple(sort.removeprefix("-").split("."))
    if KindFields(kind, home.names).knows(path) is False:
        from difflib import get_close_matches

        near = get_close_matches(".".join(path), field_paths(kind), n=1, cutoff=0.5)
        raise WrongUse(f"{an(kind.title)} has no field {'.'.join(path)!r}.", f"Did you mean {near[0]}?" if near else "")
    read = RegistryLook(kind, home.readable).reader(path)
    return lambda document: order_of(read(document))


def order_of(value: Any) -> tuple[int, Any]:
    """A value as something that can be sorted beside any other."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool | int | float):
        return (1, value)
    if isinstance(value, list):
        return (2, len(value))
    return (3, str(value).casefold())
