"""The program in a real terminal: typed at, looked at, killed, and checked from another process."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
    pytest.mark.xdist_group("terminal"),
]
PATIENCE = 20.0


class Terminal:
    """A program in a terminal of its own: keys in, the screen as text out."""

    def __init__(self, home: Path, name: str) -> None:
        self.home = home
        self.name = name

    def tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self.name, *words], capture_output=True, text=True, check=False)
        return done.stdout

    def start(self, columns: int = 120, lines: int = 36) -> None:
        command = f"{sys.executable} -m modelops_tui --home {self.home}; echo ended with $?; sleep 600"
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = {**kept, "MODELOPS_USER": "ada"}
        subprocess.run(
            ["tmux", "-L", self.name, "new-session", "-d", "-x", str(columns), "-y", str(lines), command],
            env=environment,
            check=True,
        )

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def until(self, text: str, patience: float = PATIENCE) -> str:
        end = time.monotonic() + patience
        while text not in (screen := self.screen()):
            assert time.monotonic() < end, f"{text!r} did not appear:\n{screen}"
            time.sleep(0.05)
        return screen

    def until_gone(self, text: str) -> None:
        end = time.monotonic() + PATIENCE
        while text in (screen := self.screen()):
            assert time.monotonic() < end, f"{text!r} stayed:\n{screen}"
            time.sleep(0.05)

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "modelops_tui", "--home", str(self.home), "--as", "ada", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def kill(self) -> None:
        pane = self.tmux("list-panes", "-F", "#{pane_pid}").split()[0]
        children = subprocess.run(["pgrep", "-P", pane], capture_output=True, text=True, check=False).stdout.split()
        for child in children:
            os.kill(int(child), 9)

    def end(self) -> None:
        self.tmux("kill-server")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    from modelops_tui import open_home

    open_home(tmp_path / "home", "ada").close()
    terminal = Terminal(tmp_path / "home", f"modelops-{os.getpid()}-{tmp_path.name[-8:]}")
    yield terminal
    terminal.end()


def go_to(terminal: Terminal, kind: str) -> None:
    terminal.keys(":")
    time.sleep(0.3)
    terminal.type(kind)
    time.sleep(0.3)
    terminal.keys("Enter")
    terminal.until(f"{kind} ▸")


def test_what_is_typed_on_the_screen_is_there_for_the_command_line_and_the_other_way_round(terminal: Terminal) -> None:
    terminal.start()
    terminal.until("LIFECYCLE")
    go_to(terminal, "model")
    terminal.keys("n")
    terminal.until("name")
    terminal.type("made-on-screen")
    terminal.keys("C-s")
    terminal.until("model ▸ 1")
    assert terminal.command("model", "list", "-o", "name").split() == ["made-on-screen"]
    terminal.command("model", "new", "made-by-command")
    terminal.until("made-by-command")
    terminal.keys("q")
    terminal.until("ended with 0")


def test_ten_writers_beside_an_open_screen_lose_nothing(terminal: Terminal) -> None:
    terminal.start()
    terminal.until("LIFECYCLE")
    go_to(terminal, "model")
    program = (
        "import sys; from pathlib import Path; from modelops_tui import open_home\n"
        "from modelops_tui.services import records; from modelops_tui.entities.registry import kind_named\n"
        "home = open_home(Path(sys.argv[1]), 'ada')\n"
        "for number in range(20): records.create(home, kind_named('model'), {}, f'w{sys.argv[2]}-{number}')\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(terminal.home), str(number)]) for number in range(10)
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0] * 10
    terminal.until("model ▸ 200")
    found = json.loads(terminal.command("model", "list", "-o", "json", "--all", "--limit", "1000"))
    assert len({item["id"] for item in found}) == len({item["name"] for item in found}) == 200


def test_a_killed_program_opens_again_on_a_whole_registry(terminal: Terminal) -> None:
    terminal.start()
    terminal.until("LIFECYCLE")
    terminal.command("model", "new", "before")
    terminal.kill()
    terminal.until("ended with")
    assert terminal.command("model", "list", "-o", "name").split() == ["before"]
    terminal.command("model", "new", "after")
    assert sorted(terminal.command("model", "list", "-o", "name").split()) == ["after", "before"]


class Bare:
    """A sample on a terminal that is no shell's: whoever closes it sends no signal."""

    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment = {**kept, "TMPDIR": str(folder), "TERM": "xterm-256color"}
        self.ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
        command = [sys.executable, "-m", "modelops_tui", "demo"]
        self.program = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.told = b""
        self.read_until(lambda: b"LIFECYCLE" in self.told)
        assert b"LIFECYCLE" in self.told and list(folder.iterdir())

    def read_until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds() and time.monotonic() < end:
            if select.select([self.ours], [], [], 0.1)[0]:
                with suppress(OSError):
                    self.told += os.read(self.ours, 65536)

    def read_the_rest(self) -> None:
        # Linux tells of a terminal that nobody has open any more by an error.
        with suppress(OSError):
            while select.select([self.ours], [], [], 0)[0] and (more := os.read(self.ours, 65536)):
                self.told += more


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Bare]:
    bare = Bare(tmp_path)
    yield bare
    bare.program.kill()
    with suppress(OSError):
        os.close(bare.ours)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_who_asks_the_program_to_end_gets_the_terminal_back_and_the_sample_is_cleared(
    bare: Bare, tmp_path: Path, number: signal.Signals
) -> None:
    bare.program.send_signal(number)
    bare.read_until(lambda: bare.program.poll() is not None)
    bare.read_the_rest()
    assert bare.program.wait(1) == -number
    left = bare.told.rindex(b"\x1b[?1049l")
    shown = bare.told[bare.told.rindex(b"\x1b[?25l") :]
    assert b"\x1b[?25h" in shown and b"\x1b[?1049h" not in bare.told[left:]
    assert b"Traceback" not in bare.told and list(tmp_path.iterdir()) == []


def test_a_terminal_that_goes_without_a_word_takes_the_program_along(bare: Bare, tmp_path: Path) -> None:
    os.close(bare.ours)
    assert bare.program.wait(PATIENCE) == -signal.SIGHUP
    assert list(tmp_path.iterdir()) == []
