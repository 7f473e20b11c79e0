"""The values of the original databases in plain Python: ids, moments, and JSON for the rest.

It never meets a database library: an ObjectId is a `UserString` of 24 hexadecimal digits, a date a `datetime` in UTC,
and what neither JSON nor these two can say is a map in MongoDB's Extended JSON.
"""

from __future__ import annotations

import math
import re
from collections import UserString
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from modelops_tui.entities.scalars import OBJECT_ID, SLUG_WITH_DOTS, read_time

EPOCH = "1970-01-01T00:00:00.000Z"
LONGEST_SLUG = 64
LONGEST_TITLE = 200
_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class ObjectId(UserString):
    """An ObjectId as the text of its 24 hexadecimal digits."""


def derived_id(system: str, collection: str, key: str) -> str:
    """The id of what has only a text key: the first 12 bytes of a hash, the same in every home."""
    from hashlib import sha256

    return sha256(f"{system}\x1f{collection}\x1f{key}".encode("utf-8", "replace")).hexdigest()[:24]


def own_id(system: str, collection: str, value: Any) -> str:
    """The id here of a document whose id there is `value`: the same where it is an ObjectId, else a derived one."""
    text = pointed(value) or repr(value)
    return text if OBJECT_ID.match(text) else derived_id(system, collection, text)


def pointed(value: Any) -> str | None:
    """What a reference names, whichever way it is written: text, an ObjectId, or a map that holds one of them."""
    if isinstance(value, UserString):
        return value.data.lower()
    if isinstance(value, str):
        return value.lower() if OBJECT_ID.match(value.lower()) else value or None
    if isinstance(value, dict):
        for name in ("$oid", "$id", "_id", "version", "id"):
            if value.get(name) is not None:
                return pointed(value[name])
    return None


def in_order(raws: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The documents in the order of their ids, so that a plan does not depend on how a server happens to list them."""
    return sorted(raws, key=lambda raw: pointed(raw.get("_id")) or "")


def is_empty(value: Any) -> bool:
    """Whether a value of an original document says nothing."""
    return value is None or value in ("", [], {})


def time_text_of(value: Any) -> str | None:
    """The stored form of a date of an original database, or None where it is none; without a zone it means UTC."""
    if isinstance(value, dict) and set(value) == {"$date"}:
        value = value["$date"]
    if isinstance(value, str):
        return read_time(value)
    if not isinstance(value, datetime):
        return None
    try:
        return read_time(value.isoformat())
    except (ValueError, OverflowError):
        return None


def moment_of(text: Any) -> datetime | None:
    """A stored time as a date in UTC, to the millisecond; None where there is none."""
    stored = read_time(text) if isinstance(text, str) else None
    return datetime.fromisoformat(stored).astimezone(UTC) if stored else None


def plain(value: Any) -> Any:
    """A value of an original document as JSON, so that `typed` gives it back."""
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, UserString):
        return {"$oid": value.data}
    if isinstance(value, datetime):
        return {"$date": time_text_of(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$numberDouble": next(name for name, item in _NON_FINITE.items() if repr(item) == repr(value))}
    if isinstance(value, bytes):
        from base64 import b64encode

        return {"$binary": {"base64": b64encode(value).decode("ascii"), "subType": "00"}}
    return value


def typed(value: Any) -> Any:
    """JSON as a value of an original document; only what `plain` would write itself becomes an id, date or number."""
    if isinstance(value, list):
        return [typed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (name, inner) = next(iter(value.items()))
        found: Any = None
        if name == "$oid" and isinstance(inner, str) and OBJECT_ID.match(inner):
            found = ObjectId(inner)
        elif name == "$date":
            found = moment_of(inner)
        elif name == "$numberDouble" and isinstance(inner, str):
            found = _NON_FINITE.get(inner)
        if found is not None and plain(found) == value:
            return found
    return {name: typed(item) for name, item in value.items()}


def slug_of(text: str) -> str:
    """The nearest name of letters, digits and dashes; text that is one already stays as it is."""
    if SLUG_WITH_DOTS.match(text) and len(text) <= LONGEST_SLUG:
        return text
    from unicodedata import normalize

    bare = normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^A-Za-z0-9]+", "-", bare).strip("-")[:LONGEST_SLUG].rstrip("-")


def title_of(text: str) -> str:
    """The text as a title: one line of at most 200 characters."""
    return text if len(text) <= LONGEST_TITLE and text.isprintable() else " ".join(text.split())[:LONGEST_TITLE].strip()


def inside_path_of(text: str) -> str:
    """A path as one inside a project: without a leading slash, empty parts and `.`; `..` stays and is refused."""
    return "/".join(part for part in text.replace("\\", "/").split("/") if part not in ("", "."))


def told_apart(name: str, id: str, *, slug: bool) -> str:
    """A name for a document whose own name is taken: with the end of its id, which two neighbours do not share."""
    if slug:
        return f"{name[: LONGEST_SLUG - 7]}-{id[-6:]}"
    return f"{name[: LONGEST_TITLE - 9]} ({id[-6:]})"
