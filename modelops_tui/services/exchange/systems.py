"""The systems that documents are exchanged with, by their names. It holds nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from modelops_tui.entities.field import Document
from modelops_tui.errors import WrongUse
from modelops_tui.services.exchange import noronha, noronha_forms, odtp_database, odtp_out
from modelops_tui.services.exchange.giving import Giving

COLLECTIONS: Final[dict[str, dict[str, str]]] = {
    "noronha": noronha_forms.COLLECTIONS,
    "odtp": odtp_database.COLLECTIONS,
}
DATABASES: Final = {"noronha": "nha_db", "odtp": "odtp"}
GIVE: Final[dict[str, Callable[[str, Document, Giving], bool]]] = {"noronha": noronha.give, "odtp": odtp_out.give}


def known(system: str) -> str:
    """The name of the system. Raises WrongUse, naming those there are."""
    if system not in DATABASES:
        raise WrongUse(f"There is no exchange with {system!r}.", f"There is one with {' and '.join(DATABASES)}.")
    return system
