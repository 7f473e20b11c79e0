"""`exchange`: databases of Noronha and ODTP, taken in and written. It replaces nothing there that was not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperArgument, TyperOption
from typer.exceptions import Exit

from modelops_tui.cli.output import form_of, write_value
from modelops_tui.cli.parameters import argument, complete_words, flag, output_options
from modelops_tui.cli.progress import telling
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb, WordGroup
from modelops_tui.cli.words.mending import TEXT_FORMS, count_of
from modelops_tui.cli.words.reaching import credential_option, database_option, plaintext_flag
from modelops_tui.cli.words.vault_asking import when_open
from modelops_tui.errors import Refused
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.exchange.places import Place
    from modelops_tui.services.exchange.report import Report

SYSTEMS = ("noronha", "odtp")
SHOWN = 100
ASKED = 20
LEFT_OUT = Refused.code
CODES = "It ends with 0 when all went over, and with 4 when something could not; the rest went over then."
TRUST = " An authority of its own is named in the URI: tlsCAFile=FILE."


def exchange_group() -> WordGroup:
    """`exchange`."""
    says = "Take in a database of Noronha or ODTP, or write this registry as one that their own programs work with."
    return WordGroup("exchange", says, "exchange")


def import_command() -> Verb:
    """`exchange import`."""
    return Verb(
        "import",
        "Take a database of Noronha or ODTP in, all in one change that undo takes back. What is here already stays.",
        _import,
        [*_place_parameters(), flag("--dry-run", says="Only show what would be taken."), *output_options()],
        more=CODES + TRUST,
    )


def export_command() -> Verb:
    """`exchange export`."""
    return Verb(
        "export",
        "Write this registry as a database of Noronha or ODTP. What others keep there stays; what would be replaced is "
        "shown first.",
        _export,
        [
            *_place_parameters(),
            flag("--dry-run", says="Only show what would be written."),
            flag("--yes", "-y", says="Do not ask before documents there are replaced."),
            *output_options(),
        ],
        more=CODES + TRUST,
    )


def _place_parameters() -> list[TyperArgument | TyperOption]:
    return [
        argument("system", "noronha|odtp", "The system.", complete=complete_words(SYSTEMS)),
        argument("uri", "URI", "The server: mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE."),
        database_option("the system's own: nha_db, odtp"),
        credential_option(),
        plaintext_flag(),
    ]


def _import(session: Session, dry_run: bool, output: str | None, as_json: bool, **named: Any) -> None:
    from modelops_tui.services.exchange import do_import, plan_import
    from modelops_tui.services.exchange.places import demand_something, read_place
    from modelops_tui.services.news import Step

    form = form_of(output, as_json)
    system, place = str(named["system"]), _place(session, **named)
    with telling() as tell:
        tell(Step(f"reading {place.database}"))
        there = read_place(session.home, place)
        demand_something(system, place, there)
        tell(Step("comparing"))
        plan = plan_import(session.home, system, there)
        made = {} if dry_run else do_import(session.home, plan)
    words = ("would be taken" if dry_run else "taken", "here already", "not taken")
    _write(session, plan.report, place, form, words, {"dry_run": bool(dry_run), "made": made})
    if made:
        session.say("Take it back as a whole: modelops undo")
    _end_with(plan.report)


def _export(session: Session, dry_run: bool, yes: bool, output: str | None, as_json: bool, **named: Any) -> None:
    from modelops_tui.services.exchange import plan_export
    from modelops_tui.services.exchange.places import read_place, write_place
    from modelops_tui.services.news import Step

    form = form_of(output, as_json)
    system, place = str(named["system"]), _place(session, **named)
    with telling() as tell:
        tell(Step(f"reading {place.database}"))
        there = read_place(session.home, place)
        plan = plan_export(session.home, system, there)
    if not dry_run and not yes and not _agreed(session, plan.report, place):
        session.say("Nothing was written.")
        return
    written: dict[str, dict[str, int]] = {}
    if not dry_run:
        with telling() as tell:
            tell(Step(f"writing {place.database}"))
            written = write_place(session.home, place, plan.collections)
    words = ("would be new there" if dry_run else "new there", "there already", "not written")
    _write(session, plan.report, place, form, words, {"dry_run": bool(dry_run), "written": written})
    _end_with(plan.report)


def _place(
    session: Session, system: str, uri: str, database: str | None, credential: str | None, allow_plaintext: bool
) -> Place:
    from modelops_tui.services.exchange.places import place_of

    return when_open(
        session,
        lambda: place_of(
            session.home,
            system,
            uri,
            database=database or "",
            credential=credential or "",
            allow_plaintext=bool(allow_plaintext),
        ),
    )


def _agreed(session: Session, report: Report, place: Place) -> bool:
    if not report.replaced:
        return True
    session.say(f"In {place.database} these are replaced:")
    for line in report.replaced[:ASKED]:
        session.say(f"  {line.collection} {line.id}: {line.says}")
    if len(report.replaced) > ASKED:
        session.say(f"  and {len(report.replaced) - ASKED:,} more: --dry-run shows all")
    return session.agree(f"Replace {count_of(len(report.replaced), 'document')} there?", "--yes")


def _write(
    session: Session, report: Report, place: Place, form: str, words: tuple[str, str, str], more: dict[str, Any]
) -> None:
    if form == "name":
        for line in report.taken:
            session.write_line(visible(f"{line.collection} {line.id}"))
        return
    if form not in TEXT_FORMS:
        write_value(session, {**report.values(), "database": place.database, **more}, form)
        return
    new, same, refused = words
    counts = [
        (new, report.taken),
        ("replaced", report.replaced),
        (same, report.unchanged),
        (refused, report.refused),
        ("with parts kept in origin", report.kept),
        ("notes", report.notes),
    ]
    session.write_line(visible(f"{report.system}, database {place.database}:"))
    for says, lines in counts:
        if lines or says == new:
            session.write_line(f"  {len(lines):>7,}  {says}")
    told = report.lines()
    for text in told[:SHOWN]:
        session.write_line(visible(text))
    if len(told) > SHOWN:
        session.write_line(f"and {len(told) - SHOWN:,} more remarks: -o json shows all")


def _end_with(report: Report) -> None:
    if report.refused:
        raise Exit(LEFT_OUT)
