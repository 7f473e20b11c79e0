"""Mends a damaged store, on request only: a journal, a segment that was edited or lost, a MANIFEST that is gone.

It never throws a byte away: what it replaces is put aside in the home. It takes the locks, but no open store.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from modelops_tui.errors import Damaged
from modelops_tui.store import disk, manifest
from modelops_tui.store.codec import DecodeError, Document, decode
from modelops_tui.store.compaction import unlisted_files
from modelops_tui.store.copying import highest_epoch, past_path
from modelops_tui.store.history import write_history_index
from modelops_tui.store.identity import is_id, time_text
from modelops_tui.store.journal import BrokenChainError, Place, Record, advance, claimed_sum, follows, make_line
from modelops_tui.store.lock import alone
from modelops_tui.store.manifest import Manifest
from modelops_tui.store.schema import Schema, terms_of, terms_version
from modelops_tui.store.segment import Segment, write_segment

ASIDE = "set-aside"
States = dict[str, dict[str, Document | None]]


class Mended(NamedTuple):
    """The numbers of transactions that are lost, and of those that stand but could not be proven."""

    lost: list[int]
    unproven: list[int]


class Salvage(NamedTuple):
    """What could be read of a damaged journal: records in order, and what became of the others."""

    records: list[Record]
    mended: Mended


@contextmanager
def mending(home: str, timeout: float) -> Iterator[None]:
    """Keeps every writer away; raises OutsideMissing, also for what the system does not allow meanwhile."""
    try:
        with alone(home, timeout):
            yield
    except OSError as error:
        raise disk.outside(error, home) from error


def name_aside(home: str, path: str) -> str:
    """A name in set-aside/, which is made, that nothing has yet; raises OSError."""
    disk.make_folder(os.path.join(home, ASIDE))
    wanted = os.path.join(ASIDE, f"{os.path.basename(path)}.{time_text().replace(':', '')}")
    name, number = wanted, 1
    while os.path.lexists(os.path.join(home, name)):
        number += 1
        name = f"{wanted}-{number}"
    return name


def put_aside(home: str, path: str) -> str:
    """Keeps a copy of a file in set-aside/ under a name of its own; gives that name. Raises OSError."""
    name = name_aside(home, path)
    disk.write_new(os.path.join(home, name), disk.chunks(path))
    disk.sync_folder(os.path.join(home, ASIDE))
    return name


def salvage(data: bytes, start: Place, last: int | None = None) -> Salvage:
    """Every transaction of a damaged journal that can be told, in the order of their numbers.

    A line counts when its sum follows from the line before. Where that one is lost too nothing proves it: then it
    counts when it is a transaction in itself. `last` is the number of the last one when it is known.
    """
    lines: dict[int, list[tuple[bytes, Record]]] = {}
    for line in data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n"):
        record = parsed(line)
        if record is not None and record["seq"] > start.sequence:
            lines.setdefault(record["seq"], []).append((line, record))
    records: list[Record] = []
    lost: list[int] = []
    unproven: list[int] = []
    chain: int | None = start.chain
    highest = last if last is not None else max(lines, default=start.sequence)
    at = start.at
    for sequence in range(start.sequence + 1, highest + 1):
        whole = [one for one in lines.get(sequence, ()) if chain is None or follows(one[0], chain)]
        if whole:
            line, record = whole[0]
            records.append(record)
            unproven += [sequence] * (chain is None)
            at = str(record.get("at", at))
        else:
            lost.append(sequence)
            says = "lost: its line in the journal was damaged"
            records.append({"seq": sequence, "at": at, "by": "0" * 24, "says": says, "writes": [], "lost": True})
            line = lines[sequence][0][0] if sequence in lines else b""
        chain = claimed_sum(line)
    if last is None:
        while lost and records and records[-1].get("lost"):
            # Nothing whole stands behind it: it is a torn tail, and was never acknowledged.
            lost.pop()
            records.pop()
    return Salvage(records, Mended(lost, unproven))


def _nothing_left(current: Manifest) -> Salvage:
    """What a journal that is gone altogether is replaced by: a note, as nobody knows how much it held."""
    sequence = current.sequence + 1
    says = "lost: the journal was missing"
    note = {"seq": sequence, "at": current.at, "by": "0" * 24, "says": says, "writes": [], "lost": True}
    return Salvage([note], Mended([sequence], []))


def parsed(line: bytes) -> Record | None:
    """The transaction of a line that has the form of one, whatever its sum."""
    if claimed_sum(line) is None:
        return None
    try:
        record: Record = decode(line)
        if type(record["seq"]) is int and all(
            isinstance(write["kind"], str) and is_id(write["id"]) and _is_of(write) and "was" in write
            for write in record["writes"]
        ):
            return record
    except (DecodeError, KeyError, TypeError):
        return None
    return None


def _is_of(write: Record) -> bool:
    """Whether a write leaves a document of its own id, or none."""
    return write["document"] is None or write["document"]["id"] == write["id"]


def mend_journal(home: str, timeout: float = 10.0) -> Mended:
    """Writes the journal anew from what can be told of it; each lost transaction is kept as a note.

    Raises Damaged for the MANIFEST, OutsideMissing.
    """
    with mending(home, timeout):
        current = manifest.load(home)
        path = os.path.join(home, current.journal)
        if os.path.exists(path):
            put_aside(home, path)
            found = salvage(disk.read(path), current.beginning())
        else:
            found = _nothing_left(current)
        epoch = max(highest_epoch(home), current.epoch) + 1
        name = f"journal.{epoch}.jsonl"
        _write_journal(os.path.join(home, name), found.records, current.chain)
        disk.sync_folder(home)
        manifest.save(home, current.changed(epoch=epoch, journal=name))
        disk.remove(path)
        return found.mended


def mend_history(home: str, file: str, timeout: float = 10.0) -> Mended:
    """Writes one former journal anew from what can be told of it."""
    with mending(home, timeout):
        current = manifest.load(home)
        place = next(number for number, one in enumerate(current.history) if one.file == file)
        entry = current.history[place]
        path = past_path(home, entry)
        put_aside(home, path)
        found = salvage(disk.read(path), Place(file, entry.chain, entry.first - 1, ""), entry.last)
        epoch = max(highest_epoch(home), current.epoch) + 1
        name = f"journal.{epoch}.jsonl"
        target = os.path.join(home, "history", name)
        size = _write_journal(target, found.records, entry.chain)
        write_history_index(target)
        disk.sync_folder(os.path.dirname(target))
        history = list(current.history)
        history[place] = entry._replace(file=name, bytes=size)
        manifest.save(home, current.changed(epoch=epoch, history=tuple(history)))
        disk.remove(path)
        disk.remove(path + ".idx")
        return found.mended


def _write_journal(path: str, records: list[Record], chain: int) -> int:
    lines = []
    for record in records:
        line, chain = make_line({name: value for name, value in record.items() if name != "sum"}, chain)
        lines.append(line)
    disk.write_new(path, lines)
    return sum(map(len, lines))


def remembered(home: str, current: Manifest) -> States:
    """The last state of every document that the history tells of, up to where the journal begins; raises Damaged."""
    states: States = {}
    for entry in current.history:
        path = past_path(home, entry)
        if not os.path.exists(path):
            continue
        place = Place(entry.file, entry.chain, entry.first - 1, "")
        try:
            records = advance(place, disk.read(path))
        except BrokenChainError as broken:
            raise broken.damage(home) from broken
        if place.sequence != entry.last:
            raise Damaged(f"{path} ends with transaction {place.sequence}, not {entry.last}.")
        if any(record.get("lost") for record in records):
            raise Damaged(f"{path} lacks transactions that were lost with its damaged lines.")
        take_in(records, states)
    return states


def take_in(records: list[Record], states: States) -> None:
    """Brings the states up to what the transactions left."""
    for record in records:
        for write in record["writes"]:
            states.setdefault(write["kind"], {})[write["id"]] = write["document"]


def history_is_whole(home: str, current: Manifest) -> bool:
    """Whether the history tells of everything from the first transaction on."""
    expected = 1
    for entry in current.history:
        if entry.first != expected or not os.path.exists(past_path(home, entry)):
            return False
        expected = entry.last + 1
    return expected == current.sequence + 1


def history_tells_all(home: str, current: Manifest) -> bool:
    """Whether the last state of everything up to the journal can be worked out from the history, which is read."""
    try:
        return history_is_whole(home, current) and remembered(home, current) is not None
    except (Damaged, OSError):
        return False


def set_right(home: str, schema: Schema, kind: str, timeout: float = 10.0) -> None:
    """Writes the segments of a kind anew as one, from the history; raises Damaged when that does not tell it all."""
    with mending(home, timeout):
        current = manifest.load(home)
        if not history_is_whole(home, current):
            raise Damaged("The history does not go back to the beginning, so it cannot tell what was there.")
        states = remembered(home, current).get(kind, {})
        replace_segments(home, schema, current, kind, states)


def replace_segments(home: str, schema: Schema, current: Manifest, kind: str, states: dict[str, Any]) -> None:
    """Puts one new segment in the place of all of a kind, what was there aside; under both locks. Raises OSError."""
    for entry in current.segments.get(kind, ()):
        path = os.path.join(home, entry.file)
        if disk.is_plain(path):
            put_aside(home, path)
    epoch = max(highest_epoch(home), current.epoch) + 1
    name = f"{kind}.{epoch}.jsonl"
    ordered = sorted(states.items())
    made = write_segment(
        os.path.join(home, name), name, ordered, lambda one: terms_of(schema, kind, one), terms_version(schema)
    )
    disk.sync_folder(home)
    live = sum(document is not None for document in states.values())
    manifest.save(
        home,
        current.changed(
            epoch=epoch,
            segments={**current.segments, kind: (made,) if ordered else ()},
            counts={**current.counts, kind: live},
        ),
    )
    for entry in current.segments.get(kind, ()):
        for path in (os.path.join(home, entry.file), os.path.join(home, entry.file) + ".idx"):
            if disk.is_plain(path):
                disk.remove(path)


def forget_history(home: str, file: str, timeout: float = 10.0) -> None:
    """Takes a former journal that is lost off the MANIFEST, and counts its transactions among those let go."""
    with mending(home, timeout):
        current = manifest.load(home)
        entry = next(one for one in current.history if one.file == file)
        before = current.dropped.transactions if current.dropped else 0
        dropped = manifest.Dropped(entry.last, before + entry.last - entry.first + 1, time_text())
        history = tuple(one for one in current.history if one is not entry)
        manifest.save(home, current.changed(history=history, dropped=dropped))
        disk.remove(os.path.join(home, "history", file + ".idx"))


def cut_tail(home: str, timeout: float = 10.0) -> None:
    """Cuts off what stands behind the last whole transaction of the journal; raises Damaged, OutsideMissing."""
    with mending(home, timeout):
        current = manifest.load(home)
        path = os.path.join(home, current.journal)
        place = current.beginning()
        following(home, place, disk.read(path))
        disk.cut(path, place.offset)


def remove_unlisted(home: str, schema: Schema, name: str, timeout: float = 10.0) -> None:
    """Removes a file that the store still does not list; raises OutsideMissing."""
    with mending(home, timeout):
        if name in unlisted_files(home, manifest.load(home), schema):
            disk.remove(os.path.join(home, name))


def renew_index(home: str, schema: Schema, file: str) -> None:
    """Makes the index of a segment anew; raises Damaged, OutsideMissing."""
    current = manifest.load(home)
    for kind, entries in current.segments.items():
        for entry in entries:
            if entry.file == file:
                disk.remove(os.path.join(home, file + ".idx"))
                Segment(home, entry, functools.partial(terms_of, schema, kind), terms_version(schema))


def following(home: str, place: Place, data: bytes) -> list[Record]:
    """The transactions in the bytes behind `place`, which is moved; raises Damaged."""
    try:
        return advance(place, data)
    except BrokenChainError as broken:
        raise broken.damage(home) from broken
