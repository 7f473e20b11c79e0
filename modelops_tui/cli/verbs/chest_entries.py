"""`entries`, `remove-entry` and `check`: what is in a chest. They show no value."""

from __future__ import annotations

from typing import Any

from modelops_tui.cli.output import form_of, write_report, write_rows
from modelops_tui.cli.parameters import flag, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.verbs.chest_places import chest_argument, chest_named, place_argument, tell_chest
from modelops_tui.cli.words.vault_asking import demand_open
from modelops_tui.entities.kind import Kind
from modelops_tui.errors import NotFound, VaultFailure


def entries_command(_kind: Kind) -> Verb:
    """`entries`."""
    return Verb(
        "entries",
        "Show the entries of a treasure chest, their fields, and what uses them; nothing has to be unlocked.",
        _entries,
        [chest_argument(), *output_options()],
    )


def remove_entry_command(_kind: Kind) -> Verb:
    """`remove-entry`."""
    return Verb(
        "remove-entry",
        "Take an entry, or one field of it, out of a treasure chest.",
        _remove,
        [chest_argument(), place_argument(), flag("--yes", "-y", says="Do not ask."), *output_options()],
    )


def check_command(_kind: Kind) -> Verb:
    """`check`."""
    return Verb(
        "check",
        "Open every entry of a treasure chest and tell which cannot be; the exit code is 8 when something is wrong.",
        _check,
        [chest_argument(), *output_options()],
    )


def _entries(session: Session, chest: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chests import entry_names, entry_users

    form = form_of(output, as_json)
    id = chest_named(session, chest)["id"]
    rows: list[dict[str, Any]] = [
        {
            "entry": item.entry,
            "fields": list(item.fields),
            "version": item.version,
            "used by": [
                {"kind": kind, "key": label, "field": path}
                for kind, label, path in entry_users(session.home, id, item.entry)
            ],
        }
        for item in entry_names(session.home, id)
    ]
    if form not in ("", "table", "wide"):
        write_report(session, ["entry"], rows, form)
        return
    if not rows:
        session.say(f"It is empty. Put something in: modelops treasure-chest put {chest} ENTRY")
        return
    texts = [
        [
            row["entry"],
            ", ".join(row["fields"]),
            str(row["version"]),
            ", ".join(f"{one['kind']} {one['key']}" for one in row["used by"]),
        ]
        for row in rows
    ]
    write_rows(session, ["entry", "fields", "version", "used by"], texts, right=["version"])


def _remove(session: Session, chest: str, place: str, yes: bool, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chests import entry_names, field_meant, put, remove_entry, split_place

    form = form_of(output, as_json)
    entry, field = split_place(place)
    id = chest_named(session, chest)["id"]
    there = {item.entry: item.fields for item in entry_names(session.home, id)}
    if entry not in there:
        # It tells the entries that there are.
        field_meant(session.home, id, entry)
    if field and field not in there[entry]:
        raise NotFound(f"The entry {entry} has no field {field}.", f"It has: {', '.join(there[entry])}.")
    if not yes and not session.agree(f"Remove {place} from {chest}?", "--yes"):
        session.say("Nothing was removed.")
        return
    demand_open(session)
    # An entry without a field left is none, and what uses it must be asked.
    if field and len(there[entry]) > 1:
        written = put(session.home, id, entry, {field: None})
    else:
        written = remove_entry(session.home, id, entry)
    tell_chest(session, written, form)
    session.say(f"Removed {place}. The credential itself still works where it was made for.")


def _check(session: Session, chest: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chests import check, entry_names

    form = form_of(output, as_json)
    document = chest_named(session, chest)
    if document.get("header"):
        demand_open(session)
    problems = check(session.home, document["id"])
    if problems or form not in ("", "table", "wide"):
        write_report(session, ["place", "says"], [{"place": item.path, "says": item.says} for item in problems], form)
    if problems:
        count = "One thing is" if len(problems) == 1 else f"{len(problems)} things are"
        raise VaultFailure(f"{count} wrong with the treasure chest {document.get('name')}.")
    whole = len(entry_names(session.home, document["id"]))
    session.say(f"All is well: {whole} {'entry' if whole == 1 else 'entries'}.")
