"""How commands name and reach a server: the options they share, its opening, and what completes them.

A password is never among the options.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from typer.core import TyperOption
from typer.exceptions import Exit

from modelops_tui.cli.parameters import complete_chest_entry, flag, option
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Context
from modelops_tui.cli.words.vault_asking import when_open

if TYPE_CHECKING:
    from modelops_tui.cli.interruption import Stop
    from modelops_tui.ports_remote import Remote
    from modelops_tui.services.news import Tell


def database_option(otherwise: str = "") -> TyperOption:
    """`--database NAME`."""
    says = "Its database there" + (f"; without it the one in the URI, or {otherwise}." if otherwise else ".")
    return option("--database", metavar="NAME", says=says)


def credential_option() -> TyperOption:
    """`--credential CHEST/ENTRY`."""
    says = "Log in with the fields user and password of this entry of a treasure chest."
    return option("--credential", metavar="CHEST/ENTRY", says=says, complete=complete_chest_entry)


def plaintext_flag() -> TyperOption:
    """`--allow-plaintext`."""
    return flag("--allow-plaintext", says="Let what is sent be read on its way to another machine.")


def file_named(text: str) -> str:
    """The whole path of a file, so that it is found from every folder; empty for none."""
    from pathlib import Path

    return str(Path(text).absolute()) if text else ""


@contextmanager
def reached(session: Session) -> Iterator[Remote]:
    """The connection to the remote; a person is asked for the passphrase of the vault where its login needs that."""
    from modelops_tui.services.sync import connected

    with ExitStack() as stack:
        yield when_open(session, lambda: stack.enter_context(connected(session.home)))


@contextmanager
def looking(session: Session) -> Iterator[tuple[Tell, Stop]]:
    """How far work is that writes nothing, and whether it is to stop: then the call ends with 130."""
    from modelops_tui.cli.boundary import INTERRUPTED
    from modelops_tui.cli.interruption import stoppable
    from modelops_tui.cli.progress import telling
    from modelops_tui.services.sync import Cancelled

    try:
        with stoppable() as stop, telling() as tell:
            yield tell, stop
    except Cancelled:
        session.say("Stopped. Nothing was changed.")
        raise Exit(INTERRUPTED) from None


def complete_remotes(ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    """Completes the name of the remote."""
    from modelops_tui.cli.known_keys import remotes_beginning

    return list(remotes_beginning(ctx, incomplete))


def complete_conflicts(ctx: Context, _args: list[str], incomplete: str) -> list[str]:
    """Completes what conflicts are called: the keys of their documents, and their ids."""
    from modelops_tui.cli.known_keys import conflicts_beginning

    return list(conflicts_beginning(ctx, incomplete))
