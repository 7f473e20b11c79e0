"""Conflicts, commits and what is held as rows of tables. It reads through services and asks no remote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from modelops_tui.ports_remote import LogHead
from modelops_tui.present.moments import relative_time
from modelops_tui.services import sync
from modelops_tui.services.home import Home
from modelops_tui.tui.header import spaced
from modelops_tui.tui.widgets.record_table import Column

CONFLICT_COLUMNS = (
    Column("record", "record", minimum=14),
    Column("fields", "where", minimum=6, weight=1),
    Column("what", "what", minimum=8, weight=1),
    Column("by", "by", minimum=4),
    Column("since", "since", minimum=6),
)
LOG_COLUMNS = (
    Column("n", "commit", "right", minimum=6),
    Column("at", "when", minimum=6),
    Column("by", "by", minimum=6),
    Column("documents", "documents", "right", minimum=4),
    Column("summary", "what", minimum=10, weight=1),
)
HELD_COLUMNS = (Column("record", "record", minimum=14), Column("why", "why it waits", minimum=10, weight=1))


class TableRow(NamedTuple):
    """A row: what it stands for, and its texts."""

    identity: str
    texts: tuple[str, ...]


def conflict_rows(found: Sequence[sync.Conflict], now: datetime) -> list[TableRow]:
    """Open conflicts, identified by their ids."""
    return [
        TableRow(
            item.id,
            (
                f"{item.kind} {item.label}",
                ", ".join(field.path for field in item.fields),
                item.what,
                item.who,
                relative_time(item.at, now),
            ),
        )
        for item in found
    ]


def log_rows(home: Home, heads: Sequence[LogHead], now: datetime) -> list[TableRow]:
    """Commits of the log with who made them and when, identified by their numbers."""
    return [
        TableRow(
            str(head.n),
            (
                spaced(head.n),
                relative_time(head.at, now),
                home.user_name(head.user),
                spaced(head.documents),
                head.summary,
            ),
        )
        for head in heads
    ]


def held_rows(home: Home, held: Sequence[sync.Held]) -> list[TableRow]:
    """What is held back, identified by kind and id."""
    return [
        TableRow(f"{item.kind}\n{item.id}", (f"{item.kind} {item.label}", item.says))
        for item in sync.held_seen(home, held)
    ]
