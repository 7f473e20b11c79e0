"""How keys and fingerprints are made and written: one derivation, one canonical text. It keeps no key."""

from __future__ import annotations

from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

import orjson

KEY_BYTES = 32
FORMAT = "modelops vault 1"


def canonical(value: Any) -> bytes:
    """The one way a JSON value is written wherever it is signed: sorted names, no blanks, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def derive(secret: bytes, *context: str | int) -> bytes:
    """32 bytes for one purpose only: HKDF-SHA-256 without salt, its info the canonical list of format and context."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = canonical([FORMAT, *context])
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret)


def text_of(data: bytes) -> str:
    """Bytes as urlsafe base64 with its padding."""
    return urlsafe_b64encode(data).decode()


def bytes_of(text: Any, size: int) -> bytes:
    """The `size` bytes that `text` writes in canonical urlsafe base64. Raises ValueError for anything else."""
    if not isinstance(text, str) or len(text) != (size + 2) // 3 * 4:
        raise ValueError("not the length of such a text")
    data = urlsafe_b64decode(text)
    if len(data) != size or text_of(data) != text:
        raise ValueError("not canonical base64")
    return data


def fingerprint_of(public_key: bytes) -> str:
    """What two people compare to know a public key: 160 bits of its SHA-256 in eight groups of four letters."""
    letters = b32encode(sha256(public_key).digest()[:20]).decode()
    return "-".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def digest_text(data: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return sha256(data).hexdigest()
