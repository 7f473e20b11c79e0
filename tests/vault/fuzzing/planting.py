"""Bytes as changes of a JSON document, so that a fuzzer gets past the parser. It knows no format."""

from __future__ import annotations

from typing import Any

import orjson

MOST_CHANGES = 4
OPENINGS = b"[{"


def planted(genuine: Any, data: bytes) -> Any:
    """JSON that the bytes are, or else the genuine document with some places changed as the bytes say."""
    if data[:1] and data[0] in OPENINGS:
        try:
            return orjson.loads(data)
        except ValueError:
            return None
    document = orjson.loads(orjson.dumps(genuine))
    for _ in range(MOST_CHANGES):
        if len(data) < 4:
            break
        places = list(_places(document))
        where, name = places[int.from_bytes(data[:2], "big") % len(places)]
        size = data[3] % 64
        where[name] = _value(where[name], data[2], data[4 : 4 + size])
        data = data[4 + size :]
    return document


def _places(value: Any) -> Any:
    if isinstance(value, dict):
        for name in value:
            yield value, name
            yield from _places(value[name])
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield value, index
            yield from _places(inner)


def _value(before: Any, kind: int, payload: bytes) -> Any:
    text = payload.decode("latin-1")
    number = int.from_bytes(payload[:8], "big", signed=True)
    old = before if isinstance(before, str) else ""
    choices = [
        None,
        True,
        number,
        number % 8,
        number / 7,
        text,
        old + text,
        old[:-1],
        old[: number % (len(old) + 1)],
        old.swapcase(),
        [],
        {},
        [before],
        {text: before},
        [before, before],
    ]
    return choices[kind % len(choices)]
