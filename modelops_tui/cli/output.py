"""Documents in the form that was asked for, on the standard output. It never cuts anything without saying so."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from modelops_tui.cli.session import Session, at_terminal, colours_wanted, terminal_width
from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import key_of
from modelops_tui.entities.kind import Kind
from modelops_tui.errors import WrongUse
from modelops_tui.present.terminal import visible

_OBEYED = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def form_of(output: str | None, as_json: bool) -> str:
    """The form that the options ask for; empty when they ask for none. Raises WrongUse when they contradict."""
    if as_json and output not in (None, "json"):
        raise WrongUse(f"--json and -o {output} contradict each other.", "Give one of them.")
    return "json" if as_json else output or ""


def write_value(session: Session, value: Any, form: str) -> None:
    """Writes a JSON value, or a list of documents, as `json`, `jsonl`, `yaml` or `csv`."""
    from modelops_tui.present.notation import dump

    text = dump(value, form)
    if at_terminal():
        text = _harmless(text, form)
    session.write(text)


def _harmless(text: str, form: str) -> str:
    if form in ("json", "jsonl"):
        return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return visible(text, multiline=True)


def name_of(kind: Kind, document: Document, session: Session) -> str:
    """What a document is called on one line for a program: its key, else its id."""
    return key_of(kind, document, session.home.names) or str(document["id"])


def shown_name(kind: Kind, document: Document, session: Session) -> str:
    """The name as it goes out: exactly as it is to a program, with signs that a terminal obeys made visible to one."""
    name = name_of(kind, document, session)
    return visible(name) if sys.stdout.isatty() else name


def write_made(session: Session, documents: Sequence[tuple[Kind, Document]], form: str, *, single: bool) -> None:
    """Writes what was made or changed: the keys, or the documents where a form was asked for."""
    if form in ("", "name"):
        for kind, document in documents:
            session.write_line(shown_name(kind, document, session))
    elif form in ("table", "wide"):
        for kind in dict.fromkeys(kind for kind, _ in documents):
            own = [document for other, document in documents if other is kind]
            write_table(session, kind, own, (), wide=form == "wide")
    else:
        from modelops_tui.present.forms_out import document_form

        forms = [document_form(kind, item, session.home.names) for kind, item in documents]
        write_value(session, forms[0] if single else forms, form)


def write_table(
    session: Session,
    kind: Kind,
    documents: Sequence[Document],
    columns: Sequence[str],
    *,
    wide: bool = False,
) -> None:
    """Writes a table of documents; at a terminal it fits the line unless it is `wide`."""
    from datetime import UTC, datetime

    from modelops_tui.present.cells import cell, columns_of
    from modelops_tui.present.tables import table_lines

    names = columns or (wide_columns(kind) if wide else ())
    chosen = columns_of(kind, names)
    reader, now = session.home.readable, datetime.now(UTC)
    rows = [[cell(kind, document, column.name, reader, now, whole=wide) for column in chosen] for document in documents]
    width = terminal_width() if at_terminal() and not wide else None
    for line in table_lines(chosen, rows, width, colours=colours_wanted()):
        session.write_line(line)


def wide_columns(kind: Kind) -> tuple[str, ...]:
    """The columns of a wide table: the declared ones and then all others, with the envelope."""
    from modelops_tui.present.cells import columns_of
    from modelops_tui.present.forms_out import NEVER_SHOWN

    first = [column.name for column in columns_of(kind)]
    rest = [*kind.by_name, *kind.computed_by_name, "rev", "created_at", "updated_at", "created_by", "id"]
    shown = [name for name in rest if name not in NEVER_SHOWN and name not in kind.key]
    return tuple(dict.fromkeys([*first, *shown]))


def write_rows(
    session: Session, titles: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()
) -> None:
    """Writes a plain table of texts under `titles`; the columns in `right` stand to the right."""
    from modelops_tui.present.cells import Cell, Column
    from modelops_tui.present.tables import table_lines

    columns = [Column(title, title, "right" if title in right else "left") for title in titles]
    cells = [[Cell(visible(text), "") for text in row] for row in rows]
    width = terminal_width() if at_terminal() else None
    for line in table_lines(columns, cells, width, colours=colours_wanted()):
        session.write_line(line)


def write_report(
    session: Session,
    titles: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    form: str,
    *,
    right: Sequence[str] = (),
) -> None:
    """Writes rows that are no documents: as a table of `titles`, or in the form that was asked for."""
    if form in ("", "table", "wide"):
        texts = [["" if row[title] is None else str(row[title]) for title in titles] for row in rows]
        write_rows(session, titles, texts, right=right)
    elif form == "name":
        for row in rows:
            session.write_line(visible(str(row[titles[0]])))
    else:
        write_value(session, list(rows), form)
