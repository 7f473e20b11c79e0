"""Opens a home: settings, then the store, then the acting user. The one place where the outside is joined on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from modelops_tui.services.home import Home, acting_user, found_home
from modelops_tui.settings import account_name, read_settings
from modelops_tui.store.rules import Rules
from modelops_tui.store.store import Store
from modelops_tui.store.surroundings import cloud_warning

if TYPE_CHECKING:
    from modelops_tui.ports import Keyring, Launcher, Vault
    from modelops_tui.ports_remote import Databases, Login, Remote, RemoteAddress


class Adapters:
    """What is outside a home, each made when first asked for; see `modelops_tui.ports.Outside`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    @cached_property
    def vault(self) -> Vault:
        """The keeper of identities and opener of chests."""
        from modelops_tui.adapters.fernet_vault import FernetVault

        return FernetVault(self._home)

    @cached_property
    def launcher(self) -> Launcher:
        """Starts programs."""
        from modelops_tui.adapters.launcher import ProcessLauncher

        return ProcessLauncher()

    @cached_property
    def keyring(self) -> Keyring:
        """The operating system's keyring."""
        from modelops_tui.adapters.os_keyring import SystemKeyring

        return SystemKeyring()

    @cached_property
    def databases(self) -> Databases:
        """The databases of the original systems."""
        from modelops_tui.adapters import mongo_exchange

        return mongo_exchange

    def remote(self, address: RemoteAddress, login: Login) -> Remote:
        """A connection to a shared remote."""
        from modelops_tui.adapters.mongo_remote import open_mongo_remote

        return open_mongo_remote(address, login)


def open_home(
    home: str | Path | None = None,
    user: str = "",
    *,
    create: bool = True,
    ask_password: Callable[[str], str] | None = None,
    say: Callable[[str], None] | None = None,
) -> Home:
    """Opens the registry in `home` (a folder; None means the settings' own) as `user` ("" means the account's).

    A registry that is not there yet is made when `create`; `say` is told so. Raises the store's failures, NotFound
    for an unknown user, NotPermitted for a missing or wrong password.
    """
    settings = read_settings(Path(home) if home is not None else None, user)
    store = Store.open(settings.home, Rules(), create=create)
    if store.sequence == 0:
        found_home(store, settings.user or account_name())
        if say is not None:
            say(f"Made a new registry in {settings.home}.")
            warning = cloud_warning(settings.home.resolve())
            if warning:
                say(warning)
    acting = acting_user(store, settings.user or account_name(), ask_password)
    return Home(store, settings.home, acting, Adapters(settings.home))
