"""The documents of a home: their shape, pointers, unique values, numbers and rules, each against the declarations.

It never asks who may see a document, and repairs only what has one right answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from modelops_tui.entities.field import Document, clean_fields
from modelops_tui.entities.graph import without
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.scalars import read_time
from modelops_tui.entities.structures import Reference, Rule
from modelops_tui.entities.wording import a
from modelops_tui.errors import Damaged, Failure
from modelops_tui.services.doctor import Fault
from modelops_tui.store.door import check_document
from modelops_tui.store.identity import is_id
from modelops_tui.store.rules import Rules, StoredForm
from modelops_tui.store.store import SYSTEM, Store

_LOAD_AUTHOR = "Load the user from where it came from: modelops load FILE."
_BY_HAND = "Change the document by hand; its history tells how it came to be so."


def document_faults(home: Path) -> list[Fault]:
    """Every fault of the documents."""
    try:
        with Store.open(home, Rules(), create=False) as store:
            return [fault for kind in KINDS for fault in _faults_of_kind(kind, store)]
    except Damaged as damage:
        return [Fault("unreadable", ".", damage.says, False, "Put a backup in its place: modelops store restore.")]


def _faults_of_kind(kind: Kind, store: Store) -> Iterator[Fault]:
    documents = store.documents(kind.name)
    if len(documents) != store.count(kind.name):
        says = f"The MANIFEST counts {store.count(kind.name)} of {kind.name}, but there are {len(documents)}."
        yield Fault("count", kind.name, says, True, "Count them anew.")
    marks: dict[tuple[int, str], Document] = {}
    for document in documents.values():
        yield from _faults_of(kind, document, store)
        for number, rule in enumerate(kind.unique):
            mark = rule.mark(document)
            if mark is None:
                continue
            first = marks.setdefault((number, mark), document)
            if first is not document:
                says = f"It has the same {' and '.join(rule.fields)} as {label_of(kind, first, store)} ({first['id']})."
                yield Fault("unique", _place(kind, document), says, False, "Rename one of them.")


def _place(kind: Kind, document: Document, path: str = "") -> str:
    return f"{kind.name} {document['id']}" + (f": {path}" if path else "")


def _faults_of(kind: Kind, document: Document, store: Store) -> Iterator[Fault]:
    for problem in check_document(kind.name, document):
        yield Fault("value", _place(kind, document, problem.path), problem.says, False, _BY_HAND)
    for path, says in _envelope_problems(document):
        yield Fault("envelope", _place(kind, document, path), says, False, _BY_HAND)
    author = document.get("created_by")
    if is_id(author) and author != SYSTEM and store.get("user", str(author)) is None:
        says = f"It was made by {author}, who is no user of this registry."
        yield Fault("author", _place(kind, document, "created_by"), says, False, _LOAD_AUTHOR)
    door = StoredForm(importing=True)
    values = {item.name: document[item.name] for item in kind.fields if item.name in document}
    clean_fields(kind.fields, values, "", door)
    for problem in door.problems:
        yield Fault("shape", _place(kind, document, problem.path), problem.says, False, _BY_HAND)
    yield from _dangling(kind, document, store)
    if door.problems:
        return
    for rule in kind.checks:
        for problem in rule(None, document, store):
            number = problem.path == "next_number"
            plan = "Set it to one more than the highest that was given." if number else _BY_HAND
            code = "number" if number else "rule"
            yield Fault(code, _place(kind, document, problem.path), problem.says, number, plan)


def _envelope_problems(document: Document) -> Iterator[tuple[str, str]]:
    if not is_id(document.get("id")):
        yield "id", "It is not 24 hexadecimal digits."
    if type(document.get("rev")) is not int or document["rev"] < 1:
        yield "rev", "It is not a whole number above 0."
    for name in ("created_at", "updated_at"):
        if not isinstance(document.get(name), str) or read_time(document[name]) != document[name]:
            yield name, "It is not a time in the form that is stored."


def _dangling(kind: Kind, document: Document, store: Store) -> Iterator[Fault]:
    for place in kind.references(document):
        type_ = place.type
        if isinstance(type_, Reference) and store.get(type_.kind, place.value) is None:
            if type_.on_removal is Rule.KEEP:
                continue
            says = f"It points at {a(type_.kind)} that does not exist: {place.value}."
            nullify = type_.on_removal is Rule.NULLIFY
            plan = "Empty the pointer, as the removal would have done." if nullify else _BY_HAND
            yield Fault("reference", _place(kind, document, place.path), says, nullify, plan)


def repair_document(home: Path, fault: Fault, by: str) -> str:
    """Does what the plan of a fault of a document says; raises Failure where a rule forbids it."""
    with Store.open(home, Rules(), create=False) as store:
        if fault.code == "count":
            store.recount(fault.place)
            return "counted anew"
        name, id = fault.place.partition(":")[0].split(" ")
        kind, document = BY_NAME[name], store.get(name, id)
        if document is None:
            raise Failure("It is not there any more.")
        changes = _repaired(kind, document, fault, store)
        gone = [field for field, value in changes.items() if value is None]
        kept = {field: value for field, value in changes.items() if value is not None}
        with store.transaction(by or SYSTEM, f"doctor: repair {name} {label_of(kind, document, store)}") as tx:
            tx.update(name, id, kept, without=gone)
    return fault.plan.rstrip(".")


def _repaired(kind: Kind, document: Document, fault: Fault, store: Store) -> Document:
    if fault.code == "number":
        given = [one.get("number") or 0 for one in store.documents("artifact-revision").values()
                 if one.get("artifact") == document["id"]]  # fmt: skip
        return {"next_number": max(given, default=0) + 1}
    lost = {
        place.value
        for place in kind.references(document)
        if isinstance(place.type, Reference) and store.get(place.type.kind, place.value) is None
    }
    changes = {}
    for item in kind.pointing_fields:
        old = document.get(item.name)
        new = without(item.type, old, lost)
        if new != old:
            changes[item.name] = new
    return changes
