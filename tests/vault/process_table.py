"""Looks at the arguments and the environment of every process again and again while something is done."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import NamedTuple

from tests.vault.searching import Search


class Sight(NamedTuple):
    """Where a mark was seen: in `cmdline` or `environ`, of a program with its arguments."""

    where: str
    program: bytes


class ProcessTable:
    """The processes beside this one, looked at from the beginning to the end of a block."""

    def __init__(self, search: Search) -> None:
        self.found: list[Sight] = []
        self.programs: set[bytes] = set()
        self.looks = 0
        self._search = search
        self._known: dict[tuple[str, str], bytes] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> ProcessTable:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            self.looks += 1
            for place in Path("/proc").glob("[0-9]*"):
                if place.name != str(os.getpid()):
                    self._look_at(place)
            time.sleep(0.001)

    def _look_at(self, place: Path) -> None:
        for name in ("cmdline", "environ"):
            try:
                data = (place / name).read_bytes()
                program = (place / "cmdline").read_bytes()
            except OSError:
                continue
            # What was looked through before is not looked through again.
            if self._known.get((place.name, name)) == data:
                continue
            self._known[place.name, name] = data
            self.programs.add(program)
            if self._search.in_bytes(data):
                self.found.append(Sight(name, program))
