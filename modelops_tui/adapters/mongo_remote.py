"""A shared MongoDB as a remote: the log in a database of its own, and one readable collection a kind.

It decides nothing, and puts neither names nor ids into a filter as anything but plain values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import parse_qsl, unquote

from modelops_tui.adapters.mongo_failures import reason, why_nobody_listens
from modelops_tui.entities.addresses import address_problems
from modelops_tui.errors import Invalid, OutsideMissing, Refused
from modelops_tui.ports_remote import (
    AppendConflict,
    LogEntry,
    LogHead,
    Login,
    RemoteAddress,
    RemoteMeta,
    RemoteUnreachable,
    ViewChange,
)

if TYPE_CHECKING:
    from pymongo import MongoClient
    from pymongo.collection import Collection
    from pymongo.errors import BulkWriteError

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")
NOBODY_ASKED = Login()
# Seconds in which a server is told that nothing more comes.
FAREWELL = 0.5
_WRONG_LOGIN = 18
_NOT_ALLOWED = (13, 8000)
_DUPLICATE = 11000


def translated(
    method: Callable[Concatenate[MongoRemote, _Parameters], _Result],
) -> Callable[Concatenate[MongoRemote, _Parameters], _Result]:
    """Turns what pymongo raises into failures that a person can read, without any part of the address's secrets."""

    def call(self: MongoRemote, /, *args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        from pymongo import errors

        self.meet()
        try:
            return method(self, *args, **kwargs)
        except errors.DuplicateKeyError as error:
            raise AppendConflict from error
        except (errors.ConnectionFailure, errors.WTimeoutError, errors.ExecutionTimeout, OSError) as error:
            raise self.unreachable(reason(error)) from error
        except errors.OperationFailure as error:
            raise self.refusal(error) from error
        except errors.PyMongoError as error:
            raise OutsideMissing(f"The remote {self.shown_address} cannot be used: {reason(error)}.") from error

    call.__doc__ = method.__doc__
    return call


class MongoRemote:
    """A connection to a remote. Made by `open_mongo_remote`."""

    def __init__(
        self, client: MongoClient[dict[str, Any]], address: RemoteAddress, shown_address: str, login_database: str
    ) -> None:
        from pymongo.read_concern import ReadConcern
        from pymongo.write_concern import WriteConcern

        self.shown_address = shown_address
        self._timeout = address.timeout
        self._was_met = False
        self._login_database = login_database
        self._client = client
        # Without j an acknowledged commit could be lost with the server's power.
        durable = WriteConcern("majority", j=True, wtimeout=30_000)
        settled = ReadConcern("majority")
        self._views = client.get_database(address.database, write_concern=durable, read_concern=settled)
        self._log_name = f"{address.database}_log"
        log = client.get_database(self._log_name, write_concern=durable, read_concern=settled)
        self._log: Collection[dict[str, Any]] = log["_log"]
        self._meta: Collection[dict[str, Any]] = self._views["_meta"]

    def meet(self) -> None:
        """Sees, before it is asked for the first time, whether anybody listens; raises RemoteUnreachable."""
        if not self._was_met:
            why = why_nobody_listens(self._client, self._timeout)
            if why:
                raise self.unreachable(why)
            self._was_met = True

    def unreachable(self, why: str) -> RemoteUnreachable:
        """What it means to a person that a server was not reached."""
        hint = "What was not sent is kept; sync again when it is there."
        if "certificate" in why:
            hint = "Check the address, and name the authority of the server: modelops remote set NAME --ca-file FILE"
        return RemoteUnreachable(f"The remote {self.shown_address} does not answer: {why}.", hint)

    def refusal(self, error: Any) -> OutsideMissing:
        """What a server's refusal means to a person."""
        code = getattr(error, "code", None)
        if (getattr(error, "details", None) or {}).get("writeConcernErrors"):
            return RemoteUnreachable(f"The remote {self.shown_address} did not make it durable in time.", "Sync again.")
        if code == _WRONG_LOGIN:
            return OutsideMissing(
                f"The remote {self.shown_address} did not accept the login, which it looked for in its database"
                f" {self._login_database}.",
                "Check the credentials in the treasure chest; where the user is kept elsewhere,"
                " name that database in the address: authSource=admin.",
            )
        if code in _NOT_ALLOWED:
            return OutsideMissing(
                f"The remote {self.shown_address} does not let this user do that.",
                "Check the credentials in the treasure chest, and what they may do on the server: readWrite in"
                f" {self._views.name}, find and insert in {self._log_name}.",
            )
        return OutsideMissing(f"The remote {self.shown_address} refused (code {code}).")

    @translated
    def read_meta(self) -> RemoteMeta | None:
        """What it says of itself, or None."""
        found = {str(item["_id"]): item for item in self._meta.find({"_id": {"$in": ["remote", "view"]}})}
        remote = found.get("remote")
        if remote is None:
            return None
        try:
            return RemoteMeta(
                str(remote["remote_id"]),
                int(remote["format"]),
                int(remote["schema"]),
                int(remote["min_reader"]),
                int(remote["min_writer"]),
                int(found.get("view", {}).get("applied") or 0),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"The database of {self.shown_address} is not one that modelops made.") from error

    @translated
    def create_meta(self, meta: RemoteMeta) -> RemoteMeta:
        """Founds the remote, unless somebody did meanwhile."""
        from pymongo.errors import DuplicateKeyError

        fields = {name: value for name, value in meta._asdict().items() if name != "applied"}
        try:
            self._meta.insert_one({"_id": "remote", **fields})
        except DuplicateKeyError:
            there = self.read_meta()
            return there if there is not None else meta
        return meta

    @translated
    def raise_schema(self, schema: int, min_reader: int, min_writer: int) -> None:
        """Says that newer programs write to it from now on."""
        raised = {"schema": schema, "min_reader": min_reader, "min_writer": min_writer}
        self._meta.update_one({"_id": "remote"}, {"$max": raised})

    @translated
    def heads(self, first: int, limit: int) -> list[LogHead]:
        """Up to `limit` commits from number `first` on, without their content: one find."""
        found = self._log.find({"_id": {"$gte": first}}, {"z": 0}, sort=[("_id", 1)], limit=limit, batch_size=limit)
        return [_head(item) for item in found]

    @translated
    def last_heads(self, limit: int) -> list[LogHead]:
        """The last `limit` commits, the newest first."""
        return [_head(item) for item in self._log.find({}, {"z": 0}, sort=[("_id", -1)], limit=limit)]

    @translated
    def read_log(self, first: int, limit: int) -> list[LogEntry]:
        """Up to `limit` commits from number `first` on, in order."""
        found = self._log.find({"_id": {"$gte": first}}, sort=[("_id", 1)], limit=limit)
        return [LogEntry(_head(item), bytes(item.get("z") or b"")) for item in found]

    @translated
    def append(self, entry: LogEntry) -> None:
        """Adds a commit durably. Raises AppendConflict when its number is taken."""
        from bson import Int64

        from modelops_tui.adapters.mongo_documents import to_moment

        head = entry.head
        self._log.insert_one(
            {
                "_id": Int64(head.n),
                "cid": head.cid,
                "prev": head.prev,
                "hash": head.hash,
                "replica": head.replica,
                "user": head.user,
                "schema": head.schema,
                "client": head.client,
                "n": head.documents,
                "summary": head.summary,
                "at": to_moment(head.at),
                "z": entry.z,
            }
        )

    @translated
    def write_views(self, changes: Sequence[ViewChange]) -> None:
        """Shows the changes, each unless something newer of its document is shown already."""
        from modelops_tui.adapters.mongo_documents import collection_of

        by_kind: dict[str, list[ViewChange]] = {}
        for change in changes:
            by_kind.setdefault(change.kind, []).append(change)
        for kind, found in by_kind.items():
            self._show(self._views[collection_of(kind)], found)

    def _show(self, collection: Collection[dict[str, Any]], changes: list[ViewChange]) -> None:
        from modelops_tui.adapters.mongo_documents import to_view

        fresh: list[dict[str, Any]] = []
        known: list[dict[str, Any]] = []
        for change in changes:
            place = known if change.known else fresh
            place.append(to_view(change.kind, change.id, change.body, change.seq, change.by))
        self._replace(collection, known + self._insert(collection, fresh))

    def _replace(self, collection: Collection[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
        """Puts documents in place of older ones; one that is not shown at all is added."""
        from pymongo import ReplaceOne
        from pymongo.errors import BulkWriteError

        if not documents:
            return
        older = [({"_id": item["_id"], "_sync.seq": {"$lt": item["_sync"]["seq"]}}, item) for item in documents]
        try:
            collection.bulk_write([ReplaceOne(where, item, upsert=True) for where, item in older], ordered=False)
        except BulkWriteError as error:
            # Where something newer is shown, adding finds the id taken.
            taken_ids(error)

    def _insert(self, collection: Collection[dict[str, Any]], documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Inserts documents, and gives those that are shown already."""
        from pymongo.errors import BulkWriteError

        if not documents:
            return []
        try:
            collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            return [documents[number] for number in taken_ids(error)]
        return []

    @translated
    def set_applied(self, n: int) -> None:
        """Says that the views show everything up to commit `n`."""
        self._meta.update_one({"_id": "view"}, {"$max": {"applied": n}}, upsert=True)

    @translated
    def read_view(self, kind: str) -> Iterator[ViewChange]:
        """What the view of a kind shows."""
        from modelops_tui.adapters.mongo_documents import collection_of, from_view

        shown = (from_view(item) for item in self._views[collection_of(kind)].find({}, sort=[("_id", 1)]))
        return iter([ViewChange(kind, id, body, seq, by) for id, body, seq, by in shown])

    @translated
    def note_replica(self, replica: str, user: str, n: int, client: str) -> None:
        """Says how far a replica is; for people only."""
        from datetime import UTC, datetime

        fields = {"user": user, "n": n, "client": client, "at": datetime.now(UTC)}
        self._views["_replicas"].update_one({"_id": replica}, {"$set": fields}, upsert=True)

    def close(self) -> None:
        """Ends the connection; a server that is gone is not waited for."""
        from pymongo import timeout

        with timeout(FAREWELL):
            self._client.close()


def taken_ids(error: BulkWriteError) -> list[int]:
    """Which documents of a bulk write found their id taken; raises the error when anything else went wrong."""
    details = error.details or {}
    failed = details.get("writeErrors", [])
    if any(item.get("code") != _DUPLICATE for item in failed) or details.get("writeConcernErrors"):
        raise error
    return [int(item["index"]) for item in failed]


def _head(item: dict[str, Any]) -> LogHead:
    from modelops_tui.adapters.mongo_documents import from_moment

    try:
        texts = [item[name] for name in ("cid", "prev", "hash", "replica", "user")]
        if not all(isinstance(text, str) for text in texts) or isinstance(item["_id"], bool):
            raise TypeError
        cid, prev, hash, replica, user = texts
        return LogHead(
            int(item["_id"]),
            cid,
            prev,
            hash,
            replica,
            user,
            int(item["schema"]),
            str(item.get("client")),
            int(item["n"]),
            str(item.get("summary")),
            from_moment(item.get("at")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(
            "The log of the remote holds a commit that no modelops wrote.", "See: modelops sync verify"
        ) from error


def open_mongo_remote(address: RemoteAddress, login: Login = NOBODY_ASKED) -> MongoRemote:
    """A connection to the remote at an address; nothing is asked yet.

    Raises Invalid for an address that would send in clear text to another machine, or that holds a password;
    OutsideMissing where pymongo is not installed.
    """
    problems = address_problems(address.uri, "", allow_plaintext=address.allow_plaintext)
    if problems:
        raise Invalid("This remote cannot be used.", problems)
    try:
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError
    except ImportError:
        raise OutsideMissing(
            "Sync needs pymongo, which is not installed.", "Install it: pip install 'modelops-tui[mongo]'"
        ) from None
    options: dict[str, Any] = {"tz_aware": True, "appname": "modelops"}
    for name in ("serverSelectionTimeoutMS", "connectTimeoutMS", "socketTimeoutMS"):
        options[name] = int(address.timeout * 1000)
    if login.username:
        options.update(login._asdict())
    if address.ca_file:
        options["tlsCAFile"] = address.ca_file
    shown = address.uri.partition("://")[2].partition("/")[0]
    try:
        # What was sent is remembered here; the same commit is sent again by whoever syncs next.
        client: MongoClient[dict[str, Any]] = MongoClient(address.uri, retryWrites=False, **options)
    except (PyMongoError, ValueError, OSError) as error:
        if type(error.__cause__).__module__.startswith("dns."):
            raise RemoteUnreachable(f"The remote {shown} is not found by its name.", "Is there a network?") from error
        raise OutsideMissing(f"The remote {shown} cannot be used: {reason(error)}.") from error
    return MongoRemote(client, address, shown, login_database(address.uri))


def login_database(uri: str) -> str:
    """The database in which a server looks for the user of an address: authSource, else the one named, else admin.

    So the connection string of MongoDB is defined: https://www.mongodb.com/docs/manual/reference/connection-string/
    """
    place, _, query = uri.partition("://")[2].partition("?")
    options = {name.lower(): value for name, value in parse_qsl(query)}
    return options.get("authsource") or unquote(place.partition("/")[2]) or "admin"
