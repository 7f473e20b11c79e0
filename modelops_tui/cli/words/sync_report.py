"""What a sync did, for people and for programs, and the number that tells it. It asks the remote nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from modelops_tui.cli.session import Session
from modelops_tui.cli.words.mending import count_of
from modelops_tui.errors import Refused, VaultFailure
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.sync import Conflict, Held, SyncReport

SHOWN = 20
WAITS, TAMPERED = Refused.code, VaultFailure.code
STOPPED = "Stopped. What came and went is kept."


def code_of(report: SyncReport) -> int:
    """The exit code that a sync ends with: 8 where it refused a tampered chest, 4 while somebody must look, else 0."""
    if report.tampered:
        return TAMPERED
    return WAITS if report.conflicts or report.held or report.refused_push else 0


def report_form(session: Session, report: SyncReport) -> dict[str, Any]:
    """A report as JSON values, with names for ids."""
    commits = [{**one._asdict(), "user": session.home.user_name(one.user)} for one in report.commits]
    return {**report.as_json(), "commits": commits, "held": held_rows(session, report.held)}


def held_rows(session: Session, held: Sequence[Held]) -> list[dict[str, str]]:
    """What waits and why, as rows."""
    from modelops_tui.services.sync import held_seen

    return [
        {"kind": item.kind, "key": item.label, "id": item.id, "says": item.says}
        for item in held_seen(session.home, held)
    ]


def write_report_text(session: Session, report: SyncReport) -> None:
    """Writes a report for people, and says beside it what to do next."""
    from modelops_tui.services.sync import conflicts

    found = conflicts(session.home) if report.conflicts and not report.dry_run else []
    for title, says in _lines(session, report, found):
        session.write_line(visible(f"{title:<9} {says}" if title else says))
    if report.dry_run:
        session.say("Nothing was written on either side.")
    elif found:
        session.say(f"Look at one: modelops sync show {found[0].id[:8]}")
        session.say(f"Decide: modelops sync resolve {found[0].id[:8]} --take {'|'.join(found[0].choices)}")


def _lines(session: Session, report: SyncReport, found: Sequence[Conflict]) -> Iterator[tuple[str, str]]:
    would = report.dry_run
    if not report.commits:
        yield report.remote, "nothing came and nothing went" if not would else "nothing would come and nothing would go"
    took, sent = ("would take", "would send") if would else ("took in", "sent")
    yield from _went(session, report, took, sent=False)
    yield from _went(session, report, sent, sent=True)
    if report.merged_chests:
        yield "merged", count_of(report.merged_chests, "treasure chest")
    if report.refused_push:
        yield "not sent", report.refused_push
    for says in report.tampered[:SHOWN]:
        yield "refused", says
    for item in held_rows(session, report.held[:SHOWN]):
        yield "held", f"{item['kind']} {item['key']}: {item['says']}"
    if len(report.held) > SHOWN:
        yield "", f"          and {len(report.held) - SHOWN:,} more that wait: modelops sync status -o json"
    for conflict in found[:SHOWN]:
        yield "conflict", conflict_line(conflict)
    if report.conflicts > len(found[:SHOWN]):
        yield "conflicts", f"{report.conflicts:,} in all" if not would else f"{report.conflicts:,} would be open"
    if report.private:
        yield "private", f"{count_of(report.private, 'document')} never leave this machine"
    for note in report.notes[:SHOWN]:
        yield "note", note


def _went(session: Session, report: SyncReport, title: str, *, sent: bool) -> Iterator[tuple[str, str]]:
    commits = [one for one in report.commits if one.sent is sent]
    if not commits:
        return
    documents = sum(one.documents for one in commits)
    yield title, f"{count_of(documents, 'document')} in {count_of(len(commits), 'commit')}"
    for one in commits[-SHOWN:]:
        by = "" if sent else f"{session.home.user_name(one.user)}  "
        yield "", f"          {f'#{one.n}  ' if one.n else ''}{by}{one.summary}"
    if len(commits) > SHOWN:
        yield "", f"          and {len(commits) - SHOWN:,} before: modelops sync log"


def conflict_line(conflict: Conflict) -> str:
    """A conflict on one line: the beginning of its id, its document, what happened, where, and who did it there."""
    places = f": {', '.join(field.path for field in conflict.fields)}" if conflict.fields else ""
    by = f" ({conflict.who})" if conflict.who else ""
    return f"{conflict.id[:8]}  {conflict.kind} {conflict.label}  {conflict.what}{places}{by}"


def round_text(report: SyncReport) -> str:
    """A report in a few words, for one line a round."""
    parts = []
    if report.pulled_commits:
        parts.append(f"took in {report.pulled:,}")
    if report.pushed_commits:
        parts.append(f"sent {report.pushed:,}")
    parts = parts or ["nothing new"]
    parts += [count_of(report.conflicts, "conflict")] if report.conflicts else []
    parts += [f"{len(report.held):,} held"] if report.held else []
    parts += report.tampered
    parts += [report.refused_push] if report.refused_push else []
    return ", ".join(parts)
