"""Many processes on one store, killed and stopped at any moment, with lines that end where reading and room have ends.

By hand: `python tests/store/stress.py --seconds 600 [--seed N]`. Every worker writes down what was acknowledged to it
in a file of its own; afterwards each of these transactions must stand in the history, in one unbroken chain, and the
documents must be what the history makes of them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from names_schema import opened

from modelops_tui.store import compaction
from modelops_tui.store import store as store_module
from modelops_tui.store.codec import Document
from modelops_tui.store.journal import ROOM
from modelops_tui.store.store import Store
from modelops_tui.store.tail import PIECE

_ENDS = (PIECE, PIECE, 1 << 16, len(ROOM))
_LIMITS = (2_500, 20_000, 200_000, 1 << 20)


class Worker:
    """One process that writes: numbered documents, a counter that goes with them, and others that come and go."""

    def __init__(self, home: Path, name: str, chance: random.Random) -> None:
        self._home = home
        self._name = name
        self._chance = chance
        self._told = os.open(home.parent / f"told-{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._passing: list[str] = []
        self._overhead = 300
        self._number = 0
        self._counter = ""

    def run(self) -> None:
        """Opens the store, writes, closes it, again and again, until somebody kills it."""
        store_module.JOURNAL_LIMIT = self._chance.choice(_LIMITS)
        compaction.GRACE_SECONDS = self._chance.choice((0.0, 60.0))
        self._jump_the_clock()
        while True:
            with opened(self._home, lock_timeout=60.0) as store:
                for _ in range(self._chance.choice((1, 1, 3, 30))):
                    self._work(store)

    def _jump_the_clock(self) -> None:
        real, real_ns, chance = time.time, time.time_ns, self._chance
        shift = [chance.randrange(-7200, 7200)]

        def now_ns() -> int:
            if chance.random() < 0.01:
                shift[0] = chance.randrange(-7200, 7200)
            return real_ns() + shift[0] * 1_000_000_000

        time.time_ns, time.time = now_ns, lambda: real() + shift[0]

    def _work(self, store: Store) -> None:
        match self._chance.choices(("count", "change", "look", "compact", "rest"), (60, 20, 10, 3, 7))[0]:
            case "count":
                self._count(store)
            case "change":
                self._change(store)
            case "look":
                store.refresh()
            case "compact":
                store.compact()
            case "rest":
                time.sleep(self._chance.uniform(0.0, 0.05))

    def _count(self, store: Store) -> None:
        with store.transaction("ada", f"count {self._name}") as tx:
            self._number += 1
            before = store._reader.place.offset
            text = "y" * self._length(before, store._reader.journal_size)
            if self._counter:
                tx.update("project", self._counter, {"n": self._number})
            else:
                self._counter = tx.insert("project", {"name": self._name, "n": self._number})["id"]
            id = tx.insert("training", {"name": f"{self._name}-{self._number}", "x": text})["id"]
        self._tell(tx.sequence, id)
        after = store._reader.place.offset
        if after > before:
            self._overhead = after - before - len(text)

    def _length(self, offset: int, size: int) -> int:
        """So long a text that the line ends within two bytes of an end: of a piece, of a chunk, of the room."""
        chance = self._chance
        if chance.random() < 0.4:
            return chance.randrange(200)
        end, near = chance.choice(_ENDS), chance.choice((-2, -1, 0, 0, 0, 1, 2))
        left = size - offset if end == len(ROOM) else end - offset % end
        left += end * (chance.random() < 0.3)
        return max(0, left + near - self._overhead)

    def _change(self, store: Store) -> None:
        with store.transaction("ada", f"change {self._name}") as tx:
            if self._passing and self._chance.random() < 0.5:
                id = self._passing.pop(self._chance.randrange(len(self._passing)))
                tx.remove("training", id)
            else:
                id = tx.insert("training", {"name": f"{self._name} passing {self._chance.random()}"})["id"]
                self._passing.append(id)
        self._tell(tx.sequence, id)

    def _tell(self, sequence: int, id: str) -> None:
        os.write(self._told, f"{sequence} {id}\n".encode())


def read_on(home: Path, name: str, chance: random.Random) -> None:
    """One process that only reads: nothing it saw may be gone at its next look."""
    seen: dict[str, int] = {}
    looks = sequence = 0
    told = os.open(home.parent / f"looks-{name}", os.O_WRONLY | os.O_CREAT, 0o600)
    while True:
        with opened(home) as store:
            for _ in range(chance.choice((1, 5, 50))):
                store.refresh()
                assert store.sequence >= sequence, f"back from {sequence} to {store.sequence}"
                sequence = store.sequence
                for counter in store.documents("project").values():
                    before = seen.get(counter["name"], 0)
                    assert counter["n"] >= before, f"{counter['name']} went back from {before} to {counter['n']}"
                    seen[counter["name"]] = counter["n"]
                    number = chance.randint(1, counter["n"])
                    assert store.find("training", f"name:{counter['name']}-{number}"), f"{counter} lacks {number}"
                looks += 1
                os.pwrite(told, str(looks).encode(), 0)
                time.sleep(chance.choice((0.0, 0.0, 0.01, 0.2)))


class Round:
    """A home, the processes on it, and what is asked of it when they are gone."""

    def __init__(self, home: Path, chance: random.Random, counts: Counter[str]) -> None:
        self._home = home
        self._chance = chance
        self._counts = counts
        self._begun = 0
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def _start(self, role: str) -> None:
        self._begun += 1
        words = [role, str(self._home), f"{role}{self._begun}", str(self._chance.randrange(1 << 32))]
        process = subprocess.Popen([sys.executable, __file__, "--as", *words], stderr=subprocess.PIPE)
        self._running.append((role, process))

    def drive(self, seconds: float) -> None:
        """Starts, stops and kills them for so long, then kills all that are left."""
        end = time.monotonic() + seconds
        for role in ("writer",) * self._chance.randint(2, 6) + ("reader",) * self._chance.randint(1, 2):
            self._start(role)
        try:
            while time.monotonic() < end:
                time.sleep(self._chance.uniform(0.0, 0.5))
                self._disturb()
        finally:
            for _, process in self._running:
                process.send_signal(signal.SIGKILL)
            faults = [process.communicate()[1].decode() for _, process in self._running]
            self._running.clear()
        assert not any(faults), "\n".join(faults)

    def _disturb(self) -> None:
        place = self._chance.randrange(len(self._running))
        role, process = self._running[place]
        if process.poll() is not None or self._chance.random() < 0.5:
            process.kill()
            fault = process.communicate()[1].decode()
            assert not fault, fault
            self._counts["kills"] += 1
            del self._running[place]
            self._start(role)
            return
        process.send_signal(signal.SIGSTOP)
        time.sleep(self._chance.uniform(0.0, 0.4))
        process.send_signal(signal.SIGCONT)
        self._counts["stops"] += 1

    def look(self) -> None:
        """Reads everything: what was acknowledged is there, in one chain, and documents are what it makes of them."""
        with opened(self._home) as store:
            states: dict[str, dict[str, int | None]] = {"training": {}, "project": {}}
            ids: dict[int, set[str]] = {}
            for record in reversed(list(store.changes())):
                assert record.seq == len(ids) + 1, f"{record.seq} follows {len(ids)}"
                ids[record.seq] = {write.id for write in record.writes}
                for write in record.writes:
                    assert states[write.kind].get(write.id) == _sum(write.before), f"{record.seq}: {write.id}"
                    states[write.kind][write.id] = _sum(write.after)
            assert len(ids) == store.sequence
            for told in self._home.parent.glob("told-*"):
                for line in told.read_text().splitlines():
                    sequence, id = line.split()
                    assert id in ids.get(int(sequence), ()), f"{told.name}: transaction {sequence} lacks {id}"
                    self._counts["acknowledged writes"] += 1
            for kind, documents in states.items():
                live = {id: one for id, one in documents.items() if one is not None}
                assert {id: _sum(one) for id, one in store.documents(kind).items()} == live
                assert store.count(kind) == len(live)
                assert store.ids(kind) == sorted(live)
            assert store.verify() == []
            self._counts["compactions"] += store.manifest.epoch
        self._counts["looks of readers"] += sum(int(one.read_text() or 0) for one in self._home.parent.glob("looks-*"))


def _sum(document: Document | None) -> int | None:
    return None if document is None else hash(json.dumps(document, sort_keys=True))


def stress(folder: Path, seed: int, seconds: float) -> Counter[str]:
    """Rounds with one seed for so long; what was tried. The home of a round that fails is kept."""
    chance, counts = random.Random(seed), Counter[str]()
    end = time.monotonic() + seconds
    while not counts or time.monotonic() < end:
        counts["rounds of stress"] += 1
        place = folder / f"round-{counts['rounds of stress']}"
        place.mkdir(mode=0o700)
        home = place / "home"
        opened(home).close()
        one = Round(home, chance, counts)
        for _ in range(chance.randint(1, 3)):
            one.drive(min(chance.uniform(2.0, 6.0), max(1.0, end - time.monotonic())))
            one.look()
        shutil.rmtree(place)
    return counts


def main() -> None:
    """By hand, or as one of the processes of a round."""
    if sys.argv[1:2] == ["--as"]:
        role, home, name, seed = sys.argv[2:]
        chance = random.Random(int(seed))
        if role == "writer":
            Worker(Path(home), name, chance).run()
        read_on(Path(home), name, chance)
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--seconds", type=float, default=60.0)
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    words.add_argument("--folder", type=Path, default=None, help="where the homes are made, such as /dev/shm/stress")
    given = words.parse_args()
    folder = Path(tempfile.mkdtemp(dir=given.folder))
    print(f"seed {given.seed} in {folder}", flush=True)
    for what, number in sorted(stress(folder, given.seed, given.seconds).items()):
        print(f"{number:>8,} {what}")


if __name__ == "__main__":
    main()
