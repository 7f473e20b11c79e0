"""`changes`, `undo` and `redo`: what was changed, and taking it back. History is only ever added to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import argument, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.history import ChangeSet

SHOWN_ENTRIES = 8


def changes_command() -> Verb:
    """`changes`."""
    return Verb(
        "changes",
        "Show every change of the registry, the newest first.",
        _changes,
        [
            option("--limit", metavar="N", says="At most so many (20).", whole=True),
            option("--before", metavar="N", says="Only those before number N.", whole=True),
            *output_options(),
        ],
    )


def undo_command() -> Verb:
    """`undo`."""
    return Verb(
        "undo",
        "Take back your last change, or the one of yours with this number, by a new one that does the opposite.",
        _undo,
        [
            argument("number", metavar="[N]", says="Its number in `modelops changes`.", required=False, whole=True),
            *output_options(),
        ],
    )


def redo_command() -> Verb:
    """`redo`."""
    return Verb("redo", "Do again what you took back last.", _redo, output_options())


def _changes(session: Session, limit: int | None, before: int | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.history import changes, gaps

    form = form_of(output, as_json)
    most = 20 if limit is None else limit
    found = changes(session.home, most + 1, before, _shown(form))
    if form in ("", "table", "wide"):
        for change in found[:most]:
            _write_change(session, change)
    else:
        write_report(session, ["sequence"], [_told(change) for change in found[:most]], form)
    for gap in gaps(session.home, found[most].sequence if len(found) > most else 1, before):
        session.say(gap)
    if len(found) > most:
        last = found[most - 1].sequence if most else found[0].sequence + 1
        session.say(f"There are more. See them with --before {last}.")


def _undo(session: Session, number: int | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.history import undo

    form = form_of(output, as_json)
    _write_done(session, undo(session.home, number, _shown(form)), form)


def _redo(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.history import redo

    form = form_of(output, as_json)
    _write_done(session, redo(session.home, _shown(form)), form)


def _shown(form: str) -> int | None:
    return None if form in ("json", "jsonl", "yaml", "csv") else SHOWN_ENTRIES


def _write_done(session: Session, change: ChangeSet, form: str) -> None:
    if form in ("", "table", "wide"):
        _write_change(session, change)
    elif form == "name":
        session.write_line(str(change.sequence))
    else:
        write_value(session, _told(change), form)


def _told(change: ChangeSet) -> dict[str, Any]:
    return {
        "sequence": change.sequence,
        "at": change.at,
        "by": change.by,
        "says": change.says,
        "entries": [
            {"kind": kind, "id": id, "key": label, "action": action} for kind, id, label, action in change.entries
        ],
    }


def _write_change(session: Session, change: ChangeSet) -> None:
    from modelops_tui.present.moments import relative_time

    session.write_line(visible(f"#{change.sequence}  {relative_time(change.at)}  {change.by}  {change.says}"))
    for kind, _, label, action in change.entries[:SHOWN_ENTRIES]:
        session.write_line(visible(f"    {action} {kind} {label}"))
    if change.count > SHOWN_ENTRIES:
        session.write_line(f"    and {change.count - SHOWN_ENTRIES:,} more")
