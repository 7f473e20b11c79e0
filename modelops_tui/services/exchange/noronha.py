"""Noronha's documents and ours, field by field and in both directions. It reads no database and writes none."""

# ruff: noqa: ARG002 – every form is asked in the same way, whatever of it one needs

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Reader
from modelops_tui.errors import Refused
from modelops_tui.services.exchange.forms import (
    ABSENT,
    FLAG,
    MAP,
    SLUG,
    TEXT,
    TIME,
    Choice,
    Fitted,
    Form,
    Many,
    Number,
    Pair,
    Pointer,
)
from modelops_tui.services.exchange.giving import Giving
from modelops_tui.services.exchange.namesakes import document_with
from modelops_tui.services.exchange.noronha_forms import (
    CLASSES,
    COLLECTIONS,
    COPIES,
    FILE_FIELDS,
    PARENTS,
    SYSTEM,
    Copy,
    Task,
    Tasks,
    original_name,
)
from modelops_tui.services.exchange.report import Line
from modelops_tui.services.exchange.taking import Original, Resolve, Taking
from modelops_tui.services.exchange.values import derived_id, in_order, inside_path_of, is_empty, moment_of, pointed

OWNERS: Final = "owner"
Database = Mapping[str, Sequence[Mapping[str, Any]]]
NOTEBOOK: Final = Fitted(inside_path_of)
NAME_FIELDS: Final = {"build-version": "tag"}


def key_there(kind: str, document: Document, giving: Giving) -> str | None:
    """The `_id` that a document has in Noronha, or None where its parent is gone."""
    field = NAME_FIELDS.get(kind, "name")
    name = original_name(document, SLUG, field)
    if kind not in PARENTS:
        return name or None
    ours, _, parent_kind = PARENTS[kind]
    parent = giving.get(parent_kind, document.get(ours))
    above = key_there(parent_kind, parent, giving) if parent else None
    return f"{above}:{name}" if above and name else None


class Owner(Pointer):
    """The name of the account that a chest belongs to."""

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The user's name."""
        user = giving.get("user", value)
        return original_name(user, SLUG, "name") if user else ABSENT


class First(Pointer):
    """A list here, a single reference there."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """A list of the one."""
        found = super().take(value, taking, path)
        return found if found is ABSENT else [found]

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The first of the list."""
        if len(value) > 1:
            giving.note(f"{path} has a place for one of {len(value)}: the first.")
        return super().give(value[0], giving, path)


def _to(kind: str) -> Pointer:
    return Pointer(kind, "key", key_there)


def _same(form: Form, *names: str) -> tuple[Pair, ...]:
    return tuple(Pair(name, name, form) for name in names)


_STORED: Final = (*_same(MAP, "details"), *_same(FLAG, "compressed", "lightweight"))
_FILES: Final = tuple(Pair(ours, theirs, form) for theirs, (ours, form) in FILE_FIELDS.items())
PAIRS: Final[dict[str, tuple[Pair, ...]]] = {
    "project": (
        *_same(TEXT, "desc", "git_repo", "docker_repo"),
        Pair("home_dir", "home_dir", TEXT, local=True),
        Pair("models", "models", Many(_to("model")), also=("model",)),
    ),
    "model": (*_same(TEXT, "desc"), *_FILES),
    "build-version": (
        *_same(TEXT, "docker_id", "git_version"),
        *_same(TIME, "built_at"),
        *_same(Choice(("local", "git", "pre-built")), "built_from"),
    ),
    "dataset": (*_same(FLAG, "stored"), *_STORED),
    "training": (
        *_same(Copy("build-version"), "bvers"),
        *_same(NOTEBOOK, "notebook"),
        *_same(Task("TrainTask"), "task"),
        *_same(MAP, "details"),
        Pair("model_version", "mover", _to("model-version")),
        Pair("datasets", "ds", First("dataset", "key", key_there)),
        Pair("", "deploy_update", FLAG, empty=False),
    ),
    "model-version": (
        *_same(Copy("training"), "train"),
        *_same(Copy("dataset"), "ds"),
        *_same(Copy("model-version"), "pretrained"),
        *_STORED,
    ),
    "deployment": (
        Pair("movers", "movers", COPIES, also=("mover",), empty=list),
        *_same(Copy("build-version"), "bvers"),
        *_same(NOTEBOOK, "notebook"),
        *_same(MAP, "details"),
        *_same(Number(True, 1), "replicas"),
        *_same(Number(True, 1, 65535), "host_port"),
        *_same(Tasks(Task("DeplTask")), "tasks"),
    ),
    "treasure-chest": (*_same(TEXT, "desc"), *_same(MAP, "details"), Pair("owner", "owner", Owner("user", "key"))),
}
# What Noronha would refuse when it writes such a document again; it reads it all the same.
LONGEST: Final = {"desc": 512, "home_dir": 512, "git_repo": 512, "docker_repo": 512, "name": 64, "tag": 64}


class NoronhaImport:
    """A database of Noronha on its way in."""

    system = SYSTEM

    def __init__(self, database: Database) -> None:
        self.originals = list(originals(database))
        self.notes: list[Line] = []

    def take(self, taking: Taking) -> None:
        """Reads one document. Raises Refused for what it cannot be without."""
        take(taking)

    def same_as(self, original: Original, find: Resolve, names: Reader) -> str | None:
        """The document here that has the same key."""
        name = original.raw.get(NAME_FIELDS.get(original.kind, "name"))
        if original.kind not in PARENTS:
            return document_with(names, original.kind, name=name)
        ours, theirs, parent_kind = PARENTS[original.kind]
        parent = find(parent_kind, pointed(original.raw.get(theirs)) or "")
        return document_with(names, original.kind, **{ours: parent, NAME_FIELDS.get(original.kind, "name"): name})

    def mark(self, original: Original, find: Resolve) -> str | None:
        """Nothing: keys are there once."""
        return None


def originals(database: Database) -> Iterator[Original]:
    """The documents of a Noronha database, parents first, and the owners that its chests name."""
    owners: dict[str, Original] = {}
    for raw in in_order(database.get(COLLECTIONS["treasure-chest"], ())):
        owner = pointed(raw.get("owner"))
        if owner:
            id = derived_id(SYSTEM, OWNERS, owner)
            owners.setdefault(owner, Original(OWNERS, owner, "user", id, {"name": owner}))
    yield from owners.values()
    for kind, collection in COLLECTIONS.items():
        for raw in in_order(database.get(collection, ())):
            filled = _filled(kind, raw)
            key = pointed(raw.get("_id")) or _key_of(kind, filled)
            yield Original(collection, key, kind, derived_id(SYSTEM, collection, key), filled)


def _filled(kind: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document with the name and the parent that its key tells where they are missing."""
    key = pointed(raw.get("_id"))
    if key is None:
        return raw
    above, _, name = key.rpartition(":")
    told = {NAME_FIELDS.get(kind, "name"): name}
    if kind in PARENTS:
        told[PARENTS[kind][1]] = above
    return {**raw, **{field: value for field, value in told.items() if is_empty(raw.get(field)) and value}}


def _key_of(kind: str, raw: Mapping[str, Any]) -> str:
    name = str(raw.get(NAME_FIELDS.get(kind, "name")) or "")
    return f"{pointed(raw.get(PARENTS[kind][1]))}:{name}" if kind in PARENTS else name


def take(taking: Taking) -> None:
    """Reads one document of Noronha. Raises Refused for what it cannot be without."""
    kind = taking.original.kind
    taking.times((), ("modified",))
    if kind in PARENTS:
        taking.needed(PARENTS[kind][0], PARENTS[kind][2], PARENTS[kind][1])
    name = NAME_FIELDS.get(kind, "name")
    taking.pairs((Pair(name, name, TEXT if kind == "build-version" else SLUG),))
    if not taking.fields.get(name):
        raise Refused(f"{name} is missing or cannot be a name here: {taking.raw.get(name)!r}.")
    if kind == "user":
        taking.put("roles", [], "roles")
        return
    taking.pairs(PAIRS[kind])
    if kind == "treasure-chest":
        _guard_chest(taking)
    if kind == "build-version" and "built_at" not in taking.fields and "updated_at" in taking.fields:
        taking.fields["built_at"] = taking.fields["updated_at"]
        taking.note("built_at is missing; the time it was last written stands for it.")


def _guard_chest(taking: Taking) -> None:
    """Gives a chest an owner, and leaves out what may be a credential, which is never kept in clear."""
    if "owner" not in taking.fields:
        taking.fields["owner"] = taking.me
        taking.note("it belonged to nobody; now it is yours.")
    known = {"_id", "_cls", "modified", "name", "owner", "desc", "details"}
    for name in taking.raw.keys() - known:
        if taking.read(name) is not None:
            taking.note(f"{name} may be a credential and is not taken; put it into the chest.")


def give(kind: str, document: Document, giving: Giving) -> bool:
    """Writes one document as Noronha has it; False where it can have no key there."""
    key = key_there(kind, document, giving)
    if key is None:
        return False
    giving.out["_id"] = key
    if kind not in CLASSES:
        return False
    giving.out["_cls"] = f"SmartDoc.{CLASSES[kind]}"
    giving.out["modified"] = moment_of(document.get("updated_at"))
    name = NAME_FIELDS.get(kind, "name")
    giving.out[name] = original_name(document, SLUG, name)
    if kind in PARENTS:
        giving.out[PARENTS[kind][1]] = key.rpartition(":")[0]
    giving.pairs(PAIRS[kind])
    for field, most in LONGEST.items():
        if len(str(giving.out.get(field) or "")) > most:
            giving.note(f"{field} is longer than the {most} characters that Noronha writes.")
    return True
