"""The recovery text: a random secret as letters that can be printed, read out and typed. It is kept nowhere."""

from __future__ import annotations

from base64 import b32decode, b32encode
from hashlib import sha256
from secrets import token_bytes

from modelops_tui.errors import VaultFailure

SECRET_BYTES = 20
CHECK_BYTES = 5
GROUP = 5
_LETTERS = (SECRET_BYTES + CHECK_BYTES) * 8 // 5
# Digits that base32 does not have, as the letters they were read from.
_MISREAD = str.maketrans({"0": "O", "1": "I", "8": "B", "-": "", " ": "", "\n": "", "\t": "", "\r": ""})


def new_secret() -> bytes:
    """A fresh secret of 160 bits."""
    return token_bytes(SECRET_BYTES)


def text_of_secret(secret: bytes) -> str:
    """The secret with its checksum in base32, eight groups of five."""
    letters = b32encode(secret + _check(secret)).decode()
    return "-".join(letters[place : place + GROUP] for place in range(0, len(letters), GROUP))


def secret_of_text(text: str) -> bytes:
    """The secret that a typed text writes; case, blanks and dashes do not matter.

    Raises VaultFailure for a text that was mistyped, which the checksum tells.
    """
    letters = text.translate(_MISREAD).upper()
    try:
        data = b32decode(letters) if len(letters) == _LETTERS else b""
    except ValueError:
        data = b""
    if not data or _check(data[:SECRET_BYTES]) != data[SECRET_BYTES:]:
        raise VaultFailure(
            f"That is no recovery text: it has {_LETTERS // GROUP} groups of {GROUP} letters and digits, "
            "and they must fit together.",
            "Compare it with the printed one, group by group.",
        )
    return data[:SECRET_BYTES]


def _check(secret: bytes) -> bytes:
    return sha256(b"modelops recovery 1" + secret).digest()[:CHECK_BYTES]
