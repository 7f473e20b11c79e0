"""Reads everything the MANIFEST lists and says what is not as it was written.

It never repairs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from modelops_tui.errors import Damaged, Problem
from modelops_tui.store import disk, manifest
from modelops_tui.store.journal import BrokenChainError, Place, advance, is_room
from modelops_tui.store.manifest import Manifest, SegmentEntry
from modelops_tui.store.schema import Schema, terms_of, terms_version
from modelops_tui.store.segment import Segment

_LOOKS = 6
_Found = TypeVar("_Found")


def verify(home: str, schema: Schema) -> list[Problem]:
    """Every file that differs, with a sentence each; raises what `manifest.load` raises."""
    return lasting(lambda: look(home, schema, manifest.load(home)))


def lasting(see: Callable[[], list[_Found]]) -> list[_Found]:
    """What two looks in a row find, so that others may write, compact and merge meanwhile.

    A file that they moved or removed under one look is in its new place, or not listed any more, at the next.
    """
    found = see()
    for _ in range(_LOOKS):
        former, found = found, see() if found else []
        if found == former:
            return found
    return [one for one in found if one in former]


def look(home: str, schema: Schema, current: Manifest) -> list[Problem]:
    """Every file that differs at one look, what is only on its way among them."""
    problems: list[Problem] = []
    for kind, entries in current.segments.items():
        for entry in entries:
            problems += _segment_problems(home, schema, kind, entry)
    return problems + _journal_problems(home, current) + _history_problems(home, current)


def _segment_problems(home: str, schema: Schema, kind: str, entry: SegmentEntry) -> list[Problem]:
    try:
        version = terms_version(schema)
        segment = Segment(home, entry, lambda one: terms_of(schema, kind, one), version)
        return [Problem(entry.file, says) for says in segment.troubles()]
    except Damaged as damage:
        return [Problem(entry.file, damage.says)]
    except FileNotFoundError:
        return [Problem(entry.file, "It is missing, but the MANIFEST lists it.")]
    except OSError as error:
        return [Problem(entry.file, f"It cannot be read: {error}.")]


def _journal_problems(home: str, current: Manifest) -> list[Problem]:
    place = current.beginning()
    return _chain_problems(os.path.join(home, current.journal), place)


def _history_problems(home: str, current: Manifest) -> list[Problem]:
    problems = []
    for entry in current.history:
        name = os.path.join("history", entry.file)
        path = os.path.join(home, name)
        if not os.path.exists(path):
            path = os.path.join(home, entry.file)
        place = Place(name, entry.chain, entry.first - 1, "")
        found = _chain_problems(path, place)
        if not found and place.sequence != entry.last:
            says = f"It ends with transaction {place.sequence}, not {entry.last}."
            found.append(Problem(name, says))
        if not found and not _room_follows(path, place):
            found.append(Problem(name, "More stands behind its last line."))
        problems += found
    return problems


def _room_follows(path: str, place: Place) -> bool:
    """Whether nothing but room stands in a file behind a place; so for a file that is gone meanwhile."""
    try:
        return is_room(disk.read(path)[place.offset :])
    except OSError:
        return True


def _chain_problems(path: str, place: Place) -> list[Problem]:
    try:
        advance(place, disk.read(path))
    except BrokenChainError as broken:
        return [Problem(place.name, f"Line {broken.line} is not what was written.")]
    except FileNotFoundError:
        return [Problem(place.name, "It is missing, but the MANIFEST lists it.")]
    except OSError as error:
        return [Problem(place.name, f"It cannot be read: {error}.")]
    return []
