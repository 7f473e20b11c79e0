"""A script's passphrase: from a file or from a command that the environment names. It asks nobody and shows nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from modelops_tui.errors import VaultFailure

FILE = "MODELOPS_PASSPHRASE_FILE"
COMMAND = "MODELOPS_PASSPHRASE_COMMAND"
COMMAND_SECONDS = 60
MOST_BYTES = 4096


def passphrase_of_script(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """The passphrase and the name of the variable it came by, or None where neither is set.

    Raises VaultFailure, without a word of what was read, for a file or command that gives none.
    """
    for name, source in ((FILE, _from_file), (COMMAND, _from_command)):
        where = environment.get(name, "")
        if where:
            return _first_line(source(where, environment), name), name
    return None


def _from_file(path: str, environment: Mapping[str, str]) -> bytes:  # noqa: ARG001 – both sources are called alike
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            # A pipe has no reader but us; a secret that an engine mounted is not ours to close.
            ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()
            if ours and stat.S_IMODE(found.st_mode) & 0o077:
                raise VaultFailure(
                    f"The passphrase file {path} may be read by other people on this machine.",
                    f"Close it: chmod 600 {path}",
                )
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise VaultFailure(f"The passphrase file {path} cannot be read: {error.strerror}.", f"See {FILE}.") from None


def _from_command(command: str, environment: Mapping[str, str]) -> bytes:
    import shlex
    import subprocess

    try:
        words = shlex.split(command)
        done = subprocess.run(  # noqa: S603 – the person's own words, split without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environment),
            check=False,
            timeout=COMMAND_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise VaultFailure(
            f"The passphrase command gave nothing within {COMMAND_SECONDS} seconds.", f"See {COMMAND}."
        ) from None
    except (OSError, ValueError, IndexError):
        raise VaultFailure("The passphrase command cannot be started.", f"See {COMMAND}.") from None
    if done.returncode:
        raise VaultFailure(f"The passphrase command ended with {done.returncode}.", f"See {COMMAND}.")
    return done.stdout


def _first_line(data: bytes, name: str) -> str:
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    try:
        text = line.decode() if len(line) <= MOST_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise VaultFailure("There is no passphrase in the first line of what was read.", f"See {name}.")
    return text
