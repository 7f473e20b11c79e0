"""Finding, making, changing and renaming documents of any kind, for both faces alike. It never prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modelops_tui.entities.artifacts import is_published
from modelops_tui.entities.field import Document
from modelops_tui.entities.graph import reference_types
from modelops_tui.entities.keys import candidates, key_of, label_of, quoted, unquoted
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.structures import Items, Reference, split_outside_quotes
from modelops_tui.entities.wording import an
from modelops_tui.errors import Invalid, NotFound, Problem, Refused, WrongUse
from modelops_tui.services.assignments import read_assignments, read_option
from modelops_tui.services.batch import BatchNames, Cleaned, placed, unique_problems, wrong_of
from modelops_tui.services.home import Home
from modelops_tui.services.intake import (
    Intake,
    clean_changes,
    clean_new,
    near_keys,
    settable_fields,
)
from modelops_tui.store.identity import new_id, time_text

__all__ = [
    "assigned",
    "change",
    "change_each",
    "create",
    "create_many",
    "find_one",
    "input_form",
    "problems",
    "read_option",
    "rename",
    "select",
    "settable_fields",
]


def find_one(home: Home, kind: Kind, text: str) -> Document:
    """The document that `text` names: a key, an id, or the first digits of one.

    Raises NotFound with the nearest keys, WrongUse when several fit, NotPermitted.
    """
    home.catch_up()
    found = candidates(kind, text, home.names)
    if len(found) > 1:
        labels = [label_of(kind, item, home.names) for item in found]
        which = "\n".join(f"  {item['id']}  {label}" for item, label in zip(found[:10], labels, strict=False))
        apart = len(set(labels)) == len(labels)
        hint = "Write the whole key of the one you mean." if apart else "Name one of them by its id."
        raise WrongUse(f"{text!r} fits {len(found)} documents:\n{which}", hint)
    if not found:
        near = near_keys(kind, text, home.names)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"See what there is: modelops {kind.name} list"
        raise NotFound(f"There is no {kind.title} {text!r}.", hint)
    home.demand("read", kind, found[0]["id"])
    return found[0]


def select(
    home: Home, kind: Kind, where: str = "", sort: str = "", limit: int | None = None, include_deprecated: bool = False
) -> list[Document]:
    """The documents that fulfil `where`, in order; see `filtering.select`, which is loaded when this is called."""
    from modelops_tui.services import filtering

    return filtering.select(home, kind, where, sort, limit, include_deprecated)


def key_values(kind: Kind, key: str) -> dict[str, Any]:
    """The key fields that a typed key like `iris:night-7` gives: the name, and the parent where there is one."""
    if not kind.name_field:
        raise WrongUse(f"{an(kind.title)} has no key of its own.", "Leave the key out and give its fields.")
    if not kind.parent_field:
        return {kind.name_field: unquoted(key)}
    parts = split_outside_quotes(key, kind.key_sign)
    if len(parts) == 1:
        return {kind.name_field: unquoted(key)}
    return {kind.parent_field: kind.key_sign.join(parts[:-1]), kind.name_field: unquoted(parts[-1])}


def create(home: Home, kind: Kind, values: Mapping[str, Any], key: str = "") -> Document:
    """Makes one document. Raises Invalid with every problem, Refused when it is there already, NotPermitted."""
    given = dict(values)
    if key:
        given.update({name: value for name, value in key_values(kind, key).items() if value})
    return create_many(home, [(kind, given)])[0][1]


def create_many(home: Home, documents: Sequence[tuple[Kind, Mapping[str, Any]]]) -> list[tuple[Kind, Document]]:
    """Makes many documents, all or none; they may name each other by key.

    Raises Invalid with every problem of every document, Refused, NotPermitted.
    """
    for kind, _ in documents:
        if "new" not in kind.verbs:
            raise Refused(
                f"{an(kind.title)} is not made by hand.", f"See what can be done: modelops {kind.name} --help"
            )
        home.demand("create", kind)
    at = time_text()
    batch = [(kind, new_id(), dict(values)) for kind, values in documents]
    numbers = {id: number for number, (_, id, _) in enumerate(batch, start=1)}
    names = BatchNames(home.names, batch)
    cleaned: list[Cleaned] = []
    problems: list[Problem] = []
    for kind, id, values in names.batch:
        door = Intake(names, at, may_read=_may_copy(home, numbers))
        fields = clean_new(kind, values, door, home.user["id"])
        problems += [Problem(placed(item.path, numbers[id], len(numbers)), item.says) for item in door.problems]
        cleaned.append((kind, id, fields))
        names.settle(kind, id, fields)
    if problems:
        problems += unique_problems(names, cleaned, numbers, len(documents))
        if len(documents) == 1:
            raise Invalid(f"The {documents[0][0].title} cannot be made so.", problems)
        raise Invalid(f"{wrong_of(problems, len(documents))} cannot be made so; none was.", problems)
    says = f"new {cleaned[0][0].name}" if len(cleaned) == 1 else f"new: {len(cleaned)} documents"
    with home.writing(says) as transaction:
        made = [(kind, transaction.insert(kind.name, fields, id=id)) for kind, id, fields in cleaned]
        if len(made) == 1:
            kind, document = made[0]
            transaction.says = f"new {kind.name} {label_of(kind, document, transaction)}"
    return sorted(made, key=lambda entry: numbers[entry[1]["id"]])


def problems(home: Home, kind: Kind, values: Mapping[str, Any], document: Document | None = None) -> list[Problem]:
    """Every problem that these values would have, without writing anything."""
    door = Intake(home.names, time_text(), may_read=home.may_read)
    if document is None:
        fields = clean_new(kind, values, door, home.user["id"])
        after = {"id": "0" * 24, **fields}
    else:
        changed = clean_changes(kind, document, values, door)
        after = {name: value for name, value in {**document, **changed}.items() if value is not None}
        for name, value in changed.items():
            if kind.by_name[name].fixed and document.get(name) is not None and value != document.get(name):
                door.problem(name, "cannot change once written.")
    found = list(door.problems)
    if not found:
        for rule in kind.checks:
            found.extend(rule(document, after, home.names))
    taken = unique_problems(home.names, [(kind, after["id"], after)], {})
    return found + [item for item in taken if item not in found]


def change(home: Home, kind: Kind, id: str, changes: Mapping[str, Any], *, if_rev: int | None = None) -> Document:
    """Changes the named fields of a document and nothing else; None empties one.

    Raises Invalid with every problem, Refused for a rule or a stale `if_rev`, NotFound, NotPermitted.
    """
    says = f"set {kind.name}"
    return change_many(home, kind, [id], changes, if_rev=if_rev, says=says)[0]


def change_many(
    home: Home,
    kind: Kind,
    ids: Sequence[str],
    changes: Mapping[str, Any],
    *,
    if_rev: int | None = None,
    says: str = "",
) -> list[Document]:
    """Makes the same changes to several documents, all or none. Raises as `change` does."""
    return change_each(home, kind, [(id, changes) for id in ids], if_rev=if_rev, says=says)


def change_each(
    home: Home,
    kind: Kind,
    planned: Sequence[tuple[str, Mapping[str, Any]]],
    *,
    if_rev: int | None = None,
    says: str = "",
) -> list[Document]:
    """Makes to each document (by id) its own changes, all or none. Raises as `change` does."""
    if "set" not in kind.verbs:
        raise Refused(f"{an(kind.title)} is not changed by hand.")
    changed = []
    with home.writing(says or f"set {len(planned)} {kind.name}") as transaction:
        for id, changes in planned:
            seen = home.read(kind, id)
            home.demand("write", kind, id)
            raw = transaction.get(kind.name, id) or seen
            refuse_published(kind, raw)
            door = Intake(home.names, transaction.at, may_read=home.may_read)
            cleaned = clean_changes(kind, seen, changes, door)
            if door.problems:
                name = label_of(kind, seen, home.names)
                raise Invalid(f"{kind.title} {name} cannot be changed so.", door.problems)
            cleaned = keep_hidden(home, kind, raw, cleaned)
            gone = [name for name, value in cleaned.items() if value is None]
            kept = {name: value for name, value in cleaned.items() if value is not None}
            changed.append(transaction.update(kind.name, id, kept, without=gone, if_rev=if_rev))
        if len(planned) == 1 and not says.startswith("rename"):
            transaction.says = f"set {kind.name} {label_of(kind, changed[0], transaction)}"
    return [home.sight.masked(kind.name, document) for document in changed]


def refuse_published(kind: Kind, document: Document) -> None:
    """Raises Refused for a published revision, which is never changed or removed by hand."""
    if kind.name == "artifact-revision" and is_published(document):
        raise Refused("A published revision never changes.")


def keep_hidden(home: Home, kind: Kind, raw: Document, cleaned: Document) -> Document:
    """The changes with every list member kept that the user cannot see and so did not mean to remove."""
    hidden = home.sight.hidden_targets(kind, raw)
    if not hidden:
        return cleaned
    kept = dict(cleaned)
    for name, value in cleaned.items():
        type_ = kind.by_name[name].type
        if isinstance(type_, Items) and isinstance(type_.of, Reference):
            kept[name] = [*(value or []), *(id for id in raw.get(name) or [] if id in hidden)]
    return kept


def rename(home: Home, kind: Kind, id: str, new_name: str) -> Document:
    """Gives a document another name; nothing else is written, because references are ids.

    Raises Refused where the kind has no name or the name is taken, Invalid, NotFound, NotPermitted.
    """
    if "rename" not in kind.verbs or not kind.name_field:
        raise Refused(f"{an(kind.title)} cannot be renamed.")
    before = label_of(kind, home.read(kind, id), home.names)
    name = unquoted(new_name)
    if kind.parent_field and len(parts := split_outside_quotes(new_name, kind.key_sign)) > 1:
        name = unquoted(parts[-1])
        if kind.key_sign.join(parts[:-1]) != kind.key_sign.join(split_outside_quotes(before, kind.key_sign)[:-1]):
            raise Refused(
                "A rename changes the name, not where it belongs.", f"Give the new name alone: {quoted(name)}"
            )
    says = f"rename {kind.name} {before}"
    return change_many(home, kind, [id], {kind.name_field: name}, says=says)[0]


def input_form(home: Home, kind: Kind, document: Document) -> dict[str, Any]:
    """The fields a person may change, references as keys: what an editor or a form begins with."""
    form: dict[str, Any] = {}
    for item in settable_fields(kind):
        if document.get(item.name) is not None:
            form[item.name] = _with_keys(home, item.type, document[item.name])
    return form


def _with_keys(home: Home, type_: Any, value: Any) -> Any:
    if isinstance(type_, Reference):
        target = home.names.get(type_.kind, str(value))
        if target is None:
            return value
        key = key_of(BY_NAME[type_.kind], target, home.names)
        alone = key is not None and len(candidates(BY_NAME[type_.kind], key, home.names)) == 1
        return key if alone else value
    if isinstance(type_, Items) and isinstance(value, list):
        return [_with_keys(home, type_.of, item) for item in value]
    if not any(True for _ in reference_types(type_)):
        return value
    if isinstance(value, dict) and hasattr(type_, "fields"):
        types = {item.name: item.type for item in type_.fields}
        return {name: _with_keys(home, types[name], item) if name in types else item for name, item in value.items()}
    if isinstance(value, dict) and hasattr(type_, "of"):
        return {name: _with_keys(home, type_.of, item) for name, item in value.items()}
    return value


def _may_copy(home: Home, coming: Mapping[str, int]) -> Callable[[str, str], bool]:
    """Whether a frozen copy may be taken: of what comes with it, and of what the user may read."""
    return lambda kind, other: other in coming or home.may_read(kind, other)


def assigned(home: Home, kind: Kind, document: Document, texts: Sequence[str]) -> dict[str, Any]:
    """The changes that `field=value` texts make of a document, with references meant by their keys.

    Raises WrongUse for a text that is no assignment, and where one cannot be made Invalid with every problem of all.
    """
    changes, problems = read_assignments(kind, {**document, **input_form(home, kind, document)}, texts)
    if problems:
        door = Intake(home.names, time_text(), may_read=home.may_read)
        clean_changes(kind, document, changes, door)
        raise Invalid(f"The {kind.title} cannot be changed so.", [*problems, *door.problems])
    return changes
