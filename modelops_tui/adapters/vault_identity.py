"""An identity record: a private key wrapped under a passphrase, and again under a recovery secret. It does no I/O."""

from __future__ import annotations

from secrets import token_bytes
from typing import Any, NamedTuple

import orjson

from modelops_tui.adapters import vault_cost, vault_recovery
from modelops_tui.adapters.vault_cost import Cost
from modelops_tui.adapters.vault_keys import (
    KEY_BYTES,
    bytes_of,
    canonical,
    derive,
    digest_text,
    fingerprint_of,
    text_of,
)
from modelops_tui.adapters.vault_tokens import BadToken, box, open_token, seal
from modelops_tui.adapters.vault_wrapping import public_key_of
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.errors import VaultFailure
from modelops_tui.ports import Identity

FORMAT = {"format": "modelops identity", "version": 1}
_FIELDS = frozenset((*FORMAT, "user", "kdf", "public_key", "fingerprint", "private_key", "recovery"))


class Record(NamedTuple):
    """An identity record that has the right form; whether it is genuine shows when its private key is opened."""

    user: str
    cost: Cost
    salt: bytes
    public_key: str
    fingerprint: str
    private_key: str
    recovery: str

    @property
    def identity(self) -> Identity:
        """The public part."""
        return Identity(self.public_key, self.fingerprint)


def new_record(user: str, passphrase: str, cost: Cost) -> tuple[Record, bytes, str]:
    """A fresh identity: its record, its private key, and its recovery text. Raises VaultFailure for the passphrase."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.generate().private_bytes_raw()
    record, text = wrapped_anew(user, private, passphrase, cost)
    return record, private, text


def wrapped_anew(user: str, private: bytes, passphrase: str, cost: Cost) -> tuple[Record, str]:
    """The record of a private key under a passphrase and a fresh recovery text."""
    public = public_key_of(private)
    fingerprint = fingerprint_of(public)
    secret = vault_recovery.new_secret()
    envelope = {"purpose": "recovery", "user": user, "fingerprint": fingerprint, "key": text_of(private)}
    recovery = seal(box(derive(secret, "recovery", user, fingerprint)), envelope)
    record = Record(user, cost, b"", text_of(public), fingerprint, "", recovery)
    return under_passphrase(record, private, passphrase, cost), vault_recovery.text_of_secret(secret)


def under_passphrase(record: Record, private: bytes, passphrase: str, cost: Cost) -> Record:
    """The record with its private key wrapped under another passphrase, all else vouched for by the new wrapping."""
    vault_cost.demand_good(passphrase)
    fresh = record._replace(cost=cost, salt=token_bytes(vault_cost.SALT_BYTES), private_key="")
    envelope = {**_bound(fresh), "key": text_of(private)}
    key = vault_cost.derived(passphrase, cost, fresh.salt)
    return fresh._replace(private_key=seal(box(derive(key, "identity", record.user, record.fingerprint)), envelope))


def open_by_passphrase(record: Record, passphrase: str) -> bytes:
    """The private key. Raises VaultFailure; before it opens, damage cannot be told from a wrong passphrase."""
    return opened(record, vault_cost.derived(passphrase, record.cost, record.salt))


def opened(record: Record, key: bytes) -> bytes:
    """The private key by the key that was derived from the passphrase."""
    under = box(derive(key, "identity", record.user, record.fingerprint))
    try:
        envelope = open_token(under, record.private_key)
    except BadToken:
        raise VaultFailure(
            "That is not the passphrase of this vault, or its identity record was damaged.",
            "Try again; where the passphrase is lost, the recovery text helps: modelops vault recover",
        ) from None
    return _private_key(record, envelope, _bound(record))


def open_by_recovery(record: Record, recovery_text: str) -> bytes:
    """The private key by the recovery text. Raises VaultFailure."""
    secret = vault_recovery.secret_of_text(recovery_text)
    try:
        envelope = open_token(box(derive(secret, "recovery", record.user, record.fingerprint)), record.recovery)
    except BadToken:
        raise VaultFailure(
            "That is not the recovery text of this vault, or its identity record was damaged.",
            "Only the latest recovery text is worth something; it was printed by init, recover or renew-recovery.",
        ) from None
    return _private_key(
        record, envelope, {"purpose": "recovery", "user": record.user, "fingerprint": record.fingerprint}
    )


def written(record: Record) -> bytes:
    """The record as its file holds it."""
    return orjson.dumps(
        {**_rest(record), "private_key": record.private_key},
        option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def read(data: bytes, user: str) -> Record:
    """The record in a file. Raises VaultFailure for anything that `written` did not write for this user."""
    try:
        return _read(data, user)
    except ValueError:
        raise damaged() from None


def damaged() -> VaultFailure:
    """The failure for a record that is not what was written."""
    return VaultFailure(
        "The identity record of this vault was damaged: it is not what was written.",
        "Bring the folder 'vault' of the registry back from a backup.",
    )


def _read(data: bytes, user: str) -> Record:
    value = orjson.loads(data)
    if not isinstance(value, dict) or value.keys() != _FIELDS or value["user"] != user:
        raise ValueError("not the fields of a record")
    if any(value[name] != wanted for name, wanted in FORMAT.items()):
        raise ValueError("another format")
    cost, salt = vault_cost.read(value["kdf"])
    if any(sealed_form_problem(value[name]) for name in ("private_key", "recovery")):
        raise ValueError("a token that is none")
    if value["fingerprint"] != fingerprint_of(bytes_of(value["public_key"], KEY_BYTES)):
        raise ValueError("another fingerprint")
    names = ("public_key", "fingerprint", "private_key", "recovery")
    record = Record(user, cost, salt, *(value[name] for name in names))
    # One way to write it: no name twice, no sign between that nobody vouches for.
    if written(record) != data:
        raise ValueError("not as it was written")
    return record


def _rest(record: Record) -> dict[str, Any]:
    return {
        **FORMAT,
        "user": record.user,
        "kdf": vault_cost.written(record.cost, record.salt),
        "public_key": record.public_key,
        "fingerprint": record.fingerprint,
        "recovery": record.recovery,
    }


def _bound(record: Record) -> dict[str, Any]:
    digest = digest_text(canonical(_rest(record)))
    return {"purpose": "identity", "user": record.user, "fingerprint": record.fingerprint, "record": digest}


def _private_key(record: Record, envelope: dict[str, Any], bound: dict[str, Any]) -> bytes:
    try:
        private = bytes_of(envelope.pop("key", None), KEY_BYTES)
    except ValueError:
        raise damaged() from None
    if envelope != bound or text_of(public_key_of(private)) != record.public_key:
        raise damaged()
    return private
