"""Password verifiers: scrypt with its parameters and salt in one line. No password is ever kept."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from hashlib import scrypt
from secrets import token_bytes

COST, BLOCK, PARALLEL = 2**15, 8, 1
MEMORY = 128 * COST * BLOCK * 2


def verifier_of(password: str) -> str:
    """The verifier of a password: `scrypt$n$r$p$salt$hash`, salt and hash in base64."""
    salt = token_bytes(16)
    digest = scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=PARALLEL, maxmem=MEMORY)
    return f"scrypt${COST}${BLOCK}${PARALLEL}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def fits(password: str, verifier: str) -> bool:
    """Whether a password belongs to a verifier; a verifier in an unknown form fits nothing."""
    try:
        name, cost, block, parallel, salt, digest = verifier.split("$")
        if name != "scrypt" or int(cost) > 2**20 or int(block) > 32 or int(parallel) > 16:
            return False
        made = scrypt(
            password.encode(),
            salt=b64decode(salt),
            n=int(cost),
            r=int(block),
            p=int(parallel),
            maxmem=128 * int(cost) * int(block) * 2,
        )
        return hmac.compare_digest(made, b64decode(digest))
    except ValueError:
        return False
