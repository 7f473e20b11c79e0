"""How the unlock agent is reached: a private socket, short messages, and who is at the other end. It keeps nothing."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from modelops_tui.errors import VaultFailure

PROTOCOL = 1
MOST_BYTES = 64 * 1024
SECONDS = 5.0
LONGEST_PATH = 100
_LENGTH = struct.Struct(">I")
_CREDENTIALS = struct.Struct("3i")
_XUCRED = struct.Struct("2I")


class BrokenTalk(Exception):
    """A message that is none, or somebody who went away in the middle."""


def socket_place(home: Path) -> tuple[Path, str]:
    """The private folder and the file name of a home's socket; the folder is made.

    Raises VaultFailure when the folder is not ours alone.
    """
    name = sha256(os.fsencode(home.resolve())).hexdigest()[:16] + ".sock"
    folder = _folder(home, name)
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            folder.chmod(0o700)
        found = folder.lstat()
    except OSError as error:
        raise VaultFailure(f"No place for the unlock agent in {folder}: {error.strerror}.") from None
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    if not ours:
        raise VaultFailure(
            f"{folder} is not a folder that only you can enter, so no key is kept there.",
            f"Remove it, or close it: chmod 700 {folder}",
        )
    return folder, name


def _folder(home: Path, name: str) -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    private = bool(runtime) and Path(runtime).is_dir()
    folder = Path(runtime) / "modelops" if private else home.resolve() / "run"
    # A socket's path has room for about a hundred bytes.
    if len(os.fsencode(folder / name)) > LONGEST_PATH:
        return Path(tempfile.gettempdir()) / f"modelops-{os.geteuid()}"
    return folder


def peer_is_us(connection: socket.socket) -> bool:
    """Whether the other end belongs to this account; a system that cannot tell counts as no."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            uid = _CREDENTIALS.unpack(data)[1]
        elif sys.platform == "darwin":
            data = connection.getsockopt(0, 1, 76)
            uid = _XUCRED.unpack(data[: _XUCRED.size])[1]
        else:
            return False
    except (OSError, struct.error):
        return False
    return bool(uid == os.geteuid())


def send(connection: socket.socket, message: dict[str, Any]) -> None:
    """Sends one message. Raises OSError, BrokenTalk for one that is too large."""
    data = orjson.dumps(message)
    if len(data) > MOST_BYTES:
        raise BrokenTalk
    connection.sendall(_LENGTH.pack(len(data)) + data)


def receive(connection: socket.socket) -> dict[str, Any]:
    """Waits for one message. Raises OSError, BrokenTalk for anything but a JSON object of a fair size."""
    (size,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    if size > MOST_BYTES:
        raise BrokenTalk
    try:
        message = orjson.loads(_exactly(connection, size))
    except ValueError:
        raise BrokenTalk from None
    if not isinstance(message, dict):
        raise BrokenTalk
    return message


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise BrokenTalk
        data += part
    return data
