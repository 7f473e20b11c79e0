"""A remote in memory, which may lose questions and replies, and deliver late."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from modelops_tui.ports_remote import (
    AppendConflict,
    LogEntry,
    LogHead,
    RemoteMeta,
    RemoteUnreachable,
    ViewChange,
)


@dataclass
class Shared:
    """What lies on the remote."""

    meta: RemoteMeta | None = None
    log: dict[int, LogEntry] = field(default_factory=dict)
    views: dict[tuple[str, str], ViewChange] = field(default_factory=dict)
    late: list[LogEntry] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def deliver(self) -> None:
        """What was thought lost arrives after all."""
        late, self.late = self.late, []
        for entry in late:
            self.log.setdefault(entry.head.n, entry)


class MemoryRemote:
    """One replica's connection. `fault(call)` may give `lost`, `reply`, or `late` (for an append)."""

    def __init__(self, shared: Shared, fault: Callable[[str], str] | None = None) -> None:
        self.shared = shared
        self.fault = fault or (lambda call: "")

    def _ask(self, call: str) -> str:
        self.shared.calls.append(call)
        fault = self.fault(call)
        if fault == "lost":
            raise RemoteUnreachable("The remote does not answer.")
        return fault

    def _answer(self, fault: str) -> None:
        if fault == "reply":
            raise RemoteUnreachable("The remote did not answer.")

    def read_meta(self) -> RemoteMeta | None:
        self._ask("read_meta")
        return self.shared.meta

    def create_meta(self, meta: RemoteMeta) -> RemoteMeta:
        fault = self._ask("create_meta")
        if self.shared.meta is None:
            self.shared.meta = meta
        self._answer(fault)
        return self.shared.meta

    def raise_schema(self, schema: int, min_reader: int, min_writer: int) -> None:
        fault = self._ask("raise_schema")
        assert self.shared.meta is not None
        old = self.shared.meta
        self.shared.meta = old._replace(
            schema=max(schema, old.schema),
            min_reader=max(min_reader, old.min_reader),
            min_writer=max(min_writer, old.min_writer),
        )
        self._answer(fault)

    def heads(self, first: int, limit: int) -> list[LogHead]:
        self._ask("heads")
        return [self.shared.log[n].head for n in sorted(self.shared.log) if n >= first][:limit]

    def last_heads(self, limit: int) -> list[LogHead]:
        self._ask("last_heads")
        return [self.shared.log[n].head for n in sorted(self.shared.log, reverse=True)][:limit]

    def read_log(self, first: int, limit: int) -> list[LogEntry]:
        self._ask("read_log")
        return [self.shared.log[n] for n in sorted(self.shared.log) if n >= first][:limit]

    def append(self, entry: LogEntry) -> None:
        fault = self._ask("append")
        if fault == "late":
            self.shared.late.append(entry)
            raise RemoteUnreachable("The remote did not answer.")
        taken = entry.head.n in self.shared.log
        if not taken:
            self.shared.log[entry.head.n] = entry
        self._answer(fault)
        if taken:
            raise AppendConflict

    def write_views(self, changes: Sequence[ViewChange]) -> None:
        fault = self._ask("write_views")
        for number, change in enumerate(changes):
            if fault and number >= len(changes) // 2:
                break
            key = (change.kind, change.id)
            if key not in self.shared.views or self.shared.views[key].seq < change.seq:
                self.shared.views[key] = change
        if fault:
            raise RemoteUnreachable("The remote did not answer.")

    def set_applied(self, n: int) -> None:
        fault = self._ask("set_applied")
        assert self.shared.meta is not None
        self.shared.meta = self.shared.meta._replace(applied=max(n, self.shared.meta.applied))
        self._answer(fault)

    def read_view(self, kind: str) -> Iterator[ViewChange]:
        self._ask("read_view")
        return iter([change for key, change in sorted(self.shared.views.items()) if key[0] == kind])

    def note_replica(self, replica: str, user: str, n: int, client: str) -> None:
        self._ask("note_replica")

    def close(self) -> None:
        """Nothing is open."""
