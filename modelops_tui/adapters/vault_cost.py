"""What a guess at a passphrase costs: the derivation and the bounds of its parameters. It keeps no passphrase."""

from __future__ import annotations

from typing import Any, NamedTuple
from unicodedata import normalize

from modelops_tui.adapters.vault_keys import KEY_BYTES, bytes_of, text_of
from modelops_tui.errors import VaultFailure

SALT_BYTES = 16
SHORTEST_PASSPHRASE = 8
LONGEST_PASSPHRASE = 1024
# The floor is what OWASP asks for; the ceiling keeps a planted record from taking all memory and time.
ARGON2_BOUNDS = {"memory_kib": (19456, 1024 * 1024), "iterations": (2, 20), "lanes": (1, 16)}
SCRYPT_BOUNDS = {"n": (2**17, 2**20), "r": (8, 8), "p": (1, 16)}
BOUNDS = {"argon2id": ARGON2_BOUNDS, "scrypt": SCRYPT_BOUNDS}


class Cost(NamedTuple):
    """A derivation by name with its parameters."""

    name: str
    parameters: dict[str, int]


ARGON2ID = Cost("argon2id", {"memory_kib": 65536, "iterations": 3, "lanes": 4})
SCRYPT = Cost("scrypt", {"n": 2**17, "r": 8, "p": 1})


def best_cost() -> Cost:
    """Argon2id where this machine's cryptography has it, else Scrypt."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
    except ImportError:
        return SCRYPT
    try:
        Argon2id(salt=bytes(SALT_BYTES), length=KEY_BYTES, iterations=2, lanes=1, memory_cost=19456)
    except UnsupportedAlgorithm:
        return SCRYPT
    return ARGON2ID


def written(cost: Cost, salt: bytes) -> dict[str, Any]:
    """A derivation as an identity record keeps it."""
    return {"name": cost.name, **cost.parameters, "salt": text_of(salt)}


def read(value: Any) -> tuple[Cost, bytes]:
    """The derivation and salt of a record, checked before any work is done.

    Raises ValueError for another form, VaultFailure for parameters out of bounds.
    """
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or name not in BOUNDS:
        raise ValueError("no known derivation")
    bounds = BOUNDS[name]
    if value.keys() != {"name", "salt", *bounds}:
        raise ValueError("not the parameters of the derivation")
    for part, (least, most) in bounds.items():
        number = value[part]
        if type(number) is not int:
            raise ValueError("a parameter that is no number")
        if not least <= number <= most:
            raise VaultFailure(
                f"The identity record asks for a passphrase derivation that is refused: {part} must be from "
                f"{least} to {most}.",
                "Bring the record back from a backup, or recover: modelops vault recover",
            )
    if name == "scrypt" and value["n"] & (value["n"] - 1):
        raise ValueError("n is no power of two")
    return Cost(name, {part: value[part] for part in bounds}), bytes_of(value["salt"], SALT_BYTES)


def derived(passphrase: str, cost: Cost, salt: bytes) -> bytes:
    """32 bytes from a passphrase. Raises VaultFailure where this machine cannot do the derivation."""
    secret = passphrase_bytes(passphrase)
    numbers = cost.parameters
    if cost.name == "scrypt":
        from hashlib import scrypt

        n, r, p = numbers["n"], numbers["r"], numbers["p"]
        room = 128 * r * (n + p + 2)
        return scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=room, dklen=KEY_BYTES)
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        return Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=numbers["iterations"],
            lanes=numbers["lanes"],
            memory_cost=numbers["memory_kib"],
        ).derive(secret)
    except (ImportError, UnsupportedAlgorithm):
        raise VaultFailure(
            "The vault was made with Argon2id, which this machine's OpenSSL does not have.",
            "Update the package cryptography to one that has it.",
        ) from None
    except MemoryError:
        raise VaultFailure("There is not enough memory to derive the key from the passphrase.") from None


def passphrase_bytes(passphrase: str) -> bytes:
    """A passphrase as it is derived from: the same whichever way a keyboard composes its signs."""
    try:
        return normalize("NFC", passphrase).encode()
    except UnicodeEncodeError:
        raise VaultFailure("The passphrase holds signs that are not Unicode text.") from None


def demand_good(passphrase: str) -> None:
    """Raises VaultFailure for a new passphrase that is too short or too long."""
    size = len(passphrase_bytes(passphrase))
    if len(passphrase) < SHORTEST_PASSPHRASE or size > LONGEST_PASSPHRASE or not passphrase.strip():
        raise VaultFailure(
            f"A passphrase has at least {SHORTEST_PASSPHRASE} characters and at most {LONGEST_PASSPHRASE} bytes.",
            "Several words that do not belong together are easy to keep in mind.",
        )
