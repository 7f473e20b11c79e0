"""The registry as an original database, complete with the arrays in which owners list what is theirs.

It reads the registry and never writes; what is local, private or secret has no field in what it makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelops_tui.entities.field import Document
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services.exchange.giving import Giving
from modelops_tui.services.exchange.odtp_database import ARRAYS
from modelops_tui.services.exchange.report import Line, Report
from modelops_tui.services.exchange.systems import COLLECTIONS, GIVE
from modelops_tui.services.exchange.values import ObjectId, plain, pointed
from modelops_tui.services.home import Home

# Who owns whom: the collection of the owner, the kind that belongs to it, and the field here that says so.
OWNED = {
    "users": ("digital-twin", "user"),
    "components": ("component-version", "component"),
    "digitalTwins": ("execution", "digital_twin"),
    "executions": ("step", "execution"),
}


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What an export would write: its report, and the documents of each collection."""

    report: Report
    collections: dict[str, list[dict[str, Any]]]


def plan(home: Home, system: str, there: Mapping[str, Sequence[Mapping[str, Any]]]) -> ExportPlan:
    """Works out what an export writes, beside what is `there` already. Raises NotPermitted."""
    home.catch_up()
    for kind in COLLECTIONS[system]:
        # A database of which a part is missing would point at what is not in it.
        home.demand("read", BY_NAME[kind])
    report = Report(system)
    collections: dict[str, list[dict[str, Any]]] = {}
    for kind, collection in COLLECTIONS[system].items():
        collections[collection] = written = []
        for document in home.documents(BY_NAME[kind]):
            giving = Giving(system, document, home.names)
            key = str(document["id"])
            if GIVE[system](kind, document, giving):
                key = str(giving.out["_id"])
                written.append(giving.out)
            else:
                report.refused.append(Line(collection, key, "what it belongs to is gone."))
            report.notes += [Line(collection, key, says) for says in giving.notes]
    if system == "odtp":
        _add_arrays(home, collections, there)
    _tell(report, collections, there)
    return ExportPlan(report, collections)


def _add_arrays(home: Home, collections: dict[str, list[dict[str, Any]]], there: Mapping[str, Any]) -> None:
    """Gives each owner the array of what is its own, in order, and keeps what others have put into it."""
    for owners, (kind, field) in OWNED.items():
        array = ARRAYS[owners][0]
        owned: dict[str, list[str]] = {}
        for document in sorted(home.documents(BY_NAME[kind]), key=_order):
            owned.setdefault(str(document[field]), []).append(str(document["id"]))
        listed = {pointed(raw.get("_id")): raw.get(array) or [] for raw in there.get(owners, ())}
        for out in collections[owners]:
            ids = owned.get(str(out["_id"]), [])
            others = (pointed(item) for item in listed.get(str(out["_id"]), []))
            # What was removed here is not known from what was added there; ODTP passes over what is not there.
            ids += [other for other in others if other and other not in ids]
            if ids or owners != "users":
                out[array] = [ObjectId(id) for id in ids]


def _order(document: Document) -> tuple[int, str, str]:
    return (int(document.get("index") or 0), str(document.get("created_at")), str(document["id"]))


def _tell(report: Report, collections: Mapping[str, list[dict[str, Any]]], there: Mapping[str, Any]) -> None:
    for collection, documents in collections.items():
        present = {pointed(raw.get("_id")): plain(dict(raw)) for raw in there.get(collection, ())}
        for document in documents:
            key = str(document["_id"])
            called = (document.get(name) for name in ("name", "title", "displayName"))
            line = Line(collection, key, next((str(text) for text in called if text), key))
            if key not in present:
                report.taken.append(line)
            elif present[key] == plain(document):
                report.unchanged.append(line)
            else:
                report.replaced.append(line)
