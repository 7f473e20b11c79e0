"""`sync conflicts` and `sync show`: what was changed on both sides. They decide nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import argument, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.words.mending import TEXT_FORMS
from modelops_tui.cli.words.reaching import complete_conflicts
from modelops_tui.cli.words.vault_asking import when_open
from modelops_tui.errors import WrongUse
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.sync import Conflict


def conflicts_command() -> Verb:
    """`sync conflicts`."""
    return Verb("conflicts", "Show every open conflict, the oldest first.", _conflicts, output_options())


def show_command() -> Verb:
    """`sync show`."""
    says = "Its id or the beginning of it, or the key or id of its document."
    return Verb(
        "show",
        "Show one conflict place by place: what both sides began with, what is here, what is there, who changed it.",
        _show,
        [
            argument("conflict", "CONFLICT", says, complete=complete_conflicts),
            option(
                "--reveal",
                metavar="ENTRY",
                says="Show both secrets of this entry of a treasure chest instead; that is written into its history.",
            ),
            *output_options(),
        ],
    )


def _conflicts(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.present.clashes import conflict_form
    from modelops_tui.present.moments import relative_time
    from modelops_tui.services.sync import conflicts

    form = form_of(output, as_json)
    found = conflicts(session.home)
    if not found and form in TEXT_FORMS:
        session.say("There is no conflict.")
    elif form not in TEXT_FORMS:
        write_report(session, ["id"], [conflict_form(item, session.home.readable) for item in found], form)
    else:
        rows = [
            {
                "id": item.id if form == "wide" else item.id[:8],
                "kind": item.kind,
                "key": item.label,
                "what": item.what,
                "fields": ", ".join(field.path for field in item.fields),
                "by": item.who,
                "since": relative_time(item.at),
            }
            for item in found
        ]
        write_report(session, ["id", "kind", "key", "what", "fields", "by", "since"], rows, form)
        session.say(f"Look at one: modelops sync show {found[0].id[:8]}")


def _show(session: Session, conflict: str, reveal: str | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.present.clashes import clash_lines, conflict_form
    from modelops_tui.present.moments import local_time, relative_time
    from modelops_tui.services.sync import show_conflict

    form = form_of(output, as_json)
    found = show_conflict(session.home, conflict)
    if reveal is not None:
        _reveal(session, found, reveal, form)
    elif form == "name":
        session.write_line(found.id)
    elif form not in TEXT_FORMS:
        write_value(session, conflict_form(found, session.home.readable), form)
    else:
        session.write_line(visible(f"{found.kind} {found.label}: {found.what}"))
        by = f"by {found.who}, " if found.who else ""
        session.write_line(visible(f"{by}found {local_time(found.at)} ({relative_time(found.at)})"))
        for line in clash_lines(found, session.home.readable):
            session.write_line(line)
        session.say(f"Decide: modelops sync resolve {found.id[:8]} --take {'|'.join(found.choices)}")


def _reveal(session: Session, conflict: Conflict, entry: str, form: str) -> None:
    from modelops_tui.services.chests import CHEST
    from modelops_tui.services.sync import conflict_values

    if conflict.kind != CHEST.name:
        raise WrongUse("Only an entry of a treasure chest is revealed.", "Without --reveal all of it is shown.")
    name = entry.removeprefix("entries.")
    sides = when_open(session, lambda: conflict_values(session.home, conflict.document, name))
    rows = [
        {"side": side, "field": field, "value": value}
        for side, values in zip(("mine", "theirs"), sides, strict=True)
        for field, value in (values or {"": "(taken out)"}).items()
    ]
    write_report(session, ["side", "field", "value"], rows, form)
