"""What is asked of a shared remote. It names no library, decides nothing and does nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from modelops_tui.entities.field import Document
from modelops_tui.errors import OutsideMissing


class AppendConflict(Exception):
    """The number of a commit is taken: by another one, or by the same one sent before."""


class RemoteUnreachable(OutsideMissing):
    """The remote did not answer: what was being written may or may not be there."""


class RemoteMeta(NamedTuple):
    """What a remote says of itself; `applied` is the last commit that its views show."""

    remote_id: str
    format: int
    schema: int
    min_reader: int
    min_writer: int
    applied: int = 0


class LogHead(NamedTuple):
    """A commit of the log without its content, which changes so many `documents`.

    `hash` is over the hash before and the content; `at` is when it was made by its author's clock, UTC text, or empty.
    """

    n: int
    cid: str
    prev: str
    hash: str
    replica: str
    user: str
    schema: int
    client: str
    documents: int
    summary: str
    at: str = ""


class LogEntry(NamedTuple):
    """A commit of the log with its compressed content."""

    head: LogHead
    z: bytes


class ViewChange(NamedTuple):
    """What a view shows of one document after commit `seq`; no body for a removed one. `by` is a user id.

    `known` says that the log had the document before: it is likely to be shown already.
    """

    kind: str
    id: str
    body: Document | None
    seq: int
    by: str
    known: bool = False


class Login(NamedTuple):
    """How a program proves to a server who it is; both empty where the server asks nobody."""

    username: str = ""
    password: str = ""


class RemoteAddress(NamedTuple):
    """Where a remote is and what is trusted on the way: `ca_file` names the certificate authority of its server.

    `uri` holds no credentials; `timeout` is in seconds for each answer.
    """

    uri: str
    database: str
    ca_file: str = ""
    allow_plaintext: bool = False
    timeout: float = 10.0


class Remote(Protocol):
    """A shared log that is only ever appended to, and the views that are made from it.

    Every method raises RemoteUnreachable when the remote does not answer, OutsideMissing when it refuses.
    """

    def read_meta(self) -> RemoteMeta | None:
        """What it says of itself, or None for one that nobody used yet."""

    def create_meta(self, meta: RemoteMeta) -> RemoteMeta:
        """Founds the remote, unless somebody did meanwhile; gives what is there after."""

    def raise_schema(self, schema: int, min_reader: int, min_writer: int) -> None:
        """Says that newer programs write to it from now on; nothing of it ever falls."""

    def heads(self, first: int, limit: int) -> list[LogHead]:
        """Up to `limit` commits from number `first` on, in order, without their content: one question."""

    def last_heads(self, limit: int) -> list[LogHead]:
        """The last `limit` commits, the newest first."""

    def read_log(self, first: int, limit: int) -> list[LogEntry]:
        """Up to `limit` commits from number `first` on, in order."""

    def append(self, entry: LogEntry) -> None:
        """Adds a commit durably. Raises AppendConflict when its number is taken."""

    def write_views(self, changes: Sequence[ViewChange]) -> None:
        """Shows the changes, each unless something newer of its document is shown already."""

    def set_applied(self, n: int) -> None:
        """Says that the views show everything up to commit `n`; it never falls."""

    def read_view(self, kind: str) -> Iterator[ViewChange]:
        """What the view of a kind shows."""

    def note_replica(self, replica: str, user: str, n: int, client: str) -> None:
        """Says how far a replica is; for people only."""

    def close(self) -> None:
        """Ends the connection."""


class Databases(Protocol):
    """Databases of the original systems as plain values, read whole and written document by document.

    Both raise OutsideMissing when the server cannot be reached or asked, WrongUse for an address that is none.
    """

    def read_database(self, uri: str, name: str, login: Login = ...) -> dict[str, list[dict[str, Any]]]:
        """Every document of the database, by collection, in the order of their ids."""

    def write_database(
        self,
        uri: str,
        name: str,
        collections: Mapping[str, Sequence[Mapping[str, Any]]],
        login: Login = ...,
        *,
        dry_run: bool,
    ) -> dict[str, dict[str, int]]:
        """Brings the documents in, and tells by collection how many were `inserted`, `replaced` and `unchanged`.

        Other documents there stay. Raises Refused for a document that cannot be written.
        """
