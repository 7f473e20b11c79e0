"""`refs` where a chest's entries are named: each pointer with the entry it means. It opens no chest."""

from __future__ import annotations

from typing import Any

from modelops_tui.cli.output import form_of, write_report
from modelops_tui.cli.parameters import key_argument, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.secret_places import secret_places
from modelops_tui.entities.structures import Rule
from modelops_tui.entities.wording import a


def refs_command(kind: Kind) -> Verb:
    """`refs` for a kind that holds chest entries or names them."""
    return Verb(
        "refs",
        f"Show what {a(kind.title)} points at and what points at it, with the chest entries that are named.",
        lambda session, **options: _refs(session, kind, **options),
        [key_argument(kind), *output_options()],
    )


def _refs(session: Session, kind: Kind, key: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.links import links
    from modelops_tui.services.records import find_one

    form = form_of(output, as_json)
    document = find_one(session.home, kind, key)
    found = links(session.home, kind, document)
    rows: list[dict[str, Any]] = []
    for direction, side in (("points to", found.points_to), ("used by", found.pointed_at_by)):
        for link in side:
            holder = (kind, document) if side is found.points_to else (link.kind, _there(session, link.kind, link.id))
            rows.append(
                {
                    "direction": direction,
                    "kind": link.kind.name,
                    "key": link.label,
                    "id": link.id,
                    "field": link.path,
                    "entry": _entry(*holder, link.path),
                    "when removed": link.rule_says,
                }
            )
    if kind.name == "treasure-chest":
        rows += _remotes(session, document)
    if not rows and form in ("", "table", "wide"):
        session.say("Nothing points here, and it points at nothing.")
        return
    titles = ["key"] if form == "name" else ["direction", "kind", "key", "field", "entry", "when removed"]
    write_report(session, titles, rows, form)


def _remotes(session: Session, chest: Document) -> list[dict[str, Any]]:
    from modelops_tui.services.links import RULE_SAYS
    from modelops_tui.services.syncing.remotes import remotes

    return [
        {"direction": "used by", "kind": "remote", "key": remote.name, "id": None, "field": "credential"}
        | {"entry": remote.entry, "when removed": RULE_SAYS[Rule.RESTRICT]}
        for remote in remotes(session.home)
        if remote.chest == chest["id"]
    ]


def _there(session: Session, kind: Kind, id: str) -> Document:
    return session.home.names.get(kind.name, id) or {}


def _entry(kind: Kind, document: Document, path: str) -> str | None:
    return next((place.get("entry") for at, place in secret_places(kind, document) if path == f"{at}.chest"), None)
