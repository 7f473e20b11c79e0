"""Does what a person decides about a conflict. It never decides one by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modelops_tui.entities.artifacts import latest_revision
from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import pointer_term
from modelops_tui.entities.leaving import travelling
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.entities.scalars import Text
from modelops_tui.entities.structures import Items
from modelops_tui.errors import Invalid, NotFound, Problem, WrongUse
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import Key, same_body
from modelops_tui.services.syncing.books import (
    Books,
    base_of,
    conflict_of,
)
from modelops_tui.services.syncing.chest_joining import demand_key_to_join, join_sealed
from modelops_tui.services.syncing.chest_resolving import MINE as MINE
from modelops_tui.services.syncing.chest_resolving import THEIRS as THEIRS
from modelops_tui.services.syncing.chest_resolving import (
    WHOLE,
    decide,
    demand_key,
    is_kept_by_key,
    is_sealed,
    sealed_anew,
)
from modelops_tui.services.syncing.collisions import Collisions
from modelops_tui.services.syncing.conflicting import BOTH, FORK, MERGE, SAME, show_conflict
from modelops_tui.services.syncing.going_along import bring_back, went_along
from modelops_tui.services.syncing.landing import THERE
from modelops_tui.services.syncing.merging import value_at_path, with_value
from modelops_tui.services.syncing.sealed_parts import trouble_of
from modelops_tui.services.vault import demand_unlocked
from modelops_tui.store.bases import CONFLICT
from modelops_tui.store.rules import shape_problems
from modelops_tui.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Value:
    """A choice: this value, neither mine nor theirs."""

    value: Any


def resolve(home: Home, text: str, choice: Any = None, fields: Mapping[str, Any] | None = None) -> None:
    """Does what was decided about one conflict.

    `choice` holds for all of it, `fields` (dotted path → choice) for single places. A choice is `mine`, `theirs`,
    `both` for texts and lists, or a Value; for a document that was removed on one side `mine` or `theirs`; for a name
    given twice `same` (the two are one: pointers at mine are rewritten), `mine=NEW` or `theirs=NEW` (rename one);
    for a number given twice `fork` (keep my parent), `merge` (the latest becomes my parent) or `theirs` (drop mine).
    Raises WrongUse for a choice that does not fit, NotFound, NotPermitted, Refused.
    """
    conflict = show_conflict(home, text)
    kind = BY_NAME[conflict.kind]
    key = (conflict.kind, conflict.document)
    home.demand("write", kind, conflict.document)
    record = home.store.get(CONFLICT, conflict.id) or {}
    if record.get("deleted"):
        _resolve_removal(home, key, record, choice)
    elif record.get("number"):
        _resolve_number(home, key, choice)
    elif record.get("taken") and (choice is not None or not record.get("fields")):
        _resolve_name(home, key, record, choice)
    else:
        _resolve_fields(home, key, record, choice, fields or {})
    home.catch_up()


def _writing(home: Home, conflict: str) -> Transaction:
    return home.store.transaction(home.user["id"], f"resolve {conflict}", {"sync": "resolve"})


def _label(home: Home, key: Key) -> str:
    document = home.store.get(*key) or {"id": key[1]}
    return f"{key[0]} {label_of(BY_NAME[key[0]], document, home.names)}"


def _expect(choice: Any, *allowed: str) -> None:
    if choice not in allowed:
        raise WrongUse(f"This conflict takes {', '.join(allowed)}, not {choice!r}.")


def _resolve_removal(home: Home, key: Key, record: Document, choice: Any) -> None:
    _expect(choice, MINE, THEIRS)
    gone = (choice == THEIRS) == (record["deleted"] == THERE)
    if gone:
        # A removal by hand: it takes along what goes with it, and is refused where a rule forbids it.
        with home.writing(f"resolve {_label(home, key)}: remove it") as transaction:
            transaction.remove(*key)
    elif is_kept_by_key(record):
        demand_unlocked(home)
    along = [] if gone else went_along(home, key)
    with _writing(home, _label(home, key)) as transaction:
        books = Books(transaction)
        bring_back(transaction, along)
        document = transaction.get(*key)
        if document is not None and is_kept_by_key(record):
            transaction.adopt(*key, {**sealed_anew(home, document), "updated_at": transaction.at})
            books.note_conflict(key, sealed=None)
        books.note_conflict(key, deleted=None)
        if gone:
            for other, _ in list(books.conflicts()):
                if transaction.get(*other) is None:
                    books.drop_conflict(other)
        _finish(transaction, key)


def _resolve_number(home: Home, key: Key, choice: Any) -> None:
    _expect(choice, FORK, MERGE, THEIRS)
    with _writing(home, _label(home, key)) as transaction:
        books = Books(transaction)
        revision = transaction.get(*key)
        if revision is None:
            raise NotFound("The revision is gone.")
        if choice == THEIRS:
            _drop_revision(transaction, key)
        elif choice == MERGE:
            artifact = transaction.get("artifact", str(revision.get("artifact"))) or {"id": ""}
            latest = latest_revision(artifact, _Sent(transaction))
            if latest is not None:
                transaction.adopt(*key, {**revision, "parent": latest["id"]})
        books.note_conflict(key, number=None)


class _Sent:
    """The revisions that the remote has."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction

    def get(self, kind: str, id: str) -> Document | None:
        """The document with this id, or None."""
        return self.transaction.get(kind, id)

    def find(self, kind: str, term: str) -> list[Document]:
        """The documents of the remote that have this term."""
        found = self.transaction.find(kind, term)
        return [
            item
            for item in found
            if (record := base_of(self.transaction, (kind, str(item["id"])))) is None or record.get("body") is not None
        ]


def _drop_revision(transaction: Transaction, key: Key) -> None:
    books = Books(transaction)
    later = [item for item in transaction.documents(key[0]).values() if item.get("parent") == key[1]]
    if later:
        raise WrongUse("Later revisions of yours were made from it.", "Decide about the last of them first.")
    dropped = transaction.get(*key) or {}
    for descriptor in transaction.find("deployment-descriptor", pointer_term(str(dropped.get("artifact")))):
        if descriptor.get("revision_number") == dropped.get("number"):
            # The number would mean another revision as soon as somebody publishes one.
            raise WrongUse(f"The deployment descriptor {descriptor['name']} is pinned to it.", "Pin it anew first.")
    for kind in ("artifact-property-value",):
        for item in list(transaction.documents(kind).values()):
            if item.get("revision") == key[1]:
                books.ensure_base((kind, str(item["id"])))
                transaction.remove(kind, item["id"])
    for item in list(transaction.documents("commit").values()):
        record = base_of(transaction, ("commit", str(item["id"])))
        named = [(copy.get("origin") or {}).get("id") for copy in item.get("revisions") or []]
        if record is not None and record.get("body") is None and named == [key[1]]:
            transaction.remove("commit", item["id"])
    transaction.remove(*key)


def _resolve_name(home: Home, key: Key, record: Document, choice: Any) -> None:
    side, sign, name = str(choice).partition("=")
    taken = record["taken"]
    mine = (key[0], str(taken["other"]))
    if choice != SAME and (side not in (MINE, THEIRS) or not sign):
        raise WrongUse("This conflict takes same, mine=NEW-NAME or theirs=NEW-NAME.")
    acting = mine[1] == home.user["id"]
    if choice == SAME:
        demand_key_to_join(home, mine)
    with _writing(home, _label(home, key)) as transaction:
        collisions = Collisions(transaction)
        if choice == SAME:
            document = transaction.get(*key)
            if document is None or transaction.get(*mine) is None:
                raise NotFound("One of the two is gone; sync again.")
            transaction.adopt(*key, {**document, taken["field"]: taken["theirs"]})
            collisions.books.note_conflict(key, taken=None)
            clashes = join_sealed(home, transaction, mine, key)
            changed = collisions.unify(mine, key)
            if clashes:
                known = (conflict_of(transaction, key) or {}).get("fields") or []
                collisions.books.note_conflict(key, fields=[*known, *clashes])
            collisions.settle([*changed, key])
        else:
            _rename(transaction, mine if side == MINE else key, taken["field"], name)
            collisions.release()
    if choice == SAME and acting:
        home.act_as(key[1])


def _rename(transaction: Transaction, key: Key, field: str, name: str) -> None:
    document = transaction.get(*key)
    if document is None:
        raise NotFound("It is gone; sync again.")
    renamed = {**document, field: name}
    problems = shape_problems(
        BY_NAME[key[0]], {item: renamed[item] for item in BY_NAME[key[0]].by_name if item in renamed}
    )
    if problems:
        raise Invalid("It cannot be called so.", [Problem(problem.path, problem.says) for problem in problems])
    Books(transaction).ensure_base(key)
    transaction.adopt(*key, renamed)


def _resolve_fields(home: Home, key: Key, record: Document, choice: Any, fields: Mapping[str, Any]) -> None:
    kind = BY_NAME[key[0]]
    known = {".".join(item["path"]): item for item in record.get("fields") or []}
    if trouble_of(record):
        known[WHOLE] = {"path": [WHOLE]}
    unknown = [path for path in fields if path not in known]
    if unknown or (choice is None and not fields):
        raise WrongUse(f"Decide about {', '.join(known)}.", "mine, theirs, both, or a value for each.")
    decided = {path: fields.get(path, choice) for path in known if fields.get(path, choice) is not None}
    sealed = {path: one for path, one in decided.items() if is_sealed(kind.name, known[path]["path"])}
    if sealed:
        demand_key(home, key[1], sealed)
    with _writing(home, _label(home, key)) as transaction:
        document = transaction.get(*key)
        if document is None:
            raise NotFound("The document is gone.")
        for path, item in known.items():
            if path not in decided or path in sealed:
                continue
            document = with_value(kind, document, tuple(item["path"]), _decided(kind, document, item, decided[path]))
        if sealed:
            document = decide(home, transaction, document, sealed)
        problems = shape_problems(kind, document)
        if problems:
            raise Invalid(f"{_label(home, key)} cannot be written so.", problems)
        transaction.adopt(*key, {**document, "updated_at": transaction.at})
        left = [item for path, item in known.items() if path not in decided and path != WHOLE]
        whole: Document = {}
        if WHOLE in decided:
            left, whole = [item for item in left if not is_sealed(kind.name, item["path"])], {"sealed": None}
        Books(transaction).note_conflict(key, fields=left, **whole)
        _finish(transaction, key)


def _decided(kind: Any, document: Document, item: Document, choice: Any) -> Any:
    path = tuple(item["path"])
    mine, theirs = value_at_path(kind, document, path), item.get("theirs")
    if isinstance(choice, Value):
        return choice.value
    if choice == MINE:
        return mine
    if choice == THEIRS:
        return theirs
    _expect(choice, MINE, THEIRS, BOTH)
    if isinstance(mine, list) and isinstance(theirs, list):
        return [*theirs, *(one for one in mine if one not in theirs)]
    field = kind.by_name.get(path[0])
    plural = field is not None and isinstance(field.type, Text | Items)
    if isinstance(mine, str) and isinstance(theirs, str) and plural and getattr(field.type, "lines", True):
        return f"{theirs}\n{mine}"
    raise WrongUse(f"{'.'.join(path)} holds one value: choose mine, theirs, or give one.")


def _finish(transaction: Transaction, key: Key) -> None:
    record, document = base_of(transaction, key), transaction.get(*key)
    if record is None or conflict_of(transaction, key) is not None:
        return
    body = travelling(BY_NAME[key[0]], document) if document is not None else None
    if body is not None and same_body(record.get("body"), body):
        Books(transaction).drop_base(key)
