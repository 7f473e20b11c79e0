"""Chest keys wrapped for one recipient: X25519, HKDF and Fernet, bound to chest, epoch and user. It keeps no key."""

from __future__ import annotations

from typing import Any, NamedTuple

from modelops_tui.adapters.vault_keys import KEY_BYTES, bytes_of, derive, text_of
from modelops_tui.adapters.vault_tokens import BadToken, box, open_token, seal
from modelops_tui.errors import VaultFailure

_EPHEMERAL_TEXT = 44


class Binding(NamedTuple):
    """What a wrapped key is for: the chest's id, the number of its key, and the recipient's user id."""

    chest: str
    epoch: int
    user: str


def public_key_of(private: bytes) -> bytes:
    """The public part of 32 private bytes."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def public_bytes(text: Any) -> bytes:
    """The public key that `text` writes. Raises VaultFailure for what is none."""
    try:
        return bytes_of(text, KEY_BYTES)
    except ValueError:
        raise VaultFailure("That is no public key of a vault.", "Ask its owner for it again.") from None


def wrap(key: bytes, binding: Binding, public_text: str) -> str:
    """The chest key for the holder of a public key: a fresh public key, a dot, a token.

    Raises VaultFailure for a public key that is none.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    ephemeral = X25519PrivateKey.generate().private_bytes_raw()
    fresh = text_of(public_key_of(ephemeral))
    try:
        under = box(_shared(ephemeral, public_bytes(public_text), binding, fresh, public_text))
    except ValueError:
        raise VaultFailure("That is no public key of a vault.", "Ask its owner for it again.") from None
    return f"{fresh}.{seal(under, {'purpose': 'chest key', **binding._asdict(), 'key': text_of(key)})}"


def unwrap(wrapped: Any, binding: Binding, private: bytes) -> bytes:
    """The chest key. Raises BadToken when it was not wrapped for this holder and purpose."""
    text = wrapped if isinstance(wrapped, str) else ""
    fresh, token = text[:_EPHEMERAL_TEXT], text[_EPHEMERAL_TEXT + 1 :]
    if text[_EPHEMERAL_TEXT : _EPHEMERAL_TEXT + 1] != ".":
        raise BadToken
    try:
        other = bytes_of(fresh, KEY_BYTES)
        own = text_of(public_key_of(private))
        envelope = open_token(box(_shared(private, other, binding, fresh, own)), token)
        key = bytes_of(envelope.pop("key", None), KEY_BYTES)
    except ValueError:
        raise BadToken from None
    if envelope != {"purpose": "chest key", **binding._asdict()}:
        raise BadToken
    return key


def _shared(private: bytes, other: bytes, binding: Binding, fresh: str, recipient: str) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    secret = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(other))
    return derive(secret, "chest key", *binding, fresh, recipient)
