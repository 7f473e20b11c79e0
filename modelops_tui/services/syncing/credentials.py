"""Credentials for servers: an entry of a treasure chest with the fields `user` and `password`. It shows no value."""

from __future__ import annotations

from modelops_tui.errors import Invalid, NotFound
from modelops_tui.ports_remote import Login
from modelops_tui.services.chests import CHEST, entry_names, field_meant, used
from modelops_tui.services.home import Home
from modelops_tui.services.records import find_one

USER, PASSWORD = "user", "password"


def credential_named(home: Home, credential: str) -> tuple[str, str]:
    """The chest (an id) and the entry that `CHEST/ENTRY` names; both empty for an empty one.

    Raises NotFound for a chest or entry that is not there, Invalid for an entry that cannot log in.
    """
    chest, _, entry = credential.partition("/")
    if not credential:
        return "", ""
    id = str(find_one(home, CHEST, chest)["id"])
    fields = next((item.fields for item in entry_names(home, id) if item.entry == entry), None)
    if fields is None:
        # It tells the entries that there are.
        field_meant(home, id, entry)
    missing = next((field for field in (USER, PASSWORD) if field not in (fields or ())), "")
    if missing:
        raise Invalid(
            f"The entry {entry} of the treasure chest {chest} has no field {missing}.",
            hint=f"Put it in: modelops treasure-chest put {chest} {entry}.{missing}",
        )
    return id, entry


def credential_text(home: Home, chest: str, entry: str) -> str:
    """`CHEST/ENTRY` as the chest is called now; empty for none."""
    if not chest:
        return ""
    there = home.store.get(CHEST.name, chest)
    return f"{there['name'] if there is not None else f'{chest} (gone)'}/{entry}"


def login_of(home: Home, chest: str, entry: str) -> Login:
    """The user and password that an entry of a chest (an id) holds; nothing where no chest is named.

    Raises NotFound when the chest or the entry is gone, and what opening a chest raises.
    """
    if not chest:
        return Login()
    if home.store.get(CHEST.name, chest) is None:
        raise NotFound(
            "The treasure chest with the credentials of the remote is gone.",
            "Name another: modelops remote set NAME --credential CHEST/ENTRY",
        )
    return Login(*used(home, chest, entry, (USER, PASSWORD)))


def login_from(home: Home, credential: str) -> Login:
    """The user and password that `CHEST/ENTRY` holds; nothing for an empty credential. Raises as its two parts do."""
    return login_of(home, *credential_named(home, credential))
