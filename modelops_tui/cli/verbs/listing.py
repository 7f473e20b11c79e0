"""`list`: many documents of a kind. It never leaves any out without saying how many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from modelops_tui.cli.output import form_of, name_of, shown_name, write_table, write_value
from modelops_tui.cli.parameters import complete_paths, flag, option, output_options, where_option
from modelops_tui.cli.session import Session, at_terminal
from modelops_tui.cli.tree import Verb
from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind

if TYPE_CHECKING:
    from modelops_tui.services.home import Home

AT_TERMINAL = 50


def list_command(kind: Kind) -> Verb:
    """`list` for a kind."""
    fields = complete_paths(kind, "")
    return Verb(
        "list",
        f"Show {kind.title} documents. {kind.says}",
        lambda session, **options: _list(session, kind, **options),
        [
            where_option(kind),
            option("--sort", metavar="FIELD|-FIELD", says="Sort by a field; - turns it round.", complete=fields),
            option("--columns", metavar="A,B", says="Columns, such as key,details.auc,updated_at.", complete=fields),
            option("--limit", metavar="N", says="At most so many.", whole=True),
            flag("everything", "--all", says="All of them, also those that are deprecated."),
            *output_options(),
        ],
    )


def _list(
    session: Session,
    kind: Kind,
    where: str | None,
    sort: str | None,
    columns: str | None,
    limit: int | None,
    everything: bool,
    output: str | None,
    as_json: bool,
) -> None:
    form = form_of(output, as_json)
    names = [name.strip() for name in (columns or "").split(",") if name.strip()]
    if limit is None and not everything and form in ("", "table", "wide") and at_terminal():
        limit = AT_TERMINAL
    home = session.home
    if limit is not None and not (where or sort) and (everything or "deprecated" not in kind.by_name):
        # The first few of a large kind are read without the rest.
        shown: Sequence[Document] = home.first(kind, limit)
        total = home.count(kind)
    else:
        found = _chosen(home, kind, where or "", sort or "", everything)
        shown, total = found[:limit] if limit is not None else found, len(found)
    if form in ("", "table", "wide"):
        if not shown and not total:
            session.say(_nothing(home, kind, where or ""))
            return
        write_table(session, kind, shown, names, wide=form == "wide")
    elif form == "name":
        for document in shown:
            session.write_line(shown_name(kind, document, session))
    else:
        write_value(session, _forms(session, kind, shown, names), form)
    if total > len(shown):
        session.say(f"{total - len(shown):,} more. See them with --limit {total}, or narrow with --where.")


def _chosen(home: Home, kind: Kind, where: str, sort: str, everything: bool) -> Sequence[Document]:
    if where or sort:
        from modelops_tui.services.filtering import select

        return select(home, kind, where, sort, include_deprecated=everything)
    # The language of expressions costs as much to load as all the rest of a list that needs none.
    found = home.documents(kind)
    if everything or "deprecated" not in kind.by_name:
        return found
    return [item for item in found if not item.get("deprecated")]


def _nothing(home: Home, kind: Kind, where: str) -> str:
    if where:
        from modelops_tui.services.map_places import nothing_fits

        return nothing_fits(home, kind, where)
    if not home.may("read", kind):
        return f"There is no {kind.title} that you may read: {kind.name}:read is missing."
    make = f" Make one: modelops {kind.name} new --help" if "new" in kind.verbs else ""
    return f"There is no {kind.title} yet.{make}"


def _forms(session: Session, kind: Kind, documents: Sequence[Document], names: list[str]) -> list[dict[str, Any]]:
    from modelops_tui.present.forms_out import document_form

    reader = session.home.readable
    if not names:
        return [document_form(kind, document, reader) for document in documents]
    from modelops_tui.present.cells import column_type, raw_value
    from modelops_tui.present.forms_out import told

    types = {name: column_type(kind, name) for name in names}
    return [
        {
            name: name_of(kind, document, session)
            if name == "key"
            else told(types[name], raw_value(kind, document, name, reader), reader)
            for name in names
        }
        for document in documents
    ]
