"""`rm`: removal of documents. It shows all that goes before anything does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import flag, key_argument, output_options, where_option
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.entities.kind import Kind
from modelops_tui.errors import Refused, WrongUse
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.removing import Removal


def rm_command(kind: Kind) -> Verb:
    """`rm` for a kind."""
    return Verb(
        "rm",
        f"Remove {kind.title} documents, after showing all that goes with them.",
        lambda session, **options: _rm(session, kind, **options),
        [
            key_argument(kind, many=True, required=False),
            where_option(kind),
            flag("--yes", "-y", says="Do not ask."),
            flag("dry_run", "--dry-run", says="Only show what would go."),
            *output_options(),
        ],
    )


def _rm(
    session: Session,
    kind: Kind,
    keys: tuple[str, ...] | None,
    where: str | None,
    yes: bool,
    dry_run: bool,
    output: str | None,
    as_json: bool,
) -> None:
    from modelops_tui.services.removing import plan_removal, remove

    form = form_of(output, as_json)
    targets = _targets(session, kind, keys or (), where)
    if not targets:
        from modelops_tui.services.map_places import nothing_fits

        session.say(nothing_fits(session.home, kind, where or ""))
        return
    plan = plan_removal(session.home, [(kind, id) for id in targets])
    told = form in ("", "table", "wide")
    tell = session.write_line if dry_run and told else session.say
    if told or not dry_run:
        for line in plan.lines():
            tell(visible(line))
    if dry_run and not told:
        _write_effect(session, plan, form)
    if plan.refused:
        raise Refused(plan.refused, "See who uses it with its refs command.")
    if dry_run:
        session.say("Nothing was removed.")
        return
    count = len(plan.effect.removed)
    question = "Remove it?" if count == 1 else f"Remove these {count:,} documents?"
    if not yes and not session.agree(question, "--yes"):
        session.say("Nothing was removed.")
        return
    count = remove(session.home, plan)
    if not told:
        _write_effect(session, plan, form)
    session.say("Removed 1 document." if count == 1 else f"Removed {count} documents.")


def _write_effect(session: Session, plan: Removal, form: str) -> None:
    """What goes, or went, for a program: the documents removed and those whose pointers empty."""
    if form == "name":
        for item in plan.removed:
            session.write_line(visible(item["key"]))
    elif form in ("json", "yaml"):
        refused = plan.refused or None
        write_value(session, {"removed": plan.removed, "emptied": plan.emptied, "refused": refused}, form)
    else:
        write_report(session, ["kind", "key"], plan.removed, form)


def _targets(session: Session, kind: Kind, keys: tuple[str, ...], where: str | None) -> list[str]:
    from modelops_tui.services.filtering import select
    from modelops_tui.services.records import find_one

    if keys and where is not None:
        raise WrongUse("Keys and --where exclude each other.")
    if where is not None:
        found = select(session.home, kind, where, include_deprecated=True)
    elif keys:
        found = [find_one(session.home, kind, key) for key in keys]
    else:
        raise WrongUse(f"No {kind.title} is named.", f"modelops {kind.name} rm KEY…, or --where EXPR")
    return list(dict.fromkeys(item["id"] for item in found))
