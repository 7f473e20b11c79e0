"""Exchange with Noronha and ODTP: their databases as documents here, and ours as databases their programs work with.

Pure translation of plain values, both ways; it never meets a database library and never opens a connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelops_tui.services.exchange.exporting import ExportPlan
    from modelops_tui.services.exchange.importing import ImportPlan
    from modelops_tui.services.home import Home

Database = Mapping[str, Sequence[Mapping[str, Any]]]

__all__ = ["Database", "database_name", "do_import", "export", "plan_export", "plan_import"]


def database_name(system: str) -> str:
    """The name of the database that the system keeps its documents in. Raises WrongUse for an unknown system."""
    from modelops_tui.services.exchange.systems import DATABASES, known

    return str(DATABASES[known(system)])


def plan_import(home: Home, system: str, database: Database) -> ImportPlan:
    """Works out what taking in `database` (documents by collection) does, and changes nothing.

    Raises WrongUse for an unknown system, NotPermitted for who may not load whole documents.
    """
    from modelops_tui.services.exchange import importing
    from modelops_tui.services.exchange.noronha import NoronhaImport
    from modelops_tui.services.exchange.odtp_in import OdtpImport
    from modelops_tui.services.exchange.systems import known

    home.catch_up()
    coming = NoronhaImport(database) if known(system) == "noronha" else OdtpImport(database)
    return importing.plan(home, coming)


def do_import(home: Home, plan: ImportPlan) -> dict[str, int]:
    """Takes in what the plan shows, all or nothing, and gives how many of each kind are new.

    Raises Invalid or Refused when something changed since the plan was made, NotPermitted.
    """
    from modelops_tui.services import loading

    if not plan.documents:
        return {}
    says = f"import {len(plan.documents)} documents from {plan.report.system}"
    return loading.load(home, plan.documents, says)


def plan_export(home: Home, system: str, there: Database | None = None) -> ExportPlan:
    """Works out what an export writes, and writes nothing.

    With what is `there` in the other database already, its arrays keep what others added, and the report tells what
    is new, replaced and unchanged. Raises WrongUse for an unknown system, NotPermitted.
    """
    from modelops_tui.services.exchange import exporting
    from modelops_tui.services.exchange.systems import known

    return exporting.plan(home, known(system), there or {})


def export(home: Home, system: str) -> dict[str, list[dict[str, Any]]]:
    """The registry as the documents of the system's collections. Raises WrongUse, NotPermitted."""
    return plan_export(home, system).collections
