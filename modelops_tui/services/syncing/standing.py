"""Where a home stands with its remote, told at once and often: what faces show all the time. It asks no remote."""

from __future__ import annotations

from typing import NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.bodies import Key
from modelops_tui.services.syncing.books import (
    conflict_of,
    conflict_records,
    is_open,
    key_of_record,
    open_fields,
    state_of,
)
from modelops_tui.services.syncing.report import SyncReport
from modelops_tui.services.syncing.unsent import look_through
from modelops_tui.store.bases import BASE, CONFLICT

EXACT_UP_TO = 500
"""Records of the books that are looked through for an exact number; above it their count alone is told."""


class Standing(NamedTuple):
    """The remote and how far this home is with it.

    `unsent` is a near upper bound where not `exact`: what is private or was changed back counts too. `conflicts` are
    the documents in conflict that the user may see; `synced_at` is empty before the first sync.
    """

    remote: str
    uri: str
    database: str
    checkpoint: int
    synced_at: str
    unsent: int
    exact: bool
    conflicts: frozenset[Key]


def standing(home: Home, *, exact: bool = False) -> Standing | None:
    """Where the home stands, or None for one without a remote.

    Its cost does not grow with what is unsent, unless an `exact` number is asked for.
    """
    home.store.refresh_view()
    state = state_of(home.store)
    if state is None:
        return None
    noted = home.store.count(BASE) + _never_sent(home, state)
    exact = exact or noted <= EXACT_UP_TO
    unsent = len(look_through(home.store).changes) if exact else noted - home.store.count(CONFLICT)
    return Standing(
        remote=str(state["name"]),
        uri=str(state["uri"]),
        database=str(state["database"]),
        checkpoint=int(state["checkpoint"]),
        synced_at=str(state["synced_at"]) if state["checkpoint"] else "",
        unsent=unsent,
        exact=exact,
        conflicts=frozenset(_seen_conflicts(home)),
    )


def _never_sent(home: Home, state: Document) -> int:
    """How many documents the state says at once of that they were never sent: those of a kind after an id."""
    stretches: dict[str, str] = state.get("never_sent") or {}
    return sum(
        sum(id > after for id in home.store.ids(kind)) if after else home.store.count(kind)
        for kind, after in stretches.items()
    )


def _seen_conflicts(home: Home) -> list[Key]:
    keys = [key_of_record(record) for record in conflict_records(home.store)]
    return [
        (kind, id) for kind, id in keys if home.names.get(kind, id) is not None and home.may("read", BY_NAME[kind], id)
    ]


def conflict_about(home: Home, kind: str, id: str) -> str:
    """In which way a document is in conflict, as the end of a sentence; empty where it is in none."""
    record, document = conflict_of(home.store, (kind, id)), home.store.get(kind, id)
    if record is None or document is None or not is_open(home.store, record):
        return ""
    if record.get("deleted"):
        return f"it was removed {record['deleted']} and is in use on the other side"
    if record.get("number"):
        return f"revision {record['number']['was']} was published on both sides"
    if record.get("taken"):
        return f"it and another one made here are both called {record['taken']['theirs']}"
    return f"{', '.join('.'.join(item['path']) for item in open_fields(record, document))} changed on both sides"


def asks_for_upgrade(report: SyncReport) -> bool:
    """Whether nothing was sent only because the remote must agree to a newer schema first."""
    return report.refused_push.endswith("--upgrade")
