"""What there is and what is going on, at a glance. It changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind, value_at
from modelops_tui.entities.registry import AREAS, BY_NAME
from modelops_tui.services.home import Home

RUNNING = {"training": "task.state", "step": "state"}


@dataclass(frozen=True, slots=True)
class Status:
    """Where the registry lies, who acts, how much there is, and what runs as (kind name, label)."""

    folder: str
    user: str
    documents: int
    sequence: int
    running: list[tuple[str, str]]
    trouble: str


def kind_counts(home: Home) -> list[tuple[str, Kind, int]]:
    """Every kind with its area and the number of its documents that the user may read."""
    return [(area, kind, home.count(kind)) for area, kinds in AREAS.items() for kind in kinds]


def running(home: Home) -> list[tuple[str, str]]:
    """What runs now, as (kind name, label)."""
    found = []
    for name, path in RUNNING.items():
        kind = BY_NAME[name]
        now = [item for item in home.holding(kind, '"RUNNING"') if value_at(item, path) == "RUNNING"]
        found += [(name, label_of(kind, item, home.names)) for item in now]
    return found


def status(home: Home) -> Status:
    """The registry at a glance."""
    return Status(
        folder=str(home.folder),
        user=str(home.user.get("name")),
        documents=sum(count for _, _, count in kind_counts(home)),
        sequence=home.store.sequence,
        running=running(home),
        trouble=str(getattr(home.store, "compaction_trouble", "") or ""),
    )
