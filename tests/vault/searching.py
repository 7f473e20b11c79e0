"""Canaries, and the search for them: one mark in every secret of a test, looked for in every form it could lie in."""

from __future__ import annotations

import base64
import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

DEEPEST = 3
"""How often what is packed is unpacked again."""


def encodings(secret: str) -> Iterator[bytes]:
    """The secret in all the ways it might lie around."""
    plain = secret.encode()
    for data in (plain, plain[::-1], secret.encode("utf-16-le"), secret.encode("utf-16-be"), secret.upper().encode()):
        yield data
        yield data.hex().encode()
        yield data.hex().upper().encode()
        for shift in range(3):
            # Inside other text base64 begins at one of three places; the ends depend on the neighbours.
            whole = base64.b64encode(b"\0" * shift + data)
            yield whole[4:-4]
            yield whole[4:-4].translate(bytes.maketrans(b"+/", b"-_"))
    for shift in range(5):
        yield base64.b32encode(b"\0" * shift + plain)[8:-8]


def holds(data: bytes, secret: str) -> bool:
    return any(form in data for form in encodings(secret))


class Search:
    """Looks for some marks in every form."""

    def __init__(self, *marks: str) -> None:
        self.marks = marks
        self._forms = tuple(dict.fromkeys(form for mark in marks for form in encodings(mark)))

    def in_bytes(self, data: bytes) -> bool:
        """Whether a mark is in there, in any form, packed or not."""
        return any(form in part for part in unpacked(data) for form in self._forms)

    def in_text(self, text: str) -> bool:
        """The same for a text; a screen or table may have broken the mark over lines."""
        lines = "".join(text.split())
        return self.in_bytes(text.encode(errors="replace")) or any(mark in lines for mark in self.marks)

    def in_files(self, *folders: Path) -> list[str]:
        """The files below the folders whose names or bytes hold a mark."""
        seen: dict[bytes, bool] = {}

        def held(file: Path) -> bool:
            # Copies of copies are looked into once.
            data = file.read_bytes()
            digest = sha256(data).digest()
            if digest not in seen:
                seen[digest] = self.in_bytes(data)
            return seen[digest]

        files = [file for folder in folders for file in folder.rglob("*")]
        assert files, "there is something to search"
        return [str(file) for file in files if self.in_text(file.name) or (file.is_file() and held(file))]


class Canaries(Search):
    """Secrets that share a mark nobody else has, each with a word for the door it came in by."""

    def __init__(self) -> None:
        super().__init__(f"c4nary{token_hex(6)}")

    def fresh(self, door: str) -> str:
        """A secret for one door."""
        return f"{self.marks[0]}-{door}"


def inflated(data: bytes) -> Iterator[bytes]:
    """What was compressed somewhere inside other bytes, such as a body in a message on the wire."""
    for head in (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"):
        place = data.find(head)
        while place >= 0:
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[place:])
            place = data.find(head, place + 1)


def unpacked(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, and what they hold when they are packed."""
    yield data
    if depth < DEEPEST:
        for inner in _inside(data):
            yield from unpacked(inner, depth + 1)


def _inside(data: bytes) -> Iterator[bytes]:
    for magic, unpack in (
        (b"\x1f\x8b", gzip.decompress),
        (b"BZh", bz2.decompress),
        (b"\xfd7zXZ", lzma.decompress),
        (b"\x78", zlib.decompress),
    ):
        if data.startswith(magic):
            try:
                yield unpack(data)
            except (OSError, EOFError, zlib.error, lzma.LZMAError):
                continue
    if data.startswith(b"PK"):
        with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if data[257:262] == b"ustar":
        with contextlib.suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(data)) as archive:
            yield from (file.read() for file in map(archive.extractfile, archive) if file is not None)
