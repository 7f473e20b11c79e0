"""`python -m tests.benchmarks --faces`: one-shot commands against a bare Typer program, the app against bare Textual.

Whole processes are measured, and the app in a pseudo-terminal of its own, as a person meets them. What counts is the
CPU of the process: what else the machine does falls on none of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.benchmarks.drawing import told
from tests.benchmarks.turns import ROOT, environment, process_seconds

Result = dict[str, Any]
PROGRAM = str(Path(sys.executable).with_name("modelops"))
TYPER = """
import typer
app = typer.Typer()
@app.command()
def show(key: str):
    print(key)
app()
"""
# What the app shows at first, and no more: a header, a tree of the kinds, a table, a foot.
TEXTUAL = """
from textual.app import App
from textual.containers import Horizontal
from textual.widgets import DataTable, Footer, Header, Tree
class Bare(App):
    BINDINGS = [("q", "quit", "Quit")]
    def compose(self):
        yield Header()
        tree = Tree("kinds")
        tree.root.expand()
        for area in range(6):
            branch = tree.root.add(f"area {area}", expand=True)
            for kind in range(6):
                branch.add_leaf(f"kind {kind}")
        table = DataTable()
        table.add_columns("name", "one", "two", "three", "four")
        for row in range(30):
            table.add_row(f"shown-{row}", "a", "b", "c", "d")
        with Horizontal():
            yield tree
            yield table
        yield Footer()
Bare().run()
"""
SHOWN = {"modelops": b"LIFECYCLE", "bare Textual": b"shown-0"}
DOWN, PAGE_DOWN, ESCAPE = b"\x1b[B", b"\x1b[6~", b"\x1b"
_QUIET, _FILTERED = 0.08, 0.5
_LONGEST = 30.0
# CPU seconds in a while in which a program that rests still looks around.
_IDLE = 0.02


class Screen:
    """A program in a pseudo-terminal of 120 columns and 40 lines."""

    def __init__(self, words: list[str]) -> None:
        self.child, self._terminal = pty.fork()
        if self.child == 0:
            os.chdir(ROOT)
            os.execve(words[0], words, {**environment(), "TERM": "xterm-256color", "COLORTERM": "truecolor"})
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        # The number that Linux gives to the CPU clock of another process.
        self._clock = (~self.child << 3) | 2

    def until(self, sign: bytes) -> float:
        """CPU seconds of the program when it first shows `sign`. Raises TimeoutError."""
        shown, end = b"", time.monotonic() + _LONGEST
        while time.monotonic() < end:
            shown += self._read(0.01)
            if sign in shown:
                return self.seconds()
        raise TimeoutError(sign)

    def seconds(self) -> float:
        """CPU seconds of the program so far."""
        return time.clock_gettime(self._clock)

    def key(self, typed: bytes, quiet: float = _QUIET) -> tuple[float, int, float]:
        """CPU seconds, bytes shown and seconds to the first of them, for a key, until nothing came for `quiet`."""
        before, begun, first, count = self.seconds(), time.monotonic(), 0.0, 0
        os.write(self._terminal, typed)
        last = begun
        while time.monotonic() - last < quiet:
            found = len(self._read(quiet))
            if found:
                last = time.monotonic()
                first = first or last - begun
                count += found
        return self.seconds() - before, count, first

    def held_down(self, typed: bytes, times: int) -> dict[str, float]:
        """CPU seconds and bytes shown for each repetition of a key, 30 a second as keyboards do."""
        before, count = self.seconds(), 0
        for _ in range(times):
            os.write(self._terminal, typed)
            end = time.monotonic() + 1 / 30
            while (left := end - time.monotonic()) > 0:
                count += len(self._read(left))
        return {"seconds": (self.seconds() - before) / times, "bytes": count / times}

    def rest(self) -> None:
        """Waits until the program does nothing any more, on the screen or beside it."""
        end, before = time.monotonic() + _LONGEST, self.seconds()
        while time.monotonic() < end:
            self.key(b"", 0.6)
            if self.seconds() - before < _IDLE:
                return
            before = self.seconds()

    def memory(self) -> int:
        """Bytes that the program holds in memory."""
        return int(Path(f"/proc/{self.child}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def close(self) -> None:
        """Ends the program."""
        with suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self._terminal)

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._terminal], [], [], seconds)[0]:
            return b""
        with suppress(OSError):
            return os.read(self._terminal, 1 << 16)
        return b""


def one_shots(home: Path) -> dict[str, float]:
    """CPU seconds of whole calls, of a program with one Typer command, and of a Python that does nothing."""
    call = [PROGRAM, "--home", str(home), "--as", "ada"]
    listed = subprocess.run([*call, "training", "list", "-o", "name"], check=True, capture_output=True, text=True)
    key = listed.stdout.split()[0]
    line = f"modelops --home {home} --as ada training show {key[:4]}"
    completing = ["env", "_MODELOPS_COMPLETE=complete_bash", f"COMP_WORDS={line}", "COMP_CWORD=7", PROGRAM]
    return process_seconds(
        {
            "bare Python": [sys.executable, "-c", "pass"],
            "bare Typer": [sys.executable, "-c", TYPER, key],
            "show KEY": [*call, "training", "show", key],
            "list": [*call, "training", "list", "--limit", "50"],
            "--help": [PROGRAM, "--help"],
            "completion of a key": completing,
        }
    )


def first_frames(home: Path, rounds: int) -> dict[str, float]:
    """The median CPU seconds to the first frame, in turns."""
    words = {
        "modelops": [PROGRAM, "--home", str(home), "--as", "ada"],
        "bare Textual": [sys.executable, "-c", TEXTUAL],
    }
    found: dict[str, list[float]] = {name: [] for name in words}
    for turn in range(rounds + 1):
        for name, call in words.items():
            screen = Screen(call)
            try:
                seconds = screen.until(SHOWN[name])
            finally:
                screen.close()
            if turn:
                found[name].append(seconds)
    return {name: statistics.median(times) for name, times in found.items()}


def keys(home: Path, rounds: int) -> Result:
    """What keys cost in the table of the kind that has most documents, and what the app holds in memory then."""
    screen = Screen([PROGRAM, "--home", str(home), "--as", "ada"])
    try:
        screen.until(SHOWN["modelops"])
        screen.rest()
        before, begun = screen.memory(), screen.seconds()
        screen.key(b":", 0.3)
        screen.key(b"training", 0.5)
        waited = screen.key(b"\r", 1.0)[2]
        screen.rest()
        opened = screen.seconds() - begun
        moved = [screen.key(DOWN) for _ in range(rounds)]
        # Few enough that even the smallest list does not end meanwhile.
        paged = [screen.key(PAGE_DOWN) for _ in range(min(rounds, 6))]
        scrolled = [screen.key(DOWN) for _ in range(rounds)]
        held = screen.held_down(DOWN, 30)
        screen.key(b"/", 0.3)
        screen.rest()
        filtered = [screen.key(sign.encode(), _FILTERED) for sign in "churn"]
        return {
            "opening": {"seconds": opened, "wait": waited},
            "moving": _summary(moved),
            "paging": _summary(paged),
            "scrolling": _summary(scrolled),
            "held down": held,
            "filtering": _summary(filtered),
            "memory": screen.memory(),
            "memory before": before,
        }
    finally:
        screen.close()


def _summary(found: list[tuple[float, int, float]]) -> dict[str, float]:
    seconds, sent, waits = zip(*found, strict=True)
    return {
        "seconds": statistics.median(seconds),
        "worst": max(seconds),
        "bytes": statistics.mean(sent),
        "most bytes": max(sent),
        "wait": statistics.median(waits),
    }


def measured(folder: Path, size: int, quick: bool) -> Result:
    """Every figure at one size."""
    home = folder / f"home-{size}"
    making = [PROGRAM, "demo", "--size", str(size), "--keep", str(home)]
    subprocess.run(making, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {
        "one-shot": one_shots(home),
        "first frame": first_frames(home, 2 if quick else 9),
        "keys": keys(home, 5 if quick else 20),
    }


def table(size: int, result: Result) -> str:
    """One size as text."""
    shots, frame, typed = result["one-shot"], result["first frame"], result["keys"]
    lines = [f"\nfaces, {size:,} documents (CPU of the process)"]
    for name in ("show KEY", "list", "--help", "completion of a key"):
        ratio = shots[name] / shots["bare Typer"]
        lines.append(
            f"  {name:<22} {told(shots[name]):>9}   bare Typer {told(shots['bare Typer'])}: {ratio:.2f}×; bar 1.4×"
        )
    ratio = frame["modelops"] / frame["bare Textual"]
    bare = told(frame["bare Textual"])
    lines += [
        f"  {'first frame':<22} {told(frame['modelops']):>9}   bare Textual {bare}: {ratio:.2f}×; bar 1.5×",
        f"  {'opening the largest':<22} {told(typed['opening']['seconds']):>9}   with what is read beside the screen;"
        f" first byte after {told(typed['opening']['wait'])}",
        f"  {'a key held down':<22} {told(typed['held down']['seconds']):>9}   {typed['held down']['bytes']:.0f} B;"
        " bar 10 ms, 2,048 B",
    ]
    for name, bar in (("moving", "10 ms"), ("scrolling", "10 ms"), ("paging", "60 ms"), ("filtering", "60 ms")):
        one = typed[name]
        lines.append(
            f"  {name + ', a key':<22} {told(one['seconds']):>9}   worst {told(one['worst'])}, first byte after"
            f" {told(one['wait'])}; {one['bytes']:.0f} B, at most {one['most bytes']:,}; bar {bar}"
        )
    lines.append(
        f"  memory {typed['memory'] / 1e6:.0f} MB, before a kind was opened {typed['memory before'] / 1e6:.0f} MB"
    )
    return "\n".join(lines)


def run(sizes: str, quick: bool, folder: Path | None, file: Path | None) -> None:
    """Measures at each of the sizes, prints the tables, and writes the figures as JSON where a file is named."""
    results: Result = {"machine": f"{platform.machine()}, Python {platform.python_version()}", "sizes": {}}
    for size in map(int, sizes.split(",")):
        with tempfile.TemporaryDirectory(prefix="faces-benchmark-", dir=folder) as place:
            results["sizes"][size] = measured(Path(place), size, quick)
        print(table(size, results["sizes"][size]), flush=True)
    if file is not None:
        file.write_text(json.dumps(results, indent=2) + "\n")
