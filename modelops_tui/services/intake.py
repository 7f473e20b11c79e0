"""How values come in from people: keys become ids, copies are frozen, every problem is told. It writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelops_tui.entities.field import Auto, Document, Field, clean_fields, unknown_field
from modelops_tui.entities.keys import Finder, candidates, has_key, label_of
from modelops_tui.entities.kind import ENVELOPE, Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import Anything, Typed, shown
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.entities.snapshots import take
from modelops_tui.entities.wording import a
from modelops_tui.errors import Problem

NOT_FIELDS = frozenset(item.name for item in ENVELOPE) | {"kind", "key", "label"}


class Intake:
    """The door for values from outside: it resolves what names a document and collects the problems.

    `may_read` says of what a frozen copy may be taken; an administrator who loads whole documents takes of all.
    """

    def __init__(
        self,
        names: Finder,
        at: str,
        *,
        importing: bool = False,
        may_read: Callable[[str, str], bool] = lambda _kind, _id: True,
    ) -> None:
        self.names = names
        self.at = at
        self.may_read = may_read
        self.importing = importing
        self.problems: list[Problem] = []

    def problem(self, path: str, says: str) -> None:
        """Collects a problem."""
        self.problems.append(Problem(path, says))

    def reference(self, kind: str, value: Any, path: str) -> str | None:
        """The id of the one document that `value` names: a key, an id, or `{kind, id, key}`."""
        document = self._one(kind, value, path)
        return str(document["id"]) if document is not None else None

    def snapshot(self, kind: str, value: Any, path: str) -> Any:
        """A frozen copy: taken now of what a key or id names, or one that was made before."""
        if isinstance(value, dict) and isinstance(value.get("origin"), dict) and value.get("taken_at"):
            return {name: part for name, part in value.items() if name != "drift"}
        document = self._one(kind, value, path)
        if document is not None and not self.may_read(kind, str(document["id"])):
            self.problem(path, f"names the {BY_NAME[kind].title} {value!r}, which you may not read; no copy is taken.")
            return None
        return take(kind, document, self.names, self.at) if document is not None else None

    def sealed(self, value: Any, path: str) -> Any:
        """Takes nothing from people: a secret is put in through the vault alone. An import may bring sealed values."""
        says = "is sealed and takes no value here, so that a secret is never kept in clear."
        if self.importing:
            says = sealed_form_problem(value)
        if not says:
            return value
        self.problem(path, says)
        return None

    def chest_entry(self, chest: str, entry: str, path: str) -> None:
        """Demands that the entry is there; what was typed is not quoted, because it may be the secret itself."""
        document = self.names.get("treasure-chest", chest)
        # Whole documents may come before the entries of a chest, which travel on their own.
        if self.importing or document is None or not self.may_read("treasure-chest", chest):
            return
        entries = document.get("entries") or {}
        if entry not in entries:
            there = f"it has {', '.join(sorted(entries))}" if entries else "it is empty"
            self.problem(path, f"names no entry of the treasure chest {document['name']}; {there}.")

    def _one(self, kind: str, value: Any, path: str) -> Document | None:
        text = value
        if isinstance(value, dict):
            if value.get("kind", kind) != kind:
                self.problem(path, f"must be {a(kind)}, not a {shown(value['kind'])}.")
                return None
            text = value.get("id") or value.get("key")
        if not isinstance(text, str) or not text.strip():
            self.problem(path, f"must be the key or id of {a(kind)}, not {shown(value)}.")
            return None
        found = candidates(BY_NAME[kind], text.strip(), self.names)
        if len(found) == 1:
            return found[0]
        if found:
            which = ", ".join(f"{label_of(BY_NAME[kind], item, self.names)} ({item['id']})" for item in found[:5])
            self.problem(path, f"fits {len(found)} documents: {which}. Name one by its id.")
        else:
            self.problem(path, f"names no {kind}: {shown(text)!r}.{near_hint(BY_NAME[kind], text, self.names)}")
        return None


def near_hint(kind: Kind, text: str, names: Finder) -> str:
    """The end of a sentence that offers the nearest keys there are, or nothing."""
    near = near_keys(kind, text, names)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def near_keys(kind: Kind, text: str, names: Finder, limit: int = 3) -> list[str]:
    """The keys nearest to `text` among those that begin with the same letter or sit in the same parent.

    It reads names only through the store's decoded documents, so it is asked for after a miss, never before.
    """
    from difflib import get_close_matches

    documents = getattr(names, "all_of", None)
    if documents is None or not has_key(kind):
        return []
    keys = [label_of(kind, item, names) for item in documents(kind.name, 5000)]
    near = get_close_matches(text, keys, n=limit, cutoff=0.5)
    if not near and ":" not in text:
        by_name = {key.rsplit(":", 1)[-1]: key for key in keys}
        near = [by_name[name] for name in get_close_matches(text, list(by_name), n=limit, cutoff=0.5)]
    return near


def settable_fields(kind: Kind) -> tuple[Field, ...]:
    """The fields that a person may set by hand."""
    return tuple(item for item in kind.fields if not item.set_by)


def not_settable(kind: Kind, name: str) -> str:
    """The sentence for a field that cannot be set by hand, whatever the reason."""
    item = kind.by_name.get(name)
    if name in kind.computed_by_name:
        return "is worked out, not set."
    if item is None:
        return unknown_field(name, {field.name for field in settable_fields(kind)})
    return {
        "run": "is set by a run, not by hand.",
        "publish": "is set by checking out and publishing, not by hand.",
        "vault": "is set by the vault, not by hand.",
    }.get(item.set_by, "is set by the program, not by hand.")


def clean_new(kind: Kind, values: Mapping[str, Any], door: Intake, user: str) -> Document:
    """The fields of a new document, with defaults; problems go to `door`."""
    given = {name: value for name, value in values.items() if name not in NOT_FIELDS or name in kind.by_name}
    given = {name: value for name, value in given.items() if name not in kind.computed_by_name or name in kind.by_name}
    for name in given:
        item = kind.by_name.get(name)
        if item is not None and item.set_by and given[name] not in (None, item.default):
            door.problem(name, not_settable(kind, name))
    wanted = {name: value for name, value in given.items() if name not in kind.by_name or not kind.by_name[name].set_by}
    for item in kind.fields:
        if isinstance(item.default, Auto) and wanted.get(item.name) is None:
            wanted[item.name] = door.at if item.default is Auto.NOW else user
        follows = getattr(item.type, "follows", "")
        if follows and isinstance(values.get(follows), str | dict):
            wanted[item.name] = values[follows]
    cleaned = clean_fields(kind.fields, wanted, "", door)
    _settle_typed(kind, cleaned, cleaned, door)
    if kind.settle is not None:
        kind.settle(None, cleaned, cleaned, door)
    return cleaned


def clean_changes(kind: Kind, document: Document, changes: Mapping[str, Any], door: Intake) -> Document:
    """The changed fields in stored form, None for one that is emptied; problems go to `door`."""
    cleaned: Document = {}
    for name, value in changes.items():
        item = kind.by_name.get(name)
        if item is None or item.set_by:
            if name in NOT_FIELDS or name in kind.computed_by_name or (item and value == document.get(name)):
                continue
            door.problem(name, not_settable(kind, name))
        elif value is None or (value in ("", [], {}) and not item.required):
            if item.required:
                door.problem(name, "is required; it cannot be emptied.")
            cleaned[name] = item.fresh_default() if isinstance(item.default, list | dict) else None
        elif value != document.get(name):
            result = item.type.clean(value, name, door)
            if item.required and result in ("", [], {}):
                door.problem(name, "is required; it cannot be emptied.")
            cleaned[name] = result
    _settle_typed(kind, {**document, **cleaned}, cleaned, door)
    if kind.settle is not None:
        kind.settle(document, {**document, **cleaned}, cleaned, door)
    return cleaned


def _settle_typed(kind: Kind, document: Document, cleaned: Document, door: Intake) -> None:
    """Reads what was typed by the document that says what is meant."""
    for name, value in cleaned.items():
        type_ = kind.by_name[name].type
        if isinstance(value, Typed) and isinstance(type_, Anything) and type_.meant is not None:
            target = getattr(kind.by_name[type_.by].type, "kind", "")
            cleaned[name] = type_.meant(door.names.get(target, str(document.get(type_.by))) or {}, str(value))
