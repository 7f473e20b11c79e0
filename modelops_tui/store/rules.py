"""What must hold of the documents, checked in every transaction whoever writes. It never asks who may do what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from zlib import crc32

from modelops_tui.entities.field import Document, clean_fields
from modelops_tui.entities.graph import Effect, removal
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind, Reader
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.scalars import OBJECT_ID, shown
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.entities.wording import a
from modelops_tui.errors import Failure, Invalid, Problem, Refused
from modelops_tui.store.bases import BOOKS, keep_bases, remote_using
from modelops_tui.store.people import keep_users

if TYPE_CHECKING:
    from modelops_tui.store.schema import Change
    from modelops_tui.store.transaction import Transaction


class StoredForm:
    """The door that stored documents pass: references are ids, copies are whole, secrets are sealed tokens."""

    def __init__(self, importing: bool) -> None:
        self.importing = importing
        self.problems: list[Problem] = []

    def problem(self, path: str, says: str) -> None:
        """Collects a problem."""
        self.problems.append(Problem(path, says))

    def reference(self, kind: str, value: Any, path: str) -> str | None:
        """Takes an id; whether it exists is checked over the whole transaction."""
        if isinstance(value, str) and OBJECT_ID.match(value):
            return value
        self.problem(path, f"must be the id of {a(kind)}, not {shown(value)!r}.")
        return None

    def snapshot(self, kind: str, value: Any, path: str) -> Any:
        """Takes a frozen copy with its origin."""
        origin = value.get("origin") if isinstance(value, dict) else None
        if isinstance(origin, dict) and origin.get("kind") == kind and isinstance(value.get("taken_at"), str):
            return value
        self.problem(path, f"must be a frozen copy of {a(kind)} with its origin and taken_at.")
        return None

    def sealed(self, value: Any, path: str) -> Any:
        """Takes only what has the form of a sealed value, so that none is kept in clear."""
        says = sealed_form_problem(value)
        if not says:
            return value
        self.problem(path, says)
        return None

    def chest_entry(self, chest: str, entry: str, path: str) -> None:
        """Takes any: an entry may go while its place is still named, here or on another laptop."""


class Rules:
    """The store's schema: the kinds, their lookup terms, and the check of a transaction."""

    kinds: tuple[str, ...] = tuple(kind.name for kind in KINDS)

    @property
    def terms_version(self) -> str:
        """A mark that changes when the declarations make other lookup terms, so that old indexes are made anew."""
        made_of = [
            (kind.name, kind.key, [rule.fields for rule in kind.unique], [item.name for item in kind.pointing_fields])
            for kind in KINDS
        ]
        return f"1-{crc32(repr(made_of).encode()):08x}"

    def terms(self, kind: str, document: Document) -> Iterable[str]:
        """The lookup terms of a document."""
        return BY_NAME[kind].terms(document)

    def check(self, transaction: Transaction) -> None:
        """Completes removals and checks every changed document.

        Raises Refused when something forbids a removal or a move, Invalid with every problem of every document.
        """
        # What comes from a shared remote was checked by whoever sent it; sync itself keeps what points whole.
        synced = "sync" in transaction.marks
        if not synced:
            keep_users(transaction)
            complete_removals(transaction)
            refuse_named_entries(transaction)
        wrong: list[tuple[Change, list[Problem]]] = []
        clashes: list[str] = []
        for change in transaction.changes():
            if change.after is None or change.kind in BOOKS:
                continue
            kind = BY_NAME[change.kind]
            found = shape_problems(kind, change.after) if synced else document_problems(kind, change, transaction)
            problems = list(found)
            if problems:
                wrong.append((change, problems))
            clashes.extend(taken(kind, change.after, transaction))
        keep_an_administrator(transaction)
        if wrong:
            raise failure_of(wrong, clashes, transaction)
        if clashes:
            raise Refused(" ".join(clashes), _way_out(transaction))
        if not synced:
            keep_bases(transaction)


def _way_out(transaction: Transaction) -> str:
    if transaction.marks.get("load") and any(change.kind == "user" for change in transaction.changes()):
        return "Rename one of the two, here or where it comes from, then load again: modelops user rename NAME NEW"
    return "Take another name, or change the one that is there."


def keep_an_administrator(transaction: Transaction) -> None:
    """Raises Refused for a change after which no active user may do everything any more, where one could before."""
    touched = [change for change in transaction.changes() if change.kind in ("user", "role", "permission")]
    if all(change.before is None for change in touched):
        return
    everything = [item for item in transaction.documents("permission").values() if _is_everything(item)]
    roles = {item.get("role") for item in everything}
    users = transaction.documents("user").values()
    if not any(_is_active(user) and roles & set(user.get("roles") or []) for user in users):
        raise Refused(
            "That would leave nobody who may do everything in this registry.",
            "Make another active user an administrator first.",
        )


def _is_everything(permission: Document) -> bool:
    whole = (not permission.get(part) or "*" in permission[part] for part in ("actions", "instances"))
    return bool(permission.get("category") == "*") and all(whole)


def _is_active(user: Document) -> bool:
    return bool(user.get("state", "active") == "active")


def complete_removals(transaction: Transaction) -> None:
    """Takes along what goes with the removed documents and empties the pointers of what stays.

    Raises Refused, naming who still points at them, when a rule forbids it.
    """
    roots = [(change.kind, change.before) for change in transaction.changes() if change.after is None and change.before]
    if not roots:
        return
    effect = removal(roots, transaction)
    refused = refusal_text(effect, transaction)
    if refused:
        raise Refused(refused, "See who uses it with its refs command.")
    for kind, document, changes in list(effect.emptied.values()):
        gone = [name for name, value in changes.items() if value is None]
        kept = {name: value for name, value in changes.items() if value is not None}
        transaction.update(kind, document["id"], kept, without=gone)
    asked = {document["id"] for _, document in roots}
    for id, (kind, _) in effect.removed.items():
        if id not in asked:
            transaction.remove(kind, id)


def refuse_named_entries(transaction: Transaction) -> None:
    """Raises Refused, naming who names them, when an entry that documents name is taken out of a treasure chest."""
    for change in transaction.changes():
        if change.kind != "treasure-chest" or change.before is None or change.after is None:
            continue
        gone = (change.before.get("entries") or {}).keys() - (change.after.get("entries") or {}).keys()
        for entry in sorted(gone):
            from modelops_tui.entities.secret_places import users_of_entry

            users = [
                f"{kind} {label_of(BY_NAME[kind], document, transaction)} ({path})"
                for kind, document, path in users_of_entry(change.id, entry, transaction)
            ]
            remote = remote_using(transaction, change.id, entry)
            if remote:
                users.append(f"the remote {remote}")
            if users:
                more = f" and {len(users) - 5} more" if len(users) > 5 else ""
                name = change.after.get("name")
                raise Refused(
                    f"The entry {entry} of treasure-chest {name} is used by {', '.join(users[:5])}{more}.",
                    "Have them name another entry first.",
                )


def refusal_text(effect: Effect, reader: Reader) -> str:
    """The sentence that says what cannot go, and who uses it; empty when nothing forbids it."""
    by_target: dict[tuple[str, str], list[str]] = {}
    for refusal in effect.refusals:
        name = f"{refusal.kind} {label_of(BY_NAME[refusal.kind], refusal.document, reader)}"
        user = f"{name} ({refusal.while_says})" if refusal.while_says else name
        users = by_target.setdefault((refusal.target_kind, refusal.target_id), [])
        if user not in users:
            users.append(user)
    for id, (kind, _) in effect.removed.items():
        remote = remote_using(reader, id) if kind == "treasure-chest" else ""
        if remote:
            by_target.setdefault((kind, id), []).append(f"the remote {remote}")
    sentences = []
    for (kind, id), users in by_target.items():
        target = effect.removed[id][1] if id in effect.removed else reader.get(kind, id) or {"id": id}
        more = f" and {len(users) - 5} more" if len(users) > 5 else ""
        sentences.append(f"{kind} {label_of(BY_NAME[kind], target, reader)} is used by {', '.join(users[:5])}{more}.")
    return " ".join(sentences)


def document_problems(kind: Kind, change: Change, transaction: Transaction) -> Iterator[Problem]:
    """Every problem with one changed document: its shape, what it points at, its moves, and its own rules."""
    after = change.after
    assert after is not None
    before = change.before
    door = StoredForm(importing="origin" in after or bool(transaction.marks.get("load")))
    changed = {item.name for item in kind.fields if before is None or before.get(item.name) != after.get(item.name)}
    fields = tuple(item for item in kind.fields if item.name in changed)
    clean_fields(fields, {name: after[name] for name in changed if name in after}, "", door)
    yield from door.problems
    if before is not None and kind.frozen and changed:
        yield Problem("", "never changes once written.")
    for item in fields:
        if item.fixed and before is not None and before.get(item.name) is not None:
            yield Problem(item.name, "cannot change once written.")
    yield from dangling(kind, after, changed, transaction)
    if door.problems:
        return
    if kind.moves is not None and before is not None:
        yield from kind.moves.problems(before, after)
    for rule in kind.checks:
        yield from rule(before, after, transaction)


def shape_problems(kind: Kind, document: Document) -> list[Problem]:
    """Every problem with the shape of a whole document, whatever else exists."""
    door = StoredForm(importing=True)
    clean_fields(kind.fields, {name: document[name] for name in kind.by_name if name in document}, "", door)
    return door.problems


def dangling(kind: Kind, document: Document, changed: set[str], reader: Reader) -> Iterator[Problem]:
    """A problem for each newly written pointer whose target is not there."""
    for item in kind.pointing_fields:
        if item.name not in changed or document.get(item.name) is None:
            continue
        for place in item.type.walk(document[item.name], item.name):
            target = getattr(place.type, "kind", "")
            if isinstance(place.value, str) and target and reader.get(target, place.value) is None:
                yield Problem(place.path, f"points at {a(target)} that does not exist: {place.value}.")


def taken(kind: Kind, document: Document, reader: Reader) -> Iterator[str]:
    """A sentence for each unique value that another document has already."""
    for rule in kind.unique:
        mark = rule.mark(document)
        if mark is None:
            continue
        others = [other for other in reader.find(kind.name, mark) if other["id"] != document["id"]]
        if others:
            label = label_of(kind, others[0], reader)
            says = rule.says or "is there already"
            yield f"{kind.name} {label} {says} ({' and '.join(rule.fields)} must be unique)."


def failure_of(wrong: list[tuple[Change, list[Problem]]], clashes: list[str], reader: Reader) -> Failure:
    """One failure for all problems of all documents; a single document is named in its sentence."""
    if len(wrong) == 1 and not clashes:
        change, problems = wrong[0]
        name = label_of(BY_NAME[change.kind], change.after or {}, reader)
        if any("cannot go from" in problem.says or "never changes" in problem.says for problem in problems):
            said = " ".join(f"{problem.path} {problem.says}".strip() for problem in problems)
            return Refused(f"{change.kind} {name}: {said}")
        return Invalid(f"{change.kind} {name} cannot be written so.", problems)
    problems = [
        Problem(
            f"{change.kind} {label_of(BY_NAME[change.kind], change.after or {}, reader)}: {problem.path}",
            problem.says,
        )
        for change, found in wrong
        for problem in found
    ]
    problems += [Problem("", clash) for clash in clashes]
    return Invalid(f"{len(wrong)} documents cannot be written so.", problems)
