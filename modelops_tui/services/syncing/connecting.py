"""Opens the connection to a home's remote, with the credentials that its chest holds. It sends nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from modelops_tui.ports_remote import Remote, RemoteAddress
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.books import demand_state
from modelops_tui.services.syncing.credentials import login_of
from modelops_tui.services.syncing.remotes import RemoteSettings, remotes


@contextmanager
def connected(home: Home) -> Iterator[Remote]:
    """A connection to the remote of this home, closed afterwards; nothing is asked of it yet.

    Raises NotFound in a home without a remote, VaultLocked when the passphrase is needed first, and what opening a
    chest raises.
    """
    settings = remote_of(home)
    address = RemoteAddress(settings.uri, settings.database, settings.ca_file, settings.allow_plaintext)
    with closing(home.outside.remote(address, login_of(home, settings.chest, settings.entry))) as remote:
        yield remote


def remote_of(home: Home) -> RemoteSettings:
    """The one remote of this home. Raises NotFound, with what to do."""
    home.store.refresh_view()
    demand_state(home.store)
    return remotes(home)[0]
