"""`show`, `refs` and `history`: what is known of single documents. It changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelops_tui.cli.output import form_of, shown_name, write_report, write_table, write_value
from modelops_tui.cli.parameters import key_argument, option, output_options
from modelops_tui.cli.session import Session, colours_wanted
from modelops_tui.cli.tree import Verb
from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.wording import a
from modelops_tui.errors import NotFound

if TYPE_CHECKING:
    from modelops_tui.services.history import Step


def show_command(kind: Kind) -> Verb:
    """`show` for a kind."""
    return Verb(
        "show",
        f"Show each {kind.title} with all its fields.",
        lambda session, **options: _show(session, kind, **options),
        [key_argument(kind, many=True), *output_options()],
    )


def refs_command(kind: Kind) -> Verb:
    """`refs` for a kind."""
    return Verb(
        "refs",
        f"Show what {a(kind.title)} points at and what points at it.",
        lambda session, **options: _refs(session, kind, **options),
        [key_argument(kind), *output_options()],
    )


def history_command(kind: Kind) -> Verb:
    """`history` for a kind."""
    return Verb(
        "history",
        f"Show every change of {a(kind.title)}, the newest first: who, when, field by field.",
        lambda session, **options: _history(session, kind, **options),
        [
            key_argument(kind),
            option("--limit", metavar="N", says="At most so many.", whole=True),
            *output_options(),
        ],
    )


def _show(session: Session, kind: Kind, keys: tuple[str, ...], output: str | None, as_json: bool) -> None:
    from modelops_tui.services.records import find_one

    form = form_of(output, as_json)
    documents = [find_one(session.home, kind, key) for key in keys]
    if form in ("", "table"):
        for number, document in enumerate(documents):
            if number:
                session.write_line("")
            _sheet(session, kind, document)
    elif form == "wide":
        write_table(session, kind, documents, (), wide=True)
    elif form == "name":
        for document in documents:
            session.write_line(shown_name(kind, document, session))
    else:
        from modelops_tui.present.forms_out import document_form

        forms = [document_form(kind, document, session.home.readable) for document in documents]
        write_value(session, forms[0] if len(forms) == 1 else forms, form)


def _sheet(session: Session, kind: Kind, document: Document) -> None:
    from modelops_tui.present.sheet import sheet_lines
    from modelops_tui.services.links import drifts

    found = {item.path: item.drifts for item in drifts(session.home, kind, document)}
    for line in sheet_lines(kind, document, session.home.readable, found, colours=colours_wanted()):
        session.write_line(line)


def _refs(session: Session, kind: Kind, key: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.links import links
    from modelops_tui.services.records import find_one

    form = form_of(output, as_json)
    found = links(session.home, kind, find_one(session.home, kind, key))
    rows: list[dict[str, Any]] = [
        {"direction": direction, "kind": link.kind.name, "key": link.label, "id": link.id}
        | {"field": link.path, "when removed": link.rule_says}
        for direction, side in (("points to", found.points_to), ("used by", found.pointed_at_by))
        for link in side
    ]
    if not rows and form in ("", "table", "wide"):
        session.say("Nothing points here, and it points at nothing.")
        return
    titles = ["direction", "kind", "key", "field", "when removed"]
    if form == "name":
        titles = ["key"]
    write_report(session, titles, rows, form)


def _history(
    session: Session,
    kind: Kind,
    key: str,
    limit: int | None,
    output: str | None,
    as_json: bool,
) -> None:
    from modelops_tui.present.changed_values import told_change
    from modelops_tui.services.history import history

    form = form_of(output, as_json)
    steps = history(session.home, kind, _id_of(session, kind, key), limit)
    _tell_gaps(session, steps, limit)
    if form in ("", "table", "wide"):
        _tell_steps(session, kind, steps)
        return
    rows = [
        {
            "sequence": step.sequence,
            "at": step.at,
            "by": step.by,
            "says": step.says,
            "action": step.action,
            "differences": [told_change(kind, *difference, session.home.names) for difference in step.differences],
        }
        for step in steps
    ]
    write_report(session, ["sequence"], rows, form)


def _id_of(session: Session, kind: Kind, key: str) -> str:
    from modelops_tui.entities.scalars import OBJECT_ID
    from modelops_tui.services.history import history
    from modelops_tui.services.records import find_one

    try:
        return str(find_one(session.home, kind, key)["id"])
    except NotFound:
        # What was removed still has a past, which is found by its id.
        if OBJECT_ID.match(key):
            if history(session.home, kind, key, 1):
                return key
            _tell_gaps(session, [], None)
        raise


def _tell_gaps(session: Session, steps: list[Step], limit: int | None) -> None:
    from modelops_tui.services.history import gaps, is_birth

    # Nothing is missing before a document was made, nor where no more was asked for.
    whole = bool(steps) and is_birth(steps[-1])
    enough = limit is not None and len(steps) >= limit
    for gap in gaps(session.home, steps[-1].sequence if steps and (whole or enough) else 1):
        session.say(gap)


def _tell_steps(session: Session, kind: Kind, steps: list[Step]) -> None:
    from modelops_tui.present.brief import NOTHING
    from modelops_tui.present.changed_values import called_change
    from modelops_tui.present.differences import difference_lines
    from modelops_tui.present.moments import local_time, relative_time
    from modelops_tui.present.tables import painted
    from modelops_tui.present.terminal import visible

    for step in steps:
        head = f"#{step.sequence}  {local_time(step.at)} ({relative_time(step.at)})  {step.by}  {step.says or NOTHING}"
        session.write_line(painted(visible(head), "head", colours_wanted()))
        session.write_line(f"  {step.action}")
        for path, old, new in step.differences:
            for line in difference_lines(path, *called_change(kind, path, old, new, session.home.names)):
                session.write_line(f"    {line}")
