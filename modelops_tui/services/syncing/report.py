"""What a sync did or would do, for faces to show. It decides nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from modelops_tui.ports_remote import LogHead
from modelops_tui.services.syncing.unsent import Held


class CommitSeen(NamedTuple):
    """A commit that came or went: its number (0 for one that would go), who made it (a user id), what it holds."""

    n: int
    user: str
    documents: int
    summary: str
    sent: bool

    @classmethod
    def of(cls, head: LogHead, *, sent: bool) -> CommitSeen:
        """What a report tells of a commit of the log."""
        return cls(head.n, head.user, head.documents, head.summary, sent)


@dataclass(slots=True)
class SyncReport:
    """One sync: documents and commits that came and went, what waits and why, and what a person should know.

    `conflicts` counts all that are open; `refused_push` says why nothing may be sent; `nothing_new` is true when
    neither side had anything; `tampered` tells of chests that were refused because nobody with their key sealed them.
    """

    remote: str
    dry_run: bool = False
    pulled_commits: int = 0
    pulled: int = 0
    pushed_commits: int = 0
    pushed: int = 0
    conflicts: int = 0
    private: int = 0
    unsent: int = 0
    checkpoint: int = 0
    held: list[Held] = field(default_factory=list)
    commits: list[CommitSeen] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    tampered: list[str] = field(default_factory=list)
    merged_chests: int = 0
    refused_push: str = ""
    cancelled: bool = False
    nothing_new: bool = False

    def as_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        lists = {"held": [held._asdict() for held in self.held], "commits": [one._asdict() for one in self.commits]}
        return {**asdict(self), **lists}


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """Where a home stands with its remote, told without asking the remote."""

    remote: str
    uri: str
    checkpoint: int
    last_sync: str
    unsent: int
    private: int
    conflicts: int
    under_way: bool
    held: list[Held]
