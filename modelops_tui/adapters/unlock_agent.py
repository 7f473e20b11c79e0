"""The agent that keeps unlocked keys in its memory until they were idle too long. It never writes one anywhere."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from modelops_tui.adapters.agent_channel import PROTOCOL, SECONDS, BrokenTalk, peer_is_us, receive, send
from modelops_tui.adapters.process_safety import forbid_looking_in, keep_from_swap, wipe
from modelops_tui.adapters.system_clock import seconds_since_boot

LONGEST_IDLE = 7 * 24 * 3600
FIRST_KEY_SECONDS = 15
LONGEST_NAP = 5.0
KEY_BYTES = 32


class Kept:
    """One key: its bytes, how long it may be idle, and when that is over."""

    __slots__ = ("idle_seconds", "key", "until")

    def __init__(self, key: bytearray, idle_seconds: int, now: float) -> None:
        self.key = key
        self.idle_seconds = idle_seconds
        self.until = now + idle_seconds


class Keys:
    """The keys by user id; what is idle too long is wiped."""

    def __init__(self, now: float) -> None:
        self._kept: dict[str, Kept] = {}
        self._open_until = now + FIRST_KEY_SECONDS

    def expire(self, now: float) -> bool:
        """Wipes what was idle too long; whether there is any reason to go on."""
        for user in [user for user, kept in self._kept.items() if kept.until <= now]:
            self.drop(user)
        return bool(self._kept) or now < self._open_until

    def nap(self, now: float) -> float:
        """Seconds to wait for a call before looking at the clock again."""
        first = min((kept.until for kept in self._kept.values()), default=self._open_until)
        # The timer of a wait stands still while a laptop sleeps; the clock of the keys does not.
        return min(max(first - now, 0.05), LONGEST_NAP)

    def drop(self, user: str) -> bool:
        """Wipes one key; whether there was one."""
        kept = self._kept.pop(user, None)
        if kept is None:
            return False
        wipe(kept.key)
        self._open_until = 0.0
        return True

    def answer(self, message: dict[str, Any], now: float) -> dict[str, Any]:
        """Does what a message asks for."""
        verb, user = message.get("do"), message.get("user")
        if message.get("protocol") != PROTOCOL or not isinstance(user, str) or len(user) > 64:
            return {"error": "not understood"}
        if verb == "keep":
            return self._keep(user, message, now)
        if verb == "lock":
            return {"locked": self.drop(user)}
        kept = self._kept.get(user)
        if kept is None:
            return {"error": "locked"}
        if verb == "status":
            return {"seconds_left": max(0, int(kept.until - now))}
        if verb == "unwrap":
            kept.until = now + kept.idle_seconds
            return _unwrapped(kept.key, user, message)
        return {"error": "not understood"}

    def _keep(self, user: str, message: dict[str, Any], now: float) -> dict[str, Any]:
        idle = message.get("idle_seconds")
        try:
            key = bytearray.fromhex(str(message.get("key")))
        except ValueError:
            key = bytearray()
        if len(key) != KEY_BYTES or type(idle) is not int or not 1 <= idle <= LONGEST_IDLE:
            return {"error": "not understood"}
        keep_from_swap(key)
        self.drop(user)
        self._kept[user] = Kept(key, idle, now)
        return {"seconds_left": idle}


def _unwrapped(key: bytearray, user: str, message: dict[str, Any]) -> dict[str, Any]:
    from modelops_tui.adapters.vault_tokens import BadToken
    from modelops_tui.adapters.vault_wrapping import Binding, unwrap

    chest, epoch = message.get("chest"), message.get("epoch")
    if not isinstance(chest, str) or type(epoch) is not int:
        return {"error": "not understood"}
    try:
        return {"key": unwrap(message.get("wrapped"), Binding(chest, epoch, user), bytes(key)).hex()}
    except BadToken:
        return {"error": "bad token"}


def bind(folder: Path, name: str) -> socket.socket | None:
    """The listening socket, or None when another agent serves already; a stale one is removed."""
    lock = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.fchmod(lock, 0o600)
    try:
        # Held until the last process that has this descriptor ends: nobody else touches the socket until then.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    (folder / name).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(folder / name))
    finally:
        os.umask(before)
    listener.listen(16)
    return listener


def serve(listener: socket.socket) -> None:
    """Answers until no key is left."""
    keys = Keys(seconds_since_boot())
    while keys.expire(seconds_since_boot()):
        listener.settimeout(keys.nap(seconds_since_boot()))
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        with connection, suppress(OSError, BrokenTalk):
            connection.settimeout(SECONDS)
            if peer_is_us(connection):
                message = receive(connection)
                keys.expire(seconds_since_boot())
                send(connection, keys.answer(message, seconds_since_boot()))


def main() -> None:
    """Binds, leaves the caller's process group with the first process ending, and serves."""
    folder, name = Path(sys.argv[1]), sys.argv[2]
    listener = bind(folder, name)
    if listener is None or os.fork():
        # Whoever started this waits for the first process only: now the socket takes calls.
        os._exit(0)
    forbid_looking_in()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    try:
        serve(listener)
    finally:
        with suppress(OSError):
            (folder / name).unlink()


if __name__ == "__main__":
    main()
