"""How a document becomes bytes and comes back: one canonical encoder and one checksum.

It never judges a value; the door does.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

import orjson

Document = dict[str, Any]

_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
_SMALL = _STRICT | orjson.OPT_STRICT_INTEGER

EncodeError = orjson.JSONEncodeError
DecodeError = orjson.JSONDecodeError
Encoded = orjson.Fragment


def encode(value: Any) -> bytes:
    """The canonical bytes of a JSON value, fields in their own order; raises EncodeError."""
    return orjson.dumps(value, option=_STRICT)


def encode_small(value: Any) -> bytes:
    """The same for a value whose whole numbers have at most 53 bits; raises EncodeError for another."""
    return orjson.dumps(value, option=_SMALL)


def decode(data: bytes | memoryview) -> Any:
    """The value of JSON bytes; raises DecodeError (a ValueError)."""
    return orjson.loads(data)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keeps the garbage collector away while very many small objects are made."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def checksum(data: bytes | memoryview, seed: int = 0) -> int:
    """CRC-32 of the bytes, carried on from `seed`."""
    return crc32(data, seed)


def term_checksum(term: str) -> int:
    """CRC-32 of a lookup term."""
    return crc32(term.encode("utf-8", "surrogatepass"))


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are written with the same bytes (1, 1.0 and true differ)."""
    if one is other:
        return True
    kind = type(one)
    if kind is not type(other):
        return False
    # A float may be -0.0, and what is nested may hold any of these.
    return bool(one == other) if kind is str or kind is int else encode(one) == encode(other)
