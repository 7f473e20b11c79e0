"""How a chest and a place in it are named in a call, and completed. It opens no chest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer import _click
from typer.core import TyperArgument, TyperOption

from modelops_tui.cli.parameters import argument, complete_keys, option
from modelops_tui.cli.session import Session
from modelops_tui.errors import WrongUse

if TYPE_CHECKING:
    from modelops_tui.entities.field import Document

CHEST_NAME = "treasure-chest"


def chest_argument() -> TyperArgument:
    """The chest, by its key or id."""
    return argument("chest", "NAME", "Key or id of a treasure chest.", complete=complete_keys(CHEST_NAME))


def place_argument(metavar: str = "ENTRY[.FIELD]") -> TyperArgument:
    """An entry, with a field where one is meant."""
    return argument("place", metavar, "Entry, and its field after a dot.", complete=complete_places)


def user_option(*flags: str, says: str) -> TyperOption:
    """A user, by the login name or id."""
    return option("user", *flags, metavar="USER", says=says, complete=complete_keys("user"))


def complete_places(ctx: _click.Context, _args: list[str], incomplete: str) -> list[Any]:
    """Completes entries and fields of the chest that the call names before."""
    from modelops_tui.cli.known_keys import entries_beginning

    chest = ctx.params.get("chest")
    return list(entries_beginning(ctx, chest, incomplete)) if chest else []


def chest_named(session: Session, key: str) -> Document:
    """The chest as it is stored. Raises NotFound, NotPermitted."""
    from modelops_tui.services.chests import CHEST
    from modelops_tui.services.records import find_one

    return find_one(session.home, CHEST, key)


def user_named(session: Session, key: str | None, flag: str) -> str:
    """The id of a user. Raises WrongUse that names the flag where none is named, NotFound."""
    from modelops_tui.services.home import kind_of
    from modelops_tui.services.records import find_one

    if not key:
        raise WrongUse("No user is named.", f"Say who: {flag} USER")
    return str(find_one(session.home, kind_of("user"), key)["id"])


def tell_chest(session: Session, chest: Document, form: str) -> None:
    """Writes the key of a chest that was changed, or the chest where a form was asked for."""
    from modelops_tui.cli.output import write_made
    from modelops_tui.services.chests import CHEST

    write_made(session, [(CHEST, chest)], form, single=True)
