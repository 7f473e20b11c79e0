"""Chests on their way to and from another registry: sealed as they are, for one recipient. Never in clear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.errors import NotFound, Refused, VaultFailure, WrongUse
from modelops_tui.ports import OpenChest
from modelops_tui.services import loading
from modelops_tui.services.chests import CHEST
from modelops_tui.services.home import Home, kind_of

_ENVELOPE = ("id", "rev", "created_at", "updated_at", "created_by")
_TRAVELS = (*_ENVELOPE, "name", "owner", "desc", "details", "entries", "header")
_CARD = ("id", "name", "display_name", "public_key", "fingerprint")


def card(home: Home, user: str = "") -> Document:
    """What a colleague's registry must know of a user (an id; the acting one by default): name and public key.

    Raises NotFound, Refused for a user without a vault.
    """
    known = home.names.get("user", user or home.user["id"])
    if known is None:
        raise NotFound(f"There is no user {user}.")
    if not known.get("public_key"):
        raise Refused(f"{known.get('name')} has no vault yet.", "Make one: modelops vault init")
    return _card(known)


def export_chest(home: Home, chest: str, recipient: str) -> list[Document]:
    """The documents that let `recipient` (a user's id) open the chest in another registry, to be loaded there.

    Raises Refused when the chest is not shared with them; there is no export in clear.
    """
    document = home.read(CHEST, chest)
    holders = {one["user"] for one in (document.get("header") or {}).get("recipients") or []}
    if recipient not in holders:
        raise Refused(
            f"The treasure chest {document.get('name')} is not shared with {home.user_name(recipient)}; "
            "it leaves this registry only for somebody who can open it, and never in clear.",
            f"Share it first: modelops treasure-chest share {document.get('name')} --with NAME",
        )
    people = sorted((holders | {str(document.get("owner")), str(document.get("created_by"))}) - {recipient})
    known = [home.names.get("user", user) for user in people]
    travels = {name: document[name] for name in _TRAVELS if name in document}
    return [*(_card(user) for user in known if user is not None), {"kind": CHEST.name, **travels}]


def import_chest(home: Home, documents: Sequence[Mapping[str, Any]]) -> Document:
    """Takes in what `export_chest` gave, new or in place of an older state, and gives the chest.

    An older state is replaced only by a genuine newer one, which needs the vault unlocked. Raises WrongUse for other
    documents, Refused when entries changed on both sides, NotPermitted, VaultFailure.
    """
    chests = [dict(item) for item in documents if item.get("kind") == CHEST.name]
    # Whatever a file says of people, who comes with a chest gets no role by it.
    users = [_card(item) for item in documents if item.get("kind") == "user"]
    if len(chests) != 1 or len(users) + 1 != len(documents) or not isinstance(chests[0].get("id"), str):
        raise WrongUse("That is no exported treasure chest: one chest and the people who can open it.")
    home.catch_up()
    unknown = [user for user in users if not _known(home, user)]
    there = home.store.get(CHEST.name, chests[0]["id"])
    if there is None:
        loading.load(home, [*unknown, chests[0]], f"import {CHEST.name} {chests[0].get('name')}")
        return home.read(CHEST, chests[0]["id"])
    if unknown:
        loading.load(home, unknown, f"import who opens {CHEST.name} {there.get('name')}")
    return _renewed(home, there, chests[0])


def _renewed(home: Home, there: Document, coming: Document) -> Document:
    home.read(CHEST, there["id"])
    home.demand("write", CHEST, there["id"])
    sealed = {name: coming[name] for name in ("entries", "header") if coming.get(name)}
    if all(there.get(name) == value for name, value in sealed.items()):
        return there
    home.outside.vault.opened(home.user["id"])
    with home.writing(f"import {CHEST.name} {there.get('name')}") as transaction:
        now = transaction.get(CHEST.name, there["id"]) or there
        # Only what its header vouches for has the form that can be compared.
        opened = home.outside.vault.open_chest({**now, "entries": {}, **sealed}, home.user["id"])
        refuse_older(now, {**now, **sealed})
        _demand_related(home, now, opened)
        for entry, there_entry in (sealed.get("entries") or {}).items():
            for field in there_entry["fields"]:
                opened.value(entry, field)
        return transaction.update(CHEST.name, there["id"], {"entries": {}, **sealed}, if_rev=now["rev"])


def _demand_related(home: Home, now: Document, coming: OpenChest) -> None:
    """Raises VaultFailure where what comes was never sealed with a key of what is here."""
    try:
        here = home.outside.vault.open_chest(now, home.user["id"]) if now.get("header") else None
    except VaultFailure:
        # What is here does not open any more: nothing can be lost with it.
        return
    if here is not None and not here.marks() & coming.marks():
        raise VaultFailure(
            f"What comes was never sealed with a key of the treasure chest {now.get('name')} here.",
            "Ask whoever exported it. To start over, remove the one here first.",
        )


def refuse_older(now: Document, coming: Document) -> None:
    """Raises Refused when something here is newer than what comes, or changed on both sides."""
    here, there = now.get("entries") or {}, coming.get("entries") or {}
    epochs = [(chest.get("header") or {}).get("epoch") or 0 for chest in (now, coming)]
    newer = [
        name
        for name, entry in here.items()
        if name in there
        and (
            entry["version"] > there[name].get("version", 0)
            or (entry["version"] == there[name].get("version") and entry["seals"] != there[name].get("seals"))
        )
    ]
    if epochs[0] > epochs[1] or newer:
        what = f": {', '.join(sorted(newer)[:8])}" if newer else ""
        raise Refused(
            f"The treasure chest {now.get('name')} was changed here too and is newer than what comes{what}.",
            "Agree on one side, put its values in there, and export from there.",
        )


def _known(home: Home, user: Mapping[str, Any]) -> bool:
    known = home.store.get("user", str(user.get("id")))
    if known is None:
        return False
    if known.get("public_key") and user.get("public_key") not in (None, known["public_key"]):
        raise VaultFailure(
            f"What comes names another public key for {known.get('name')} than the one known here.",
            f"Ask {known.get('name')} by another way for the fingerprint of the key.",
        )
    return True


def _card(user: Mapping[str, Any]) -> Document:
    shown = {name: user[name] for name in _CARD if user.get(name) is not None}
    return {"kind": kind_of("user").name, **shown, "state": "active", "roles": []}
