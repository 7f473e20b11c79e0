"""The form every sealed value has, as far as it shows without a key. It opens nothing and knows no secret."""

from __future__ import annotations

import re
from typing import Any

# Names of entries and fields: plain, so that they can stand in a variable, a path and a sentence.
ENTRY_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}\Z")
# The end of a sealed value: its signature has 32 bytes, of which 44 signs hold 31 or more wherever base64 cuts them.
SEAL_SIGNS = 44
SEAL_FORM = re.compile(r"[A-Za-z0-9_-]{42}[A-Za-z0-9_=-]{2}\Z")
SEALED_WORD = "sealed"
"""What stands in the place of a sealed value wherever a document is told."""
NOT_THE_WORD = (
    "is the word that stands for what is sealed, which is never shown; a chest travels by treasure-chest export and "
    "import."
)
MOST_VALUE_BYTES = 64 * 1024
PADDED_TO = 64
# Version, time, initialisation vector and signature of a Fernet token, and the block that ends every padded text.
_FRAME = 1 + 8 + 16 + 32 + 16
# A control sign takes six bytes in JSON; the rest is the envelope around the value.
MOST_PAYLOAD_BYTES = 6 * MOST_VALUE_BYTES + 2048
_MOST_TEXT = (_FRAME + MOST_PAYLOAD_BYTES + 2) // 3 * 4
_LEAST_TEXT = (_FRAME + PADDED_TO + 2) // 3 * 4
_VERSION = 0x80
_FROM_URLSAFE = bytes.maketrans(b"-_", b"+/")
_TO_URLSAFE = bytes.maketrans(b"+/", b"-_")


def sealed_form_problem(value: Any) -> str:
    """What keeps `value` from being a sealed one, as the end of a sentence without any of it; empty when it is one.

    A sealed value is canonical urlsafe base64 of a Fernet token over a text padded to 64 bytes.
    """
    if not isinstance(value, str):
        return "must be a sealed value, made by the vault."
    if value == SEALED_WORD:
        return NOT_THE_WORD
    if not _LEAST_TEXT <= len(value) <= _MOST_TEXT or not value.isascii():
        return "does not have the length of a sealed value."
    from binascii import a2b_base64, b2a_base64

    text = value.encode()
    try:
        data = a2b_base64(text.translate(_FROM_URLSAFE))
    except ValueError:
        return "is not a sealed value, made by the vault."
    # Decoders pass over stray signs and extra padding: only the one way to write it is taken.
    if b2a_base64(data, newline=False).translate(_TO_URLSAFE) != text:
        return "is not written as a sealed value is."
    if data[0] != _VERSION or (len(data) - _FRAME) % PADDED_TO:
        return "is not a sealed value, made by the vault."
    return ""


def sealed_length(payload: int) -> int:
    """The characters of a sealed value over a padded text of `payload` bytes."""
    return (_FRAME + payload + 2) // 3 * 4
