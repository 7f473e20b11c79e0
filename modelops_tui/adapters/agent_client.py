"""Talks to the unlock agent of a home and starts it when it is needed. It gives a key to nobody else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from modelops_tui.adapters.agent_channel import PROTOCOL, SECONDS, BrokenTalk, peer_is_us, receive, send, socket_place
from modelops_tui.adapters.vault_tokens import BadToken
from modelops_tui.adapters.vault_wrapping import Binding
from modelops_tui.errors import VaultFailure
from modelops_tui.ports import VaultLocked

START_SECONDS = 15
# Nothing of the caller's surroundings but what an interpreter needs.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
_PROGRAM = "import sys; sys.path.append(sys.argv.pop(1)); from modelops_tui.adapters.unlock_agent import main; main()"


class AgentClient:
    """The agent of one home, whether it runs or not."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def keep(self, user: str, private: bytes, idle_seconds: int) -> bool:
        """Hands a key to the agent, starting it when there is none; whether it took it."""
        for _ in range(3):
            answer = self._ask("keep", user, key=private.hex(), idle_seconds=idle_seconds)
            if answer is not None:
                return "seconds_left" in answer
            if not self._start():
                return False
        return False

    def seconds_left(self, user: str) -> int | None:
        """How long the user's key stays when nothing happens, or None where none is kept."""
        answer = self._ask("status", user) or {}
        left = answer.get("seconds_left")
        return left if isinstance(left, int) else None

    def lock(self, user: str) -> bool:
        """Has the user's key wiped; whether there was one."""
        answer = self._ask("lock", user) or {}
        return answer.get("locked") is True

    def unwrap(self, user: str, wrapped: str, binding: Binding) -> bytes:
        """The chest key. Raises VaultLocked where the agent went away or forgot, BadToken for a wrong one."""
        answer = self._ask("unwrap", user, wrapped=wrapped, chest=binding.chest, epoch=binding.epoch)
        if answer is None or answer.get("error") == "locked":
            raise VaultLocked("The vault is locked.", "Unlock it: modelops vault unlock")
        try:
            return bytes.fromhex(answer["key"])
        except (KeyError, TypeError, ValueError):
            raise BadToken from None

    def _ask(self, verb: str, user: str, **more: Any) -> dict[str, Any] | None:
        with suppress(OSError, BrokenTalk, VaultFailure):
            folder, name = socket_place(self._home)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(SECONDS)
                connection.connect(str(folder / name))
                if not peer_is_us(connection):
                    return None
                send(connection, {"protocol": PROTOCOL, "do": verb, "user": user, **more})
                return receive(connection)
        return None

    def _start(self) -> bool:
        try:
            folder, name = socket_place(self._home)
        except VaultFailure:
            return False
        package = str(Path(__file__).resolve().parents[2])
        # A fresh interpreter, not a copy of this one: this memory has seen the passphrase.
        command = [sys.executable, "-P", "-c", _PROGRAM, package, str(folder), name]
        try:
            done = subprocess.run(  # noqa: S603 – the interpreter that runs already, with arguments of our own
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_surroundings(),
                cwd="/",
                start_new_session=True,
                check=False,
                timeout=START_SECONDS,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


def _surroundings() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    search = os.environ.get("PYTHONPATH", "")
    if search:
        passed["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in search.split(os.pathsep))
    return passed
