"""What a chest's header vouches for, and the form it must have. It opens no value."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any, NamedTuple

from modelops_tui.adapters.vault_keys import KEY_BYTES, bytes_of, canonical, derive, text_of
from modelops_tui.entities.field import Document
from modelops_tui.entities.scalars import OBJECT_ID
from modelops_tui.entities.sealed_form import sealed_form_problem
from modelops_tui.errors import VaultFailure

MOST_RECIPIENTS = 256
MOST_ENTRIES = 10_000
# Half of what a document on a shared MongoDB may have.
MOST_SEALED_BYTES = 8 * 1024 * 1024
_HIGHEST = 2**31
_ENTRY = frozenset(("fields", "version", "key_epoch", "seals"))


class NoRoom(VaultFailure):
    """A chest would be larger than one that is read."""

    code = 4


class Header(NamedTuple):
    """A header that has the right form: who can open the chest, with which key, and the seal over all of it.

    `lineage` holds the sealed marks of the keys before; it is empty for a first key.
    """

    epoch: int
    recipients: list[Document]
    mac: str
    lineage: str = ""


def mac_key(chest_key: bytes, chest: str, epoch: int) -> bytes:
    """The key that a header is sealed with."""
    return derive(chest_key, "header", chest, epoch)


def mac_of(key: bytes, chest: Document, header: Header, entries: Document) -> str:
    """The seal over chest, owner and header, and each entry's name, version, key and fingerprints of tokens."""
    body = {
        "purpose": "header",
        "chest": chest["id"],
        "owner": chest.get("owner"),
        "epoch": header.epoch,
        "recipients": header.recipients,
        **({"lineage": header.lineage} if header.lineage else {}),
        "entries": {
            name: {"version": entry["version"], "key_epoch": entry["key_epoch"], "seals": entry["seals"]}
            for name, entry in entries.items()
        },
    }
    return text_of(hmac.digest(key, canonical(body), sha256))


def vouched(key: bytes, chest: Document, header: Header) -> bool:
    """Whether the header's seal fits the chest as it is."""
    try:
        wanted = mac_of(key, chest, header, chest.get("entries") or {})
    except (KeyError, TypeError):
        return False
    return hmac.compare_digest(wanted, header.mac)


def read_header(chest: Document) -> Header:
    """The header of a chest. Raises VaultFailure where it or the list of entries does not have its form."""
    header = chest.get("header")
    if not isinstance(header, dict) or header.keys() - {"lineage"} != {"recipients", "epoch", "mac"}:
        raise tampered(chest)
    lineage = header.get("lineage", "")
    if not isinstance(lineage, str) or ("lineage" in header and sealed_form_problem(lineage)):
        raise tampered(chest)
    recipients, epoch, mac = header["recipients"], header["epoch"], header["mac"]
    if not isinstance(recipients, list) or not 0 < len(recipients) <= MOST_RECIPIENTS or not _number(epoch):
        raise tampered(chest)
    try:
        bytes_of(mac, 32)
        for one in recipients:
            _check_recipient(one)
    except ValueError:
        raise tampered(chest) from None
    if len({one["user"] for one in recipients}) != len(recipients) or not _entries_fit(chest.get("entries")):
        raise tampered(chest)
    return Header(epoch, recipients, mac, lineage)


def demand_room(name: str, recipients: list[Document], entries: Document) -> None:
    """Raises NoRoom for a chest that would be larger than one that is read; nobody could open it again."""
    sealed = sum(len(token) for entry in entries.values() for token in entry["fields"].values())
    for count, most, what in (
        (len(recipients), MOST_RECIPIENTS, "recipients"),
        (len(entries), MOST_ENTRIES, "entries"),
        (sealed, MOST_SEALED_BYTES, "bytes of sealed values"),
    ):
        if count > most:
            raise NoRoom(
                f"The treasure chest {name} would have {count:,} {what}; it has room for {most:,}.",
                "Keep some of it in another chest.",
            )


def tampered(chest: Document) -> VaultFailure:
    """The failure for a chest whose header is not what its holders sealed."""
    name = chest.get("name") or str(chest.get("id"))[:8]
    return VaultFailure(
        f"The treasure chest {name} was tampered with: its header does not vouch for what it holds.",
        f"See what changed, and take it back: modelops treasure-chest history {name}",
    )


def _check_recipient(one: Any) -> None:
    if not isinstance(one, dict) or one.keys() != {"user", "public_key", "wrapped_key"}:
        raise ValueError("not the fields of a recipient")
    if not isinstance(one["user"], str) or not OBJECT_ID.match(one["user"]) or not isinstance(one["wrapped_key"], str):
        raise ValueError("not a recipient")
    bytes_of(one["public_key"], KEY_BYTES)


def _entries_fit(entries: Any) -> bool:
    if entries is None:
        return True
    return isinstance(entries, dict) and len(entries) <= MOST_ENTRIES and all(map(_entry_fits, entries.values()))


def _entry_fits(entry: Any) -> bool:
    if not isinstance(entry, dict) or entry.keys() != _ENTRY:
        return False
    fields, seals = entry["fields"], entry["seals"]
    if not isinstance(fields, dict) or not isinstance(seals, dict) or fields.keys() != seals.keys():
        return False
    version, epoch = entry["version"], entry["key_epoch"]
    # Said out loud instead of by a function: this is done for every entry of a chest that is opened.
    numbers = type(version) is int and type(epoch) is int
    return bool(fields) and numbers and 1 <= version < _HIGHEST and 1 <= epoch < _HIGHEST


def _number(value: Any) -> bool:
    return type(value) is int and 1 <= value < _HIGHEST
