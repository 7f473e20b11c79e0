"""Where a database to exchange with lies, and how its server is logged in to. A password is never part of the address.

Nothing here connects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from modelops_tui.entities.addresses import address_problems, database_problems, split_address
from modelops_tui.errors import Invalid, NotFound
from modelops_tui.ports_remote import Login
from modelops_tui.services.exchange.systems import COLLECTIONS, DATABASES, known
from modelops_tui.services.home import Home
from modelops_tui.services.syncing.credentials import login_from


class Place(NamedTuple):
    """A database on a server, and who asks for it."""

    uri: str
    database: str
    login: Login


def place_of(
    home: Home, system: str, uri: str, *, database: str = "", credential: str = "", allow_plaintext: bool = False
) -> Place:
    """The database that an address means, by name the one in it or the one that the system uses.

    `credential` is `CHEST/ENTRY`, whose fields `user` and `password` log in. Raises WrongUse for an unknown system,
    Invalid for an address that holds a password, sends in clear text to another machine, or is none, and what opening
    a chest raises.
    """
    name = database or split_address(uri).path.strip("/") or str(DATABASES[known(system)])
    problems = address_problems(uri, credential, allow_plaintext=allow_plaintext) or database_problems(name)
    if problems:
        raise Invalid("This database cannot be reached so.", problems)
    return Place(uri, name, login_from(home, credential))


def read_place(home: Home, place: Place) -> dict[str, list[dict[str, Any]]]:
    """Every document of the database, by collection. Raises OutsideMissing when the server is not there."""
    return home.outside.databases.read_database(*place)


def demand_something(system: str, place: Place, database: Mapping[str, Any]) -> None:
    """Raises NotFound for a database without any collection of the system."""
    if not set(COLLECTIONS[system].values()) & database.keys():
        raise NotFound(
            f"The database {place.database} there holds nothing of {system}.", "Name another: --database NAME"
        )


def write_place(home: Home, place: Place, collections: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Brings the documents in, and tells by collection how many were inserted, replaced and unchanged.

    Raises OutsideMissing when the server is not there, Refused for a document that cannot be written.
    """
    return home.outside.databases.write_database(place.uri, place.database, collections, place.login, dry_run=False)
