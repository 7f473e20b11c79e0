"""Ways to harm a home: any file in it may be spoilt, cut, exchanged, or replaced by what is no file."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path

Harm = Callable[[Path, random.Random], None]
_VALUES = (None, -1, "x", [], {}, 10**9, "../../elsewhere", 2**70, True, 0, "MANIFEST", "store.lock", 1e9)


def can_be_harmed(path: Path) -> bool:
    """Whether it is a file whose bytes this user may read and change; an earlier harm may have taken that away."""
    return path.is_file() and not path.is_symlink() and os.access(path, os.R_OK | os.W_OK)


def flip(path: Path, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 4)):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def cut(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size + 1))


def empty(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"")


def nuls(path: Path, chance: random.Random) -> None:
    path.write_bytes(b"\0" * path.stat().st_size)


def garbage(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(chance.randrange(1, 2000)))


def inserted(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    place = chance.randrange(len(data) + 1)
    path.write_bytes(data[:place] + chance.randbytes(chance.randrange(1, 40)) + data[place:])


def doubled(path: Path, chance: random.Random) -> None:
    path.write_bytes(path.read_bytes() * 2)


def line_lost(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[1:] if chance.random() < 0.3 else lines[:-1]))


def line_twice(path: Path, chance: random.Random) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    if lines:
        lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    path.write_bytes(b"".join(lines))


def gone(path: Path, chance: random.Random) -> None:
    path.unlink()


def folder(path: Path, chance: random.Random) -> None:
    path.unlink()
    path.mkdir()
    if chance.random() < 0.5:
        (path / "something").write_bytes(b"x")


def link(path: Path, chance: random.Random) -> None:
    elsewhere = path.parent.parent / f"elsewhere-{chance.random()}"
    if chance.random() < 0.5:
        elsewhere.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(elsewhere)


def pipe(path: Path, chance: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def mode(path: Path, chance: random.Random) -> None:
    path.chmod(chance.choice([0o777, 0o644, 0o400, 0o200, 0]))


def exchanged(path: Path, chance: random.Random) -> None:
    others = [one for one in path.parent.iterdir() if can_be_harmed(one) and one.suffix == path.suffix and one != path]
    if others:
        other = chance.choice(others)
        mine, theirs = path.read_bytes(), other.read_bytes()
        path.write_bytes(theirs)
        other.write_bytes(mine)


def told_otherwise(path: Path, chance: random.Random) -> None:
    """Another value anywhere in the MANIFEST; a flipped bit in any other file."""
    if path.name != "MANIFEST":
        flip(path, chance)
        return
    raw = json.loads(path.read_text())
    places: list[tuple] = []

    def walk(node: object) -> None:
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            places.append((node, key))
            walk(node[key])

    walk(raw)
    node, key = chance.choice(places)
    node[key] = chance.choice(_VALUES)
    path.write_text(json.dumps(raw))


def foreign(other: Path) -> Harm:
    """A file of the same sort from another store."""

    def harm(path: Path, chance: random.Random) -> None:
        same = sorted(one for one in other.rglob("*") if one.is_file() and one.suffix == path.suffix)
        if same:
            path.write_bytes(chance.choice(same).read_bytes())

    return harm


HARMS: dict[str, Harm] = {
    harm.__name__: harm
    for harm in (
        *(flip, cut, empty, nuls, garbage, inserted, doubled, line_lost, line_twice, gone, folder, link, pipe, mode),
        *(exchanged, told_otherwise),
    )
}
