"""Databases of the original systems on a MongoDB server, as plain values: read whole, written document by document.

pymongo is loaded when a database is opened; an ObjectId is a `UserString` outside. It never removes a document and
never repeats an address in a message, because addresses hold passwords.
"""

from __future__ import annotations

from collections import UserString
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from modelops_tui.adapters.mongo_failures import reason, why_nobody_listens
from modelops_tui.errors import OutsideMissing, Refused, WrongUse
from modelops_tui.ports_remote import Login

if TYPE_CHECKING:
    from pymongo.collection import Collection
    from pymongo.database import Database

Plain = dict[str, Any]
BATCH = 500
WAIT_MILLISECONDS = 5000
NOBODY_ASKED = Login()


def read_database(uri: str, name: str, login: Login = NOBODY_ASKED) -> dict[str, list[Plain]]:
    """Every document of the database `name`, by collection, in the order of their ids.

    Raises OutsideMissing when the server cannot be reached or asked, WrongUse for an address that is none.
    """
    with _opened(uri, name, login) as database:
        names = sorted(each for each in database.list_collection_names() if not each.startswith("system."))
        return {each: [outside(raw) for raw in database[each].find().sort("_id", 1)] for each in names}


def write_database(
    uri: str,
    name: str,
    collections: Mapping[str, Sequence[Mapping[str, Any]]],
    login: Login = NOBODY_ASKED,
    *,
    dry_run: bool,
) -> dict[str, dict[str, int]]:
    """Brings the documents into the database `name` and tells, by collection, how many were `inserted`, `replaced`
    and `unchanged`; with `dry_run` how many would be. Other documents there stay. Safe to stop and begin again.

    Raises OutsideMissing when the server cannot be reached or asked, Refused for a document that BSON cannot hold,
    WrongUse for an address that is none.
    """
    with _opened(uri, name, login) as database:
        done: dict[str, dict[str, int]] = {}
        for each, documents in collections.items():
            counts = done.setdefault(each, {"inserted": 0, "replaced": 0, "unchanged": 0})
            for start in range(0, len(documents), BATCH):
                _write(database[each], documents[start : start + BATCH], counts, dry_run=dry_run)
        return done


def _write(
    collection: Collection[Plain], documents: Sequence[Mapping[str, Any]], counts: dict[str, int], *, dry_run: bool
) -> None:
    from pymongo import ReplaceOne

    wanted = [inside(document) for document in documents]
    there = {raw["_id"]: raw for raw in collection.find({"_id": {"$in": [item["_id"] for item in wanted]}})}
    changed = [item for item in wanted if not _same(item, there.get(item["_id"]))]
    counts["unchanged"] += len(wanted) - len(changed)
    counts["replaced"] += sum(item["_id"] in there for item in changed)
    counts["inserted"] += sum(item["_id"] not in there for item in changed)
    if changed and not dry_run:
        collection.bulk_write([ReplaceOne({"_id": item["_id"]}, item, upsert=True) for item in changed])


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same and of the same type, so that 1 and true or 1 and 1.0 differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    alike = isinstance(one, type(other)) or isinstance(other, type(one))
    return (
        alike and isinstance(one, bool) == isinstance(other, bool) and (one == other or (one != one and other != other))
    )


@contextmanager
def _opened(uri: str, name: str, login: Login) -> Iterator[Database[Plain]]:
    """The database, closed afterwards, with every failure as one of ours."""
    try:
        from bson.codec_options import CodecOptions, DatetimeConversion
        from bson.errors import BSONError
        from pymongo import MongoClient, WriteConcern
        from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError
    except ImportError:
        raise OutsideMissing("pymongo is not installed.", "Install it: pip install 'modelops-tui[mongo]'") from None
    # Dates far off and text that is no Unicode are read as well as they can be, not refused.
    codec: CodecOptions[Plain] = CodecOptions(
        tz_aware=True,
        tzinfo=UTC,
        unicode_decode_error_handler="replace",
        datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    )
    waiting: dict[str, Any] = (
        {} if "serverselectiontimeoutms" in uri.lower() else {"serverSelectionTimeoutMS": WAIT_MILLISECONDS}
    )
    if login.username:
        waiting.update(login._asdict())
    try:
        client: MongoClient[Plain] = MongoClient(uri, appname="modelops", **waiting)
    except (ConfigurationError, InvalidURI, ValueError, TypeError):
        raise WrongUse("That is no address of a MongoDB server.", "One reads like mongodb://host:27017") from None
    except PyMongoError as error:
        raise OutsideMissing(f"The MongoDB server cannot be reached: {reason(error)}.") from None
    why = why_nobody_listens(client, WAIT_MILLISECONDS / 1000)
    try:
        if why:
            raise _silent(name, why)
        yield client.get_database(name, codec_options=codec, write_concern=WriteConcern("majority", j=True))
    except BSONError as error:
        raise Refused(f"A document cannot be written to {name}: {error}.") from None
    except OverflowError:
        raise Refused(f"A document cannot be written to {name}: a number has more than 64 bits.") from None
    except PyMongoError as error:
        raise _failure(name, error) from None
    finally:
        client.close()


def _failure(name: str, error: Exception) -> OutsideMissing | Refused | WrongUse:
    from pymongo.errors import ConnectionFailure, InvalidName, OperationFailure

    if isinstance(error, ConnectionFailure):
        return _silent(name, reason(error))
    if isinstance(error, InvalidName):
        return WrongUse(f"{name!r} cannot be the name of a database.")
    if isinstance(error, OperationFailure):
        details = error.details or {}
        wrong = details.get("writeErrors") or [details]
        said = wrong[0].get("errmsg") or type(error).__name__
        return OutsideMissing(f"The MongoDB server refuses to work on {name}: {said}.", "See what the user may do.")
    return OutsideMissing(f"The database {name} cannot be worked on: {reason(error)}.")


def _silent(name: str, why: str) -> OutsideMissing:
    return OutsideMissing(
        f"The MongoDB server of {name} does not answer: {why}.",
        "See that it runs and that the address is right; what was written so far stays, and it can be done again.",
    )


def outside(value: Any) -> Any:
    """A value of BSON in plain Python; what has no type there becomes Extended JSON."""
    if isinstance(value, Mapping):
        return {str(name): outside(item) for name, item in value.items()}
    if isinstance(value, list):
        return [outside(item) for item in value]
    if value is None or isinstance(value, bool | datetime) or type(value) in (str, int, float, bytes):
        return value
    return _other_outside(value)


def _other_outside(value: Any) -> Any:
    from bson import DBRef, Int64, ObjectId
    from bson.json_util import CANONICAL_JSON_OPTIONS, default

    if isinstance(value, ObjectId):
        return UserString(str(value))
    if isinstance(value, Int64):
        return int(value)
    if isinstance(value, DBRef):
        return {"$ref": value.collection, "$id": outside(value.id)}
    return default(value, CANONICAL_JSON_OPTIONS)


def inside(value: Any) -> Any:
    """A plain value as BSON has it."""
    if isinstance(value, UserString):
        from bson import ObjectId

        return ObjectId(value.data)
    if isinstance(value, Mapping):
        found = {str(name): inside(item) for name, item in value.items()}
        return _extended(found) if found and all(name.startswith("$") for name in found) else found
    if isinstance(value, list | tuple):
        return [inside(item) for item in value]
    return value


def _extended(value: Plain) -> Any:
    """What a map in Extended JSON means; a map that only looks like it stays one."""
    from bson.errors import BSONError
    from bson.json_util import CANONICAL_JSON_OPTIONS, object_hook

    try:
        return object_hook(value, CANONICAL_JSON_OPTIONS)
    except (BSONError, TypeError, ValueError, KeyError, AttributeError, ArithmeticError):
        return value
