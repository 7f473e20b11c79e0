"""Fernet tokens over padded envelopes, read strictly. It knows no purpose: who seals says what belongs inside."""

from __future__ import annotations

from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken

from modelops_tui.adapters.vault_keys import canonical, text_of
from modelops_tui.entities.sealed_form import PADDED_TO, SEAL_SIGNS, sealed_form_problem, sealed_length


class BadToken(Exception):
    """A token that is not what was sealed under this key; it carries nothing of it."""


def box(key: bytes) -> Fernet:
    """What seals and opens under 32 bytes of key."""
    return Fernet(text_of(key))


def seal(under: Fernet, envelope: dict[str, Any]) -> str:
    """A token over the canonical JSON of an envelope, blanks added up to a multiple of 64 bytes."""
    payload = canonical(envelope)
    return under.encrypt(payload + b" " * (-len(payload) % PADDED_TO)).decode()


def open_token(under: Fernet, token: Any) -> dict[str, Any]:
    """The envelope in a token. Raises BadToken for anything that `seal` did not make under this key."""
    if sealed_form_problem(token):
        raise BadToken
    return open_vouched(under, token)


def seal_of(token: str) -> str:
    """The end of a token, which holds its signature and so stands for all of it under its key."""
    return token[-SEAL_SIGNS:]


def open_vouched(under: Fernet, token: str) -> dict[str, Any]:
    """The envelope in a token whose end (`seal_of`) somebody vouched for.

    The length tells stray signs and padding before that end; the other two signs of base64, which a decoder takes
    too, are looked for. Raises BadToken as `open_token` does.
    """
    if "+" in token or "/" in token:
        raise BadToken
    try:
        payload = under.decrypt(token)
        envelope = orjson.loads(payload)
    except (InvalidToken, ValueError, TypeError):
        raise BadToken from None
    size = len(payload)
    if not isinstance(envelope, dict) or size % PADDED_TO or len(token) != sealed_length(size):
        raise BadToken
    return envelope
