"""Open conflicts as people see them: what clashes, who changed it there, what may be decided. It decides none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import NotFound, WrongUse
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.books import conflict_records, head_body, key_of_record, open_fields
from modelops_tui.services.syncing.chest_resolving import MINE, THEIRS, TROUBLES, WHOLE, is_sealed, masked, whole_clash
from modelops_tui.services.syncing.going_along import along_words
from modelops_tui.services.syncing.landing import HERE, THERE
from modelops_tui.services.syncing.merging import value_at_path
from modelops_tui.services.syncing.sealed_parts import trouble_of

BOTH, SAME, FORK, MERGE = "both", "same", "fork", "merge"


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """One place that both sides changed; `path` is dotted."""

    path: str
    base: Any
    mine: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """A document in conflict: `what` says in which way, `who` changed it there, `choices` what may be decided.

    `other` is the id of the document that has the same name here.
    """

    id: str
    kind: str
    document: str
    label: str
    what: str
    at: str
    who: str
    fields: list[FieldConflict]
    other: str
    choices: tuple[str, ...]


def conflicts(home: Home) -> list[Conflict]:
    """Every open conflict of a document that the user may read, the oldest first."""
    home.catch_up()
    found = []
    for record in conflict_records(home.store):
        kind, id = key_of_record(record)
        document = home.store.get(kind, id)
        if document is not None and home.sight.sees(kind, document) and home.may("read", BY_NAME[kind], id):
            found.append(_shown(home, record, document))
    return sorted(found, key=lambda item: (item.at, item.kind, item.label))


def show_conflict(home: Home, text: str) -> Conflict:
    """The one conflict whose id, or whose document's id or key, is or begins with `text`.

    Where two documents were given one name, that name finds it too. Raises NotFound, WrongUse when several fit.
    """
    everything = conflicts(home)
    exact = [item for item in everything if text in (item.id, item.document, item.label)]
    exact = exact or [item for item in everything if text in (item.other, _label_of_other(home, item))]
    found = exact or [
        item for item in everything if text and (item.id.startswith(text) or item.document.startswith(text))
    ]
    if not found:
        raise NotFound(f"There is no conflict {text!r}.", "See them: modelops sync conflicts")
    if len(found) > 1:
        raise WrongUse(f"{text!r} fits {len(found)} conflicts.", "Name one by its id.")
    along = along_words(home, (found[0].kind, found[0].document))
    return replace(found[0], what=f"{found[0].what}{along}")


def _label_of_other(home: Home, conflict: Conflict) -> str | None:
    other = home.store.get(conflict.kind, conflict.other) if conflict.other else None
    return label_of(BY_NAME[conflict.kind], other, home.names) if other is not None else None


def _shown(home: Home, record: Document, document: Document) -> Conflict:
    kind = BY_NAME[str(record["kind"])]
    fields = [_field_shown(kind, item, document) for item in open_fields(record, document)]
    what = "changed on both sides"
    choices: tuple[str, ...] = (MINE, THEIRS, BOTH)
    other = ""
    if trouble_of(record) in TROUBLES:
        what, choices = TROUBLES[trouble_of(record)]
        whole = whole_clash(record, document, head_body(home.store, (kind.name, str(document["id"]))))
        fields.append(FieldConflict(WHOLE, *(masked(whole[side]) for side in ("base", MINE, THEIRS))))
    elif fields and all(is_sealed(kind.name, item.path.split(".")) for item in fields):
        choices = (MINE, THEIRS)
    if record.get("deleted") == THERE:
        what, choices = "removed there, changed or needed here", (MINE, THEIRS)
    elif record.get("deleted") == HERE:
        what, choices = "removed here, changed or needed there", (MINE, THEIRS)
    elif record.get("number"):
        what, choices = "published on both sides with the same number", (FORK, MERGE, THEIRS)
    elif record.get("taken"):
        what, choices = "called the same as another one made here", (SAME, "mine=NEW-NAME", "theirs=NEW-NAME")
        other = str(record["taken"]["other"])
        taken = record["taken"]
        fields.append(FieldConflict(taken["field"], None, taken["provisional"], taken["theirs"]))
    recent = home.store.history(kind.name, document["id"], limit=50)
    # A decision about another field is marked as well, but is no news from there.
    last = next((entry for entry in recent if "sync" in entry.marks and entry.says.startswith("sync: ")), None)
    author = str(record["created_by"])
    if last is not None and (last.at > str(record["created_at"]) or author == home.user["id"]):
        author = last.by
    who = home.user_name(author)
    label = label_of(kind, document, home.names)
    return Conflict(
        str(record["id"]),
        kind.name,
        str(document["id"]),
        label,
        what,
        str(record["created_at"]),
        who,
        fields,
        other,
        choices,
    )


def _field_shown(kind: Kind, item: Document, document: Document) -> FieldConflict:
    path = tuple(item["path"])
    sides = item.get("base"), value_at_path(kind, document, path), item.get("theirs")
    return FieldConflict(".".join(path), *(map(masked, sides) if is_sealed(kind.name, path) else sides))
