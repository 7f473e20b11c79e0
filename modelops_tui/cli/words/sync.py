"""`sync`: one meeting with the remote, or one after another. What came and went is kept wherever it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer.exceptions import Exit

from modelops_tui.cli.interruption import stoppable
from modelops_tui.cli.output import form_of, write_value
from modelops_tui.cli.parameters import flag, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import WordGroup
from modelops_tui.cli.words.mending import TEXT_FORMS
from modelops_tui.errors import WrongUse

if TYPE_CHECKING:
    from modelops_tui.services.sync import SyncReport

CODES = (
    "It ends with 0 when all is done, 3 when there is no remote, 4 while conflicts are open or something is held back "
    "or refused, 7 when the remote does not answer, 8 when the vault is locked or a treasure chest was tampered with, "
    "130 when interrupted. Ctrl+C stops between two steps and loses nothing."
)


def sync_group() -> WordGroup:
    """`sync`."""
    return WordGroup(
        "sync",
        "Take in what others sent to the shared MongoDB, and send what is new here. Edits of one document are merged "
        "field by field; the same field on both sides is a conflict, which waits for you while all else goes on.",
        "sync",
        _sync,
        [
            flag("--push-only", says="Take nothing in."),
            flag("--pull-only", says="Send nothing."),
            flag("--dry-run", says="Only show what would come and go."),
            flag("--upgrade", says="Let the remote be of this program's newer schema."),
            option("--every", metavar="SPAN", says="Again and again, such as 30s, 5m or 1h, until interrupted."),
            *output_options(),
        ],
        more=CODES,
    )


def _sync(
    session: Session,
    push_only: bool,
    pull_only: bool,
    dry_run: bool,
    upgrade: bool,
    every: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    form = form_of(output, as_json)
    if push_only and pull_only:
        raise WrongUse("--push-only and --pull-only contradict each other.", "Without either it does both.")
    if every is not None:
        from modelops_tui.cli.words.sync_rounds import interval_of, keep_syncing

        if dry_run:
            raise WrongUse("--dry-run does not go with --every.", "Look once: modelops sync --dry-run")
        seconds = interval_of(every)
        keep_syncing(session, seconds, form, push=not pull_only, pull=not push_only, upgrade=bool(upgrade))
    report = _meet(session, push=not pull_only, pull=not push_only, dry_run=bool(dry_run), upgrade=bool(upgrade))
    write_outcome(session, report, form)
    end_with(session, report)


def _meet(session: Session, *, push: bool, pull: bool, dry_run: bool, upgrade: bool) -> SyncReport:
    from modelops_tui.cli.progress import telling
    from modelops_tui.cli.words.reaching import reached
    from modelops_tui.services.sync import sync

    with reached(session) as remote, stoppable() as stop, telling() as tell:
        return sync(
            session.home,
            remote,
            push=push,
            pull=pull,
            dry_run=dry_run,
            upgrade=upgrade,
            tell=tell,
            cancelled=stop,
        )


def write_outcome(session: Session, report: SyncReport, form: str) -> None:
    """Writes a report in the form that was asked for."""
    from modelops_tui.cli.words.sync_report import report_form, write_report_text

    if form in TEXT_FORMS:
        write_report_text(session, report)
    elif form == "name":
        session.write_line(report.remote)
    else:
        write_value(session, report_form(session, report), form)


def end_with(session: Session, report: SyncReport) -> None:
    """Ends the call with the number for a report where that is not 0, saying so when it was stopped."""
    from modelops_tui.cli.boundary import INTERRUPTED
    from modelops_tui.cli.words.sync_report import STOPPED, code_of

    if report.cancelled:
        session.say(f"{STOPPED} Sync again for the rest.")
        raise Exit(INTERRUPTED)
    if code_of(report):
        raise Exit(code_of(report))
