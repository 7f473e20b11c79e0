"""A person at a pseudo-terminal who calls the command line, one call a session."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType


class Terminal:
    """A person at a terminal who types one answer for each question, and sees what the terminal shows."""

    def __init__(self, home: Path, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        """`environment` is what the person has besides a home, a user and a terminal of its own kind."""
        self.shown = ""
        self._environment = {
            "MODELOPS_HOME": str(home),
            "MODELOPS_USER": "keeper",
            "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"],
            "XDG_CONFIG_HOME": str(home.parent / "config"),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            **environment,
        }

    def call(self, *words: str, typed: tuple[str, ...] = (), piped: str = "") -> int:
        """Runs one call in a session of its own with this terminal, and gives its exit code."""
        program = (
            "import sys\nfrom modelops_tui.adapters import vault_cost\n"
            "cost = vault_cost.Cost('argon2id', {'memory_kib': 19456, 'iterations': 2, 'lanes': 1})\n"
            "vault_cost.best_cost = lambda: cost\n"
            "from modelops_tui.__main__ import main\nmain()"
        )
        command = [sys.executable, "-c", program, *words]
        if piped:
            command = ["sh", "-c", 'printf "%s" "$0" | "$@"', piped, *command]
        child, terminal = pty.fork()
        if child == 0:
            os.execve(_program(command[0]), command, self._environment)
        try:
            self.shown = self._talk(terminal, list(typed))
        finally:
            os.close(terminal)
            _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)

    def _talk(self, terminal: int, answers: list[str]) -> str:
        shown, seen, deadline = "", 0, time.monotonic() + 30
        while time.monotonic() < deadline:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            try:
                data = os.read(terminal, 4096)
            except OSError:
                return shown
            if not data:
                return shown
            shown += data.decode(errors="replace")
            if answers and shown.endswith(": ") and len(shown) > seen:
                seen = len(shown)
                os.write(terminal, answers.pop(0).encode() + b"\n")
        raise AssertionError(f"it did not end: {shown!r}")


def _program(name: str) -> str:
    return name if "/" in name else f"/bin/{name}"
