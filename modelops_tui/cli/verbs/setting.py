"""`set` and `rename`: other values for what is there. It never changes a field that was not named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelops_tui.cli.output import form_of, write_made
from modelops_tui.cli.parameters import (
    argument,
    complete_keys,
    complete_paths,
    flag,
    key_argument,
    option,
    output_options,
    where_option,
)
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Context, Verb
from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.wording import a
from modelops_tui.errors import Invalid, WrongUse

if TYPE_CHECKING:
    from modelops_tui.services.history import Difference

_FORMS = "field=value, details.lr=0.1, tags+=x, tags-=x; an empty value empties the field."


def set_command(kind: Kind) -> Verb:
    """`set` for a kind."""

    def complete(ctx: Context, args: list[str], incomplete: str) -> list[Any]:
        if not ctx.params.get("words") and not ctx.params.get("where"):
            return complete_keys(kind.name)(ctx, args, incomplete)
        return complete_paths(kind, "=")(ctx, args, incomplete)

    return Verb(
        "set",
        f"Change fields of {a(kind.title)}, or with --where of many.",
        lambda session, **options: _set(session, kind, **options),
        [
            argument("words", "KEY FIELD=VALUE…", "Key, then " + _FORMS, many=True, required=False, complete=complete),
            where_option(kind),
            option("source", "--from", metavar="FILE|-", says="Take the fields from YAML or JSON."),
            option("--if-rev", metavar="N", says="Only if it was written so often, else refuse.", whole=True),
            flag("--yes", "-y", says="Do not ask before many are changed."),
            flag("dry_run", "--dry-run", says="With --where: only show which would change."),
            *output_options(),
        ],
    )


def rename_command(kind: Kind) -> Verb:
    """`rename` for a kind."""
    return Verb(
        "rename",
        f"Give {a(kind.title)} another name; nothing that points at it breaks.",
        lambda session, **options: _rename(session, kind, **options),
        [key_argument(kind), argument("new_name", "NEW", "The new name."), *output_options()],
    )


def _rename(session: Session, kind: Kind, key: str, new_name: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.records import find_one, rename

    form = form_of(output, as_json)
    document = find_one(session.home, kind, key)
    renamed = rename(session.home, kind, document["id"], new_name)
    write_made(session, [(kind, renamed)], form, single=True)


def _set(
    session: Session,
    kind: Kind,
    words: tuple[str, ...] | None,
    where: str | None,
    source: str | None,
    if_rev: int | None,
    yes: bool,
    dry_run: bool,
    output: str | None,
    as_json: bool,
) -> None:
    form = form_of(output, as_json)
    given = list(words or ())
    if where is not None:
        if source is not None or if_rev is not None:
            raise WrongUse("--where goes neither with --from nor with --if-rev.")
        _set_many(session, kind, where, given, form, yes=yes, dry_run=dry_run)
        return
    if dry_run:
        raise WrongUse("--dry-run goes with --where.", "One document is shown by show.")
    if not given:
        raise WrongUse(f"No {kind.title} is named.", f"modelops {kind.name} set KEY field=value…")
    key, assignments = given[0], given[1:]
    if source is None and not assignments:
        raise WrongUse("Nothing to change is named.", f"Write {_FORMS}")
    _set_one(session, kind, key, assignments, source, if_rev, form)


def _set_one(
    session: Session,
    kind: Kind,
    key: str,
    assignments: list[str],
    source: str | None,
    if_rev: int | None,
    form: str,
) -> None:
    from modelops_tui.services.records import assigned, change, find_one

    document = find_one(session.home, kind, key)
    changes: dict[str, Any] = {}
    if source is not None:
        from modelops_tui.cli.documents_in import documents_for

        documents = documents_for(session, kind, source)
        if len(documents) != 1:
            raise WrongUse(f"{source} holds {len(documents)} documents; set takes the fields of one.")
        changes.update(documents[0])
    changes.update(assigned(session.home, kind, {**document, **changes}, assignments))
    changed = change(session.home, kind, document["id"], changes, if_rev=if_rev)
    if changed.get("rev") == document.get("rev"):
        session.say("Nothing differs.")
    write_made(session, [(kind, changed)], form, single=True)


def _set_many(
    session: Session,
    kind: Kind,
    where: str,
    assignments: list[str],
    form: str,
    *,
    yes: bool,
    dry_run: bool,
) -> None:
    from modelops_tui.services.filtering import select
    from modelops_tui.services.records import assigned, change_each

    if not assignments:
        raise WrongUse("Nothing to change is named.", f"Write {_FORMS}")
    wrong = [word for word in assignments if "=" not in word]
    if wrong:
        raise WrongUse(f"{wrong[0]!r} is no assignment.", "With --where no key is named.")
    found = select(session.home, kind, where, include_deprecated=True)
    if not found:
        from modelops_tui.services.map_places import nothing_fits

        session.say(nothing_fits(session.home, kind, where))
        return
    planned = [(item["id"], assigned(session.home, kind, item, assignments)) for item in found]
    if dry_run:
        _tell_planned(session, kind, found, dict(planned), form)
        return
    if not yes and not session.agree(f"Change {len(found)} {kind.title} documents?", "--yes"):
        session.say("Nothing was changed.")
        return
    changed = change_each(session.home, kind, planned)
    write_made(session, [(kind, item) for item in changed], form, single=False)


def _tell_planned(
    session: Session, kind: Kind, found: list[Document], planned: dict[str, dict[str, Any]], form: str
) -> None:
    """Writes what would change of each document, field by field, and raises for what would be refused."""
    from modelops_tui.cli.output import shown_name, write_report
    from modelops_tui.present.differences import difference_lines

    told = [(item, _differences(session, kind, item, planned[item["id"]])) for item in found]
    if form == "name":
        for item, _ in told:
            session.write_line(shown_name(kind, item, session))
    elif form in ("", "table", "wide"):
        for item, differences in told:
            session.write_line(shown_name(kind, item, session))
            lines = [line for difference in differences for line in difference_lines(*difference)]
            for line in lines or ["nothing differs"]:
                session.write_line(f"    {line}")
    else:
        rows = [
            {"id": item["id"], "key": shown_name(kind, item, session)}
            | {"differences": [{"path": path, "old": old, "new": new} for path, old, new in differences]}
            for item, differences in told
        ]
        write_report(session, ["key", "differences"], rows, form)


def _differences(session: Session, kind: Kind, document: Document, changes: dict[str, Any]) -> list[Difference]:
    from modelops_tui.services.history import differences_of
    from modelops_tui.services.records import input_form, problems

    wrong = problems(session.home, kind, changes, document)
    if wrong:
        raise Invalid(f"{kind.title} {label_of(kind, document, session.home.readable)} cannot be changed so.", wrong)
    now = input_form(session.home, kind, document)
    return list(differences_of({name: now.get(name) for name in changes}, changes))
