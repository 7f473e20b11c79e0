"""Threat: a secret in the bytes that a terminal gets, or beside them in files and processes. Promise: where asked for.

The full screen in a real terminal: unlocked, filled, revealed, copied and photographed by keys alone, with every byte
kept that was sent to the terminal.
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelops_tui import open_home
from modelops_tui.services.loading import load
from modelops_tui.services.sample import sample_documents
from tests.vault.conftest import Person, Surroundings
from tests.vault.process_table import ProcessTable
from tests.vault.searching import Canaries

pytestmark = [
    pytest.mark.slow,
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
    pytest.mark.xdist_group("terminal"),
]
PATIENCE = 20.0


class Screen:
    """The program in a terminal of tmux, whose bytes all go into a file."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.told, self.sent = folder / "told", folder / "sent"
        self.runtime = runtime
        self.name = f"modelops-tour-{os.getpid()}"
        for place in ("person/Downloads", "tmp"):
            (self.told / place).mkdir(parents=True)
        folders = {f"XDG_{name}_HOME": str(self.told / name.lower()) for name in ("CONFIG", "CACHE", "DATA", "STATE")}
        self.environment = {
            **folders, "HOME": str(self.told / "person"), "TMPDIR": str(self.told / "tmp"), "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(runtime), "MODELOPS_HOME": str(self.told / "home"), "MODELOPS_USER": "me",
            "PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "TEXTUAL_LOG": str(self.told / "log"),
            "TEXTUAL_DEBUG": "1",
        }  # fmt: skip

    def tmux(self, *words: str, text: str = "") -> str:
        done = subprocess.run(
            ["tmux", "-L", self.name, *words],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
        )
        return done.stdout

    def start(self) -> None:
        command = f"read nothing; {sys.executable} -m modelops_tui; echo ended with $?; sleep 600"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "36", command)
        self.tmux("pipe-pane", "-O", f"cat >>'{self.sent}'")
        self.keys("Enter")
        self.until("LIFECYCLE")

    def keys(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Types a text, which stands in the arguments of no process on its way."""
        self.tmux("load-buffer", "-", text=text)
        self.tmux("paste-buffer", "-d")

    def text(self) -> str:
        return self.tmux("capture-pane", "-p")

    def until(self, text: str, *, gone: bool = False) -> None:
        end = time.monotonic() + PATIENCE
        while (text in (screen := self.text())) is gone:
            assert time.monotonic() < end, f"{text!r} {'stayed' if gone else 'did not appear'}:\n{screen}"
            time.sleep(0.05)

    def bytes(self) -> bytes:
        """Everything sent so far."""
        time.sleep(0.3)
        return self.sent.read_bytes()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    runtime = Path(tempfile.mkdtemp(prefix="mo-"))
    screen = Screen(tmp_path, runtime)
    yield screen
    screen.tmux("kill-server")
    lock = [sys.executable, "-m", "modelops_tui", "vault", "lock"]
    subprocess.run(lock, env=screen.environment, check=True, capture_output=True)
    shutil.rmtree(runtime)


def test_a_terminal_gets_a_secret_only_while_it_is_asked_for(screen: Screen) -> None:
    canaries = Canaries()
    secret, passphrase = canaries.fresh("secret"), canaries.fresh("passphrase")
    home = open_home(screen.told / "home", "me")
    load(home, list(sample_documents()))
    person = Person(home, Surroundings(home.folder, {})).with_vault(passphrase)
    person.chest("box", first={"value": canaries.fresh("first")})
    home.close()
    with ProcessTable(canaries) as table:
        screen.start()
        unlock_and_put(screen, passphrase, secret)
        visit(screen)
        assert not canaries.in_bytes(screen.bytes())
        reveal_and_hide(screen, canaries, secret)
        copy_and_leave(screen, canaries, secret)
    assert table.found == [] and any(b"unlock_agent" in program for program in table.programs)
    pictures = list(screen.told.rglob("*.svg"))
    assert len(pictures) == 1 and b"new" in pictures[0].read_bytes()
    assert canaries.in_files(screen.told, screen.runtime) == []
    # A log of Textual's would have every key that was typed, each on a line of its own.
    assert not (screen.told / "log").exists()


def unlock_and_put(screen: Screen, passphrase: str, secret: str) -> None:
    """A passphrase and a secret by keys, into the chest that is there."""
    screen.keys("V")
    screen.until("assphrase")
    screen.type(passphrase)
    screen.keys("Enter")
    screen.until("● unlocked")
    screen.until("first")
    screen.keys("n")
    screen.until("Put into box")
    screen.type("new.password")
    screen.keys("Enter")
    screen.type(secret)
    screen.keys("Enter")
    screen.until("Put new.password")


def visit(screen: Screen) -> None:
    """Other screens, with the vault open and the secret in its chest."""
    screen.keys("?")
    screen.until("Help")
    screen.keys("Escape")
    screen.until("Help", gone=True)
    screen.keys("Escape")
    screen.until("LIFECYCLE")
    for kind in ("treasure-chest", "training"):
        screen.keys(":")
        screen.until("goes there")
        screen.type(kind)
        time.sleep(0.3)
        screen.keys("Enter")
        screen.until(f"{kind} ▸")
        for _ in range(5):
            screen.keys("]")
            time.sleep(0.2)
    screen.keys("V")
    screen.until("● unlocked")
    screen.until("new")


def reveal_and_hide(screen: Screen, canaries: Canaries, secret: str) -> None:
    """The secret on the screen, with a picture taken of it, which hides it."""
    screen.keys("Enter")
    screen.until("show or hide")
    screen.keys("Down", "r")
    screen.until(secret)
    shown = screen.bytes()
    assert secret.encode() in shown
    screen.keys("C-p")
    screen.until("Search for commands")
    screen.type("screenshot")
    screen.until("Save an SVG")
    screen.keys("Enter")
    screen.until("Saved screenshot")
    screen.until(secret, gone=True)
    before = len(screen.bytes())
    screen.keys("Up", "Down", "H")
    screen.until("reveal")
    screen.keys("Escape")
    time.sleep(0.3)
    assert not canaries.in_bytes(screen.bytes()[before:])


def copy_and_leave(screen: Screen, canaries: Canaries, secret: str) -> None:
    """The secret to the terminal's clipboard, once, and away again when the app is left."""
    before = len(screen.bytes())
    screen.keys("y")
    screen.until("clipboard")
    handed = f"\x1b]52;c;{base64.b64encode(secret.encode()).decode()}\a".encode()
    sent = screen.bytes()[before:]
    assert sent.count(handed) == 1 and not canaries.in_bytes(sent.replace(handed, b""))
    before = len(screen.bytes())
    screen.keys("q")
    screen.until("ended with 0")
    sent = screen.bytes()[before:]
    assert b"\x1b]52;c;\a" in sent and not canaries.in_bytes(sent)
