"""`sync status`, `log` and `verify`: where this registry and its remote stand. They change nothing on either side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.exceptions import Exit

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.words.mending import FAULTS_REMAIN, TEXT_FORMS, count_of
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.sync import SyncStatus

SHOWN = 20


def status_command() -> Verb:
    """`sync status`."""
    return Verb(
        "status",
        "Show what is unsent, what waits and why, and open conflicts. The remote is not asked.",
        _status,
        output_options(),
    )


def log_command() -> Verb:
    """`sync log`."""
    return Verb(
        "log",
        "Show the last commits of the remote, the newest first: who sent what, and when.",
        _log,
        [option("--limit", metavar="N", says="At most so many (20).", whole=True), *output_options()],
    )


def verify_command() -> Verb:
    """`sync verify`."""
    return Verb(
        "verify",
        "Read the whole log and every view of the remote, and say what is not as it should be.",
        _verify,
        output_options(),
        more="It ends with 0 when all is well, and with 4 when something is not.",
    )


def status_form(session: Session, status: SyncStatus) -> dict[str, Any]:
    """A status as JSON values."""
    from modelops_tui.cli.words.sync_report import held_rows

    return {
        "remote": status.remote,
        "uri": status.uri,
        "commit": status.checkpoint,
        "last_sync": status.last_sync or None,
        "unsent": status.unsent,
        "private": status.private,
        "conflicts": status.conflicts,
        "under_way": status.under_way,
        "held": held_rows(session, status.held),
    }


def _status(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.sync import sync_status

    form = form_of(output, as_json)
    status = sync_status(session.home)
    if form == "name":
        session.write_line(visible(status.remote))
    elif form not in TEXT_FORMS:
        write_value(session, status_form(session, status), form)
    else:
        for title, says in _status_lines(session, status):
            session.write_line(visible(f"{title:<10} {says}"))
        if status.conflicts:
            session.say("See them: modelops sync conflicts")
        elif status.unsent:
            session.say("Send it: modelops sync")


def _status_lines(session: Session, status: SyncStatus) -> list[tuple[str, str]]:
    from modelops_tui.cli.words.sync_report import held_rows
    from modelops_tui.present.moments import relative_time

    when = f"{relative_time(status.last_sync)}, up to commit {status.checkpoint}" if status.last_sync else "never"
    lines = [
        ("remote", f"{status.remote}  {status.uri}"),
        ("exchanged", when),
        ("unsent", count_of(status.unsent, "document")),
        ("conflicts", f"{status.conflicts:,}"),
    ]
    if status.private:
        lines.append(("private", f"{count_of(status.private, 'document')} never leave this machine"))
    if status.under_way:
        lines.append(("under way", "a commit was being sent; the next sync finds out whether it came there"))
    rows = held_rows(session, status.held[:SHOWN])
    lines += [("held", f"{row['kind']} {row['key']}: {row['says']}") for row in rows]
    if len(status.held) > SHOWN:
        lines.append(("", f"and {len(status.held) - SHOWN:,} more that wait: -o json shows all"))
    return lines


def _log(session: Session, limit: int | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.cli.words.reaching import reached
    from modelops_tui.present.moments import local_time
    from modelops_tui.services.sync import sync_log

    form = form_of(output, as_json)
    most = 20 if limit is None else limit
    with reached(session) as remote:
        heads = sync_log(remote, most) if most else []
    rows = [
        {
            "commit": head.n,
            "at": local_time(head.at) if form in TEXT_FORMS else head.at or None,
            "by": session.home.user_name(head.user),
            "documents": head.documents,
            "what": head.summary,
            "client": head.client,
            "replica": head.replica,
            "hash": head.hash,
        }
        for head in heads
    ]
    if not rows and most and form in TEXT_FORMS:
        session.say("The remote holds no commit yet.")
        return
    titles = ["commit", "at", "by", "documents", "what", "client"]
    titles += ["replica", "hash"] if form == "wide" else []
    write_report(session, titles, rows, form, right=["commit", "documents"])


def _verify(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.cli.words.reaching import looking, reached
    from modelops_tui.services.sync import verify_remote

    form = form_of(output, as_json)
    with reached(session) as remote, looking(session) as (tell, stop):
        problems = verify_remote(session.home, remote, tell, stop)
    rows = [{"place": item.path, "says": item.says} for item in problems]
    if form in TEXT_FORMS:
        for row in rows:
            session.write_line(visible(f"{row['place']}: {row['says']}"))
    else:
        write_report(session, ["place", "says"], rows, form)
    if problems:
        session.say(f"{count_of(len(problems), 'problem')}.")
        raise Exit(FAULTS_REMAIN)
    session.say("The log, its views and this registry agree.")
