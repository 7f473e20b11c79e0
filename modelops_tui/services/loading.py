"""The one way in for whole documents with all their fields: fixtures, backups and imports. All or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelops_tui.entities.field import Document, clean_fields
from modelops_tui.entities.kind import ENVELOPE, Kind
from modelops_tui.entities.registry import kind_named
from modelops_tui.entities.scalars import OBJECT_ID, Time
from modelops_tui.errors import Invalid, NotPermitted, Problem, WrongUse
from modelops_tui.services.batch import BatchNames, unique_problems, wrong_of
from modelops_tui.services.home import Home
from modelops_tui.services.intake import Intake
from modelops_tui.store.identity import new_id, time_text

ENVELOPE_NAMES = frozenset(item.name for item in ENVELOPE)
SHOWN_ONLY = frozenset(("kind", "key", "label"))


def load(home: Home, documents: Sequence[Mapping[str, Any]], says: str = "") -> dict[str, int]:
    """Takes in whole documents of every kind and gives how many of each kind are new.

    Each names its `kind`; what has the id of a document that is there with the same content is passed over.
    Raises Invalid with every problem of every document, Refused for a rule, NotPermitted, WrongUse.
    """
    problems: list[Problem] = []
    batch: list[tuple[Kind, str, dict[str, Any]]] = []
    numbers: dict[str, int] = {}
    for number, document in enumerate(documents, start=1):
        kind = _kind_of(document, number, problems)
        if kind is None:
            continue
        id = document.get("id") or new_id()
        if not isinstance(id, str) or not OBJECT_ID.match(id):
            problems.append(Problem(f"document {number}, id", "must be 24 hexadecimal digits."))
            id = new_id()
        if id in numbers:
            problems.append(Problem(f"document {number}, id", f"is there twice: {id}."))
            id = new_id()
        numbers[id] = number
        batch.append((kind, id, dict(document)))
    for kind in {entry[0].name: entry[0] for entry in batch}.values():
        if not home.may("admin", kind):
            raise NotPermitted(f"Only an administrator loads whole documents ({kind.name}:admin is missing).")
    names = BatchNames(home.names, batch)
    cleaned = [_clean(names, entry, numbers[entry[1]], problems) for entry in names.batch]
    if problems:
        total = len(documents)
        problems += unique_problems(names, [entry[:3] for entry in cleaned], numbers, total)
        wrong = "The document" if total == 1 else wrong_of(problems, total)
        raise Invalid(f"{wrong} cannot be loaded so; none was.", problems)
    return _write(home, cleaned, says or f"load {len(cleaned)} documents")


def load_resolved(home: Home, documents: Iterable[Mapping[str, Any]], says: str) -> int:
    """Takes in documents that hold ids and whole copies already, so that only the store's rules check them.

    Gives their number. Raises Invalid, Refused, NotPermitted, WrongUse for an unknown kind.
    """
    home.demand("admin", kind_named("project"))
    count = 0
    with home.writing(says, {"load": True}) as transaction:
        for document in documents:
            kind = kind_named(document["kind"])
            fields = {name: value for name, value in document.items() if name not in ENVELOPE_NAMES | SHOWN_ONLY}
            envelope = {name: document[name] for name in ENVELOPE_NAMES if name in document and name != "id"}
            transaction.insert(kind.name, fields, id=document["id"], envelope=envelope, restoring=True)
            count += 1
    return count


def _kind_of(document: Mapping[str, Any], number: int, problems: list[Problem]) -> Kind | None:
    name = document.get("kind")
    if not isinstance(name, str):
        problems.append(Problem(f"document {number}, kind", "is required: the name of one of the kinds."))
        return None
    try:
        return kind_named(name)
    except WrongUse as wrong:
        problems.append(Problem(f"document {number}, kind", f"{wrong.says} {wrong.hint}"))
        return None


def _clean(
    names: BatchNames, entry: tuple[Kind, str, dict[str, Any]], number: int, problems: list[Problem]
) -> tuple[Kind, str, Document, Document]:
    kind, id, document = entry
    door = Intake(names, time_text(), importing=True)
    own = {
        name: value
        for name, value in document.items()
        if name in kind.by_name or name not in ENVELOPE_NAMES | SHOWN_ONLY | {"origin"} | set(kind.computed_by_name)
    }
    fields = clean_fields(kind.fields, own, "", door)
    envelope: Document = {}
    for name in ("created_at", "updated_at"):
        if document.get(name) is not None:
            envelope[name] = Time().clean(document[name], name, door)
    if document.get("created_by") is not None:
        envelope["created_by"] = _author(document["created_by"], door)
    rev = document.get("rev", 1)
    if not isinstance(rev, int) or isinstance(rev, bool) or rev < 1:
        door.problem("rev", "must be a whole number of at least 1.")
    envelope["rev"] = rev
    if isinstance(document.get("origin"), dict) and "origin" not in kind.by_name:
        envelope["origin"] = document["origin"]
    problems += [Problem(f"document {number}, {problem.path}", problem.says) for problem in door.problems]
    names.settle(kind, id, fields)
    return kind, id, fields, envelope


def _author(value: Any, door: Intake) -> Any:
    id = value.get("id") if isinstance(value, dict) else value
    if isinstance(id, str) and OBJECT_ID.match(id):
        return id
    return door.reference("user", value, "created_by")


def _write(home: Home, cleaned: list[tuple[Kind, str, Document, Document]], says: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    with home.writing(says, {"load": True}) as transaction:
        for kind, id, fields, envelope in cleaned:
            there = transaction.get(kind.name, id)
            if there is not None and all(there.get(name) == value for name, value in fields.items()):
                continue
            transaction.insert(kind.name, fields, id=id, envelope=envelope, restoring=True)
            counts[kind.name] = counts.get(kind.name, 0) + 1
    return counts
