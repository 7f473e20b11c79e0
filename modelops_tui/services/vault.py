"""A user's vault: made, unlocked for a time, locked, recovered. It never keeps, prints or returns a passphrase."""

from __future__ import annotations

from dataclasses import dataclass, replace

from modelops_tui.entities.kind import pointer_term
from modelops_tui.errors import NotPermitted, VaultFailure
from modelops_tui.ports import Identity, Unlocked
from modelops_tui.services.home import Home, kind_of
from modelops_tui.services.syncing.chest_settling import settle_chests

IDLE_SECONDS = 15 * 60
LONGEST_IDLE_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """The acting user's vault at a glance.

    `fingerprint` is empty where there is no vault, and where there is one that is `refused`, since its record was
    damaged or lies open; `unlocked` is None while it is locked; `trouble` is a sentence about what is wrong, or empty;
    `own` and `shared` count the chests one owns and is a recipient of. `news` tells what was done with chests of a
    remote that waited for the key.
    """

    user: str
    fingerprint: str
    unlocked: Unlocked | None
    trouble: str
    own: int
    shared: int
    news: tuple[str, ...] = ()
    refused: bool = False


def vault_status(home: Home) -> VaultStatus:
    """How the vault stands; it needs no passphrase and raises nothing for a damaged one."""
    home.catch_up()
    vault, user, trouble = home.outside.vault, home.user["id"], ""
    identity, refused = None, False
    try:
        identity = vault.identity(user)
    except VaultFailure as failure:
        trouble, refused = _sentences(failure), True
    if identity is not None:
        trouble = _published_trouble(home, identity)
    elif not refused and _public_key(home):
        trouble = _sentences(_is_elsewhere(home))
    own, shared = _chests(home)
    unlocked = vault.unlocked(user) if identity is not None else None
    fingerprint = identity.fingerprint if identity is not None else ""
    return VaultStatus(str(home.user.get("name")), fingerprint, unlocked, trouble, own, shared, refused=refused)


def _sentences(failure: VaultFailure) -> str:
    return f"{failure.says} {failure.hint}".strip()


def demand_there(home: Home) -> None:
    """Raises VaultFailure where the acting user has no vault on this machine, or one that lost its form."""
    if home.outside.vault.identity(home.user["id"]) is None:
        if _public_key(home):
            raise _is_elsewhere(home)
        raise VaultFailure("There is no vault for you here yet.", "Make one: modelops vault init")


def _public_key(home: Home) -> str:
    return str((home.store.get("user", home.user["id"]) or {}).get("public_key") or "")


def _is_elsewhere(home: Home) -> VaultFailure:
    return VaultFailure(
        f"{home.user.get('name')} has a vault on another machine, and chests are shared with its key.",
        "Bring the folder 'vault' of that registry here, or take the public key away: modelops vault forget",
    )


def init_vault(home: Home, passphrase: str) -> str:
    """Makes the acting user's vault and publishes its public key; gives the recovery text, which is kept nowhere.

    Raises VaultFailure when there is one already, or for a passphrase that is too short.
    """
    home.catch_up()
    _demand_active(home)
    vault, user = home.outside.vault, home.user["id"]
    there, published = vault.identity(user), bool(_public_key(home))
    if published and there is None:
        raise _is_elsewhere(home)
    # A vault whose key was never published was made by a call that did not end: nothing is sealed for it.
    text = vault.create(user, passphrase, replacing=there is not None and not published)
    publish(home)
    return text


def unlock(home: Home, passphrase: str, idle_seconds: int = IDLE_SECONDS) -> VaultStatus:
    """Unlocks the vault until it was idle for `idle_seconds`, and merges the chests of a remote that waited for that.

    Raises VaultFailure, the same for every wrong word.
    """
    home.catch_up()
    _demand_active(home)
    demand_there(home)
    home.outside.vault.unlock(home.user["id"], passphrase, idle_seconds)
    if not _public_key(home):
        publish(home)
    news = settle_chests(home).news()
    return replace(vault_status(home), news=news)


def script_passphrase(home: Home) -> str | None:
    """The passphrase that a script gives by the environment, None where it gives none. Raises VaultFailure."""
    return home.outside.vault.script_passphrase()


def demand_unlocked(home: Home) -> None:
    """Raises VaultLocked where a passphrase is needed first, VaultFailure where there is no vault.

    Chests of a remote that waited for the key are merged.
    """
    demand_there(home)
    home.outside.vault.opened(home.user["id"])
    settle_chests(home)


def lock(home: Home) -> bool:
    """Locks the vault everywhere on this machine; whether it was unlocked."""
    return home.outside.vault.lock(home.user["id"])


def change_passphrase(home: Home, old: str, new: str) -> None:
    """Sets another passphrase; chests and recovery text stay as they are. Raises VaultFailure."""
    home.outside.vault.change_passphrase(home.user["id"], old, new)


def recover(home: Home, recovery_text: str, new_passphrase: str) -> str:
    """Sets another passphrase by the recovery text and gives the new recovery text. Raises VaultFailure."""
    return home.outside.vault.recover(home.user["id"], recovery_text, new_passphrase)


def renew_recovery(home: Home, passphrase: str) -> str:
    """Gives a new recovery text in place of one that was lost or seen. Raises VaultFailure."""
    return home.outside.vault.renew_recovery(home.user["id"], passphrase)


def forget_key(home: Home) -> None:
    """Takes the acting user's public key away, so that a new vault can be made; chests sealed for it stay closed.

    Raises VaultFailure while the vault itself is on this machine.
    """
    if home.outside.vault.identity(home.user["id"]) is not None:
        raise VaultFailure("The vault is on this machine; its key stays known.")
    _demand_active(home)
    with home.writing("forget the public key") as transaction:
        transaction.update("user", home.user["id"], {}, without=["public_key", "fingerprint"])


def publish(home: Home) -> None:
    """Writes the public key of the acting user's vault where colleagues find it."""
    demand_there(home)
    identity = home.outside.vault.identity(home.user["id"])
    assert identity is not None
    with home.writing(f"publish the public key of {home.user.get('name')}") as transaction:
        transaction.update("user", home.user["id"], identity._asdict())


def _demand_active(home: Home) -> None:
    if home.user.get("state", "active") != "active":
        raise NotPermitted(f"User {home.user.get('name')} is {home.user.get('state')} and may do nothing.")


def _published_trouble(home: Home, identity: Identity) -> str:
    known = home.store.get("user", home.user["id"]) or {}
    if not known.get("public_key"):
        return "The public key is not published: nobody can share with you until you unlock the vault once."
    if (known.get("public_key"), known.get("fingerprint")) != identity:
        return "The published public key is not the one of this vault: what is shared with you would be lost to you."
    return ""


def _chests(home: Home) -> tuple[int, int]:
    chest, user = kind_of("treasure-chest"), home.user["id"]
    found = [item for item in home.store.find(chest.name, pointer_term(user)) if home.may("read", chest, item["id"])]
    own = [item for item in found if item.get("owner") == user]
    shared = [
        item
        for item in found
        if item.get("owner") != user
        and any(one.get("user") == user for one in (item.get("header") or {}).get("recipients") or [])
    ]
    return len(own), len(shared)
