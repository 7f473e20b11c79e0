"""The format is what VAULT-FORMAT.md says: its vectors are read by a small program that shares no code with ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import modelops_tui
from modelops_tui.adapters import vault_chest, vault_cost, vault_header, vault_identity
from modelops_tui.adapters.vault_wrapping import Binding, unwrap
from modelops_tui.ports import Recipient

DOCUMENT = Path(modelops_tui.__file__).with_name("VAULT-FORMAT.md")


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    text = DOCUMENT.read_text(encoding="utf-8")
    return json.loads(text.partition("```json")[2].partition("```")[0])  # type: ignore[no-any-return]


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def derive(secret: bytes, *context: str | int) -> bytes:
    return HKDF(SHA256(), 32, None, canonical(["modelops vault 1", *context])).derive(secret)


def opened(key: bytes, token: str) -> dict[str, Any]:
    payload = Fernet(base64.urlsafe_b64encode(key)).decrypt(token)
    assert len(payload) % 64 == 0
    return json.loads(payload)  # type: ignore[no-any-return]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def test_the_identity_record_reads_as_the_document_says(vectors: dict[str, Any]) -> None:
    record = vectors["identity_record"]
    kdf, user, fingerprint = record["kdf"], record["user"], record["fingerprint"]
    key = Argon2id(
        salt=base64.urlsafe_b64decode(kdf["salt"]),
        length=32,
        iterations=kdf["iterations"],
        lanes=kdf["lanes"],
        memory_cost=kdf["memory_kib"],
    ).derive(vectors["passphrase"].encode())
    assert key.hex() == vectors["derived_key"]
    rest = {name: value for name, value in record.items() if name != "private_key"}
    assert opened(derive(key, "identity", user, fingerprint), record["private_key"]) == {
        "purpose": "identity",
        "user": user,
        "fingerprint": fingerprint,
        "record": hashlib.sha256(canonical(rest)).hexdigest(),
        "key": b64(bytes.fromhex(vectors["private_key"])),
    }
    public = base64.urlsafe_b64decode(record["public_key"])
    letters = base64.b32encode(hashlib.sha256(public).digest()[:20]).decode()
    assert fingerprint == vectors["fingerprint"] == "-".join(letters[at : at + 4] for at in range(0, 32, 4))


def test_the_recovery_text_reads_as_the_document_says(vectors: dict[str, Any]) -> None:
    record = vectors["identity_record"]
    data = base64.b32decode(vectors["recovery_text"].replace("-", ""))
    secret, check = data[:20], data[20:]
    assert secret.hex() == vectors["recovery_secret"]
    assert check == hashlib.sha256(b"modelops recovery 1" + secret).digest()[:5]
    envelope = opened(derive(secret, "recovery", record["user"], record["fingerprint"]), record["recovery"])
    assert envelope == {
        "purpose": "recovery",
        "user": record["user"],
        "fingerprint": record["fingerprint"],
        "key": b64(bytes.fromhex(vectors["private_key"])),
    }


@pytest.mark.parametrize("number", [0, 1])
def test_the_chest_reads_as_the_document_says(vectors: dict[str, Any], number: int) -> None:
    chest, header = vectors["chest"], vectors["chest"]["header"]
    one = header["recipients"][number]
    private = bytes.fromhex(vectors[("private_key", "recipient_private_key")[number]])
    fresh, token = one["wrapped_key"].split(".")
    shared = X25519PrivateKey.from_private_bytes(private).exchange(
        X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(fresh))
    )
    context = (chest["id"], header["epoch"], one["user"], fresh, one["public_key"])
    envelope = opened(derive(shared, "chest key", *context), token)
    bound = {"chest": chest["id"], "epoch": header["epoch"], "user": one["user"]}
    assert envelope == {"purpose": "chest key", **bound, "key": b64(bytes.fromhex(vectors["chest_key"]))}
    key = bytes.fromhex(vectors["chest_key"])
    assert derive(key, "entry", chest["id"], header["epoch"]).hex() == vectors["entry_key"]
    assert derive(key, "header", chest["id"], header["epoch"]).hex() == vectors["header_key"]
    assert header["epoch"] == 2
    body = {
        "purpose": "header",
        "chest": chest["id"],
        "owner": chest["owner"],
        "epoch": header["epoch"],
        "recipients": header["recipients"],
        "lineage": header["lineage"],
        "entries": {
            name: {part: entry[part] for part in ("version", "key_epoch", "seals")}
            for name, entry in chest["entries"].items()
        },
    }
    mac = hmac.digest(bytes.fromhex(vectors["header_key"]), canonical(body), "sha256")
    assert b64(mac) == header["mac"]


def test_the_lineage_reads_as_the_document_says(vectors: dict[str, Any]) -> None:
    chest, header = vectors["chest"], vectors["chest"]["header"]
    key = derive(bytes.fromhex(vectors["chest_key"]), "lineage", chest["id"], header["epoch"])
    mark = b64(derive(bytes.fromhex(vectors["former_chest_key"]), "mark", chest["id"], 1))
    bound = {"purpose": "lineage", "chest": chest["id"], "epoch": header["epoch"]}
    assert opened(key, header["lineage"]) == {**bound, "marks": [mark]}
    assert mark == vectors["former_mark"]


def test_the_values_read_as_the_document_says(vectors: dict[str, Any]) -> None:
    chest = vectors["chest"]
    found = {}
    for name, entry in chest["entries"].items():
        for field, token in entry["fields"].items():
            envelope = opened(bytes.fromhex(vectors["entry_key"]), token)
            found[f"{name}.{field}"] = envelope.pop("value")
            assert envelope == {"chest": chest["id"], "entry": name, "field": field, "version": entry["version"]}
            assert entry["seals"][field] == token[-44:]
    assert found == vectors["values"]


def test_our_own_reader_reads_the_vectors(vectors: dict[str, Any]) -> None:
    text = json.dumps(vectors["identity_record"], sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    record = vault_identity.read(text.encode(), vectors["identity_record"]["user"])
    private = vault_identity.open_by_passphrase(record, vectors["passphrase"])
    assert private.hex() == vectors["private_key"]
    assert vault_identity.open_by_recovery(record, vectors["recovery_text"]) == private

    def by_hand(wrapped: str, binding: Binding) -> bytes:
        return unwrap(wrapped, binding, private)

    opened_chest = vault_chest.open_chest(vectors["chest"], Recipient(record.user, record.public_key), by_hand)
    assert vectors["former_mark"] in opened_chest.marks() and len(opened_chest.marks()) == 2
    for place, value in vectors["values"].items():
        assert opened_chest.value(*place.split(".")) == value


def test_the_document_names_the_bounds_that_hold() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for bounds in vault_cost.BOUNDS.values():
        for least, most in bounds.values():
            if least != most:
                assert f"{least}–{most}" in text
    room = (vault_header.MOST_ENTRIES, vault_header.MOST_RECIPIENTS, vault_header.MOST_SEALED_BYTES // 2**20)
    assert "at most {:,} entries, {} recipients and {} MiB of tokens".format(*room) in text
