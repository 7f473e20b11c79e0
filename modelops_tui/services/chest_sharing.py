"""Who can open a treasure chest: shared, taken back, sealed anew. It never hands out a key that was not asked for."""

from __future__ import annotations

from typing import NamedTuple

from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import pointer_term
from modelops_tui.errors import NotFound, Refused, VaultFailure
from modelops_tui.ports import OpenChest, Recipient
from modelops_tui.services.chests import CHEST, changed, demand_recipients
from modelops_tui.services.home import Home
from modelops_tui.services.permissions import granted_to

ADVICE = (
    "Change the credentials themselves too: {name} could open the treasure chest {chest} until now and may have "
    "kept what was in it."
)


class Shared(NamedTuple):
    """What sharing did: the login name, and the fingerprint to compare with its owner by another way."""

    name: str
    fingerprint: str
    chest: Document


class Unshared(NamedTuple):
    """What taking back did, and the advice that a person must be told."""

    name: str
    advice: str
    chest: Document


class Holder(NamedTuple):
    """Somebody who can open a chest; `current` is false when their public key changed since it was shared."""

    user: str
    name: str
    owner: bool
    current: bool


def holders(home: Home, chest: str) -> list[Holder]:
    """Who can open a chest, the owner first; nothing has to be unlocked."""
    document = home.read(CHEST, chest)
    found = []
    for one in (document.get("header") or {}).get("recipients") or []:
        known = home.store.get("user", one["user"]) or {}
        current = known.get("public_key") == one.get("public_key")
        found.append(Holder(one["user"], home.user_name(one["user"]), one["user"] == document.get("owner"), current))
    return sorted(found, key=lambda holder: (not holder.owner, holder.name))


def share(home: Home, chest: str, user: str, fingerprint: str = "") -> Shared:
    """Lets `user` (an id) open a chest, all of it and what comes; with `fingerprint` only when it is theirs.

    Raises NotFound, NotPermitted, Refused for a user without a vault, VaultFailure.
    """
    home.catch_up()
    demand_recipients(home, home.read(CHEST, chest))
    name, recipient, known = _recipient(home, user)
    if fingerprint and _plain(fingerprint) != _plain(known):
        raise VaultFailure(
            f"The fingerprint of {name} is not the one you gave: it is {known}.",
            f"Compare it with {name} by another way before sharing anything.",
        )
    written = changed(home, chest, "", f"share with {name}:", lambda opened: opened.share(recipient))
    return Shared(name, known, written)


def unshare(home: Home, chest: str, user: str) -> Unshared:
    """Keeps `user` (an id) out of what is sealed from now on: a new chest key, every entry sealed anew.

    Raises NotFound, NotPermitted, Refused for the owner and for who cannot open it anyway, VaultFailure.
    """
    home.catch_up()
    document = home.read(CHEST, chest)
    demand_recipients(home, document)
    name = home.user_name(user)
    if user == document.get("owner"):
        raise Refused(f"{name} owns the treasure chest {document.get('name')} and keeps opening it.")

    def take_back(opened: OpenChest) -> None:
        if all(one.user != user for one in opened.recipients()):
            raise Refused(f"{name} cannot open the treasure chest {document.get('name')} anyway.")
        opened.rotate(without=[user])

    written = changed(home, chest, "", f"unshare with {name}:", take_back)
    return Unshared(name, ADVICE.format(name=name, chest=document.get("name")), written)


def rotate(home: Home, chest: str) -> Document:
    """Gives a chest a new key and seals every entry anew for the same people. Raises NotPermitted, VaultFailure."""
    home.catch_up()
    document = home.read(CHEST, chest)
    demand_recipients(home, document)
    if not document.get("header"):
        raise Refused(f"The treasure chest {document.get('name')} was never sealed.")
    return changed(home, chest, "", "rotate the key of", lambda opened: opened.rotate())


def rotate_all(home: Home) -> list[Document]:
    """Gives each sealed chest that the acting user owns a new key; those done before a failure stay done."""
    home.catch_up()
    mine = [
        item["id"]
        for item in home.store.find(CHEST.name, pointer_term(home.user["id"]))
        if item.get("owner") == home.user["id"] and item.get("header") and home.may("read", CHEST, item["id"])
    ]
    return [rotate(home, id) for id in mine]


def _recipient(home: Home, user: str) -> tuple[str, Recipient, str]:
    known = home.names.get("user", user)
    if known is None:
        raise NotFound(f"There is no user {user}.")
    name = str(known.get("name"))
    if known.get("state", "active") != "active":
        raise Refused(f"User {name} is {known.get('state')}.")
    if not known.get("public_key") or not known.get("fingerprint"):
        raise Refused(f"{name} has no vault yet.", f"{name} makes one first: modelops --as {name} vault init")
    return name, Recipient(known["id"], str(known["public_key"])), str(known["fingerprint"])


def _plain(fingerprint: str) -> str:
    return fingerprint.replace("-", "").replace(" ", "").upper()


def missing_rights(home: Home, user: str, chest: str) -> list[str]:
    """The permissions without which the user cannot see what is in the chest, though they have its key."""
    grants = granted_to(home.store.get("user", user) or {}, home.store)
    needed = [action for action in ("read", "reveal") if not grants.allow(CHEST.name, action, chest)]
    return [f"{CHEST.name}:{action}" for action in needed]
