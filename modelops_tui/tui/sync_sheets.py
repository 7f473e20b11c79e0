"""What the sync screen says: where the home stands, what a sync would do or did, why it did not. It asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from modelops_tui.errors import Failure, OutsideMissing, Problem
from modelops_tui.ports import VaultLocked
from modelops_tui.present.moments import full_time
from modelops_tui.services.sync import CommitSeen, HistoryGone, ReclonePlan, Standing, SyncReport, asks_for_upgrade
from modelops_tui.tui.header import spaced
from modelops_tui.tui.preferences import SyncTimes
from modelops_tui.tui.sheet import Piece, SheetLine, blank, line, named, title
from modelops_tui.tui.sync_work import SyncWork

Names = Mapping[str, str]
"""Login names by the ids of users."""

WIDTH = 15
MOST_NOTES = 200
MOST_COMMITS = 8


def counted(number: int, word: str) -> str:
    """A number with its word, in the plural where it must be."""
    return f"{spaced(number)} {word}{'s' * (number != 1)}"


def standing_lines(standing: Standing, times: SyncTimes, now: datetime, synced_at: str = "") -> list[SheetLine]:
    """The remote, how far this home is with it, and when it syncs by itself; `synced_at` is a time the books lack."""
    synced = "never yet"
    last = synced_at or standing.synced_at
    if last:
        at = full_time(last, now)
        synced = f"{at}, up to commit {spaced(standing.checkpoint)}"
    about = "" if standing.exact else "about "
    return [
        named(
            "remote", f"{standing.remote}  ", Piece(f"{standing.uri}, database {standing.database}", "dim"), width=WIDTH
        ),
        named("synced", synced, width=WIDTH),
        named("unsent", f"{about}{counted(standing.unsent, 'document')}", width=WIDTH),
        named("by itself", times_words(times), width=WIDTH),
    ]


def times_words(times: SyncTimes) -> str:
    """When the app syncs by itself, in words."""
    words = [f"every {counted(times.minutes, 'minute')}"] if times.minutes else []
    words += ["on leaving"] if times.on_quit else []
    return " and ".join(words) or "never"


def plan_lines(report: SyncReport, names: Names) -> list[SheetLine]:
    """What a sync would do now."""
    lines = [title("what a sync would do now")]
    if report.nothing_new and not report.held and not report.conflicts:
        lines.append(line("Nothing: both sides have the same."))
    return [*lines, *_commits(report, names, "would come", "would go"), *_waiting(report)]


def report_lines(report: SyncReport, names: Names, *, with_waiting: bool) -> list[SheetLine]:
    """What a sync did, and what waits after it where no newer plan says that."""
    heading = "stopped; what came and went until then stays" if report.cancelled else "synced"
    lines = [
        line(Piece("■ " if report.cancelled else "✓ ", "busy" if report.cancelled else "good"), Piece(heading, "title"))
    ]
    if report.nothing_new:
        lines.append(line("Neither side had anything new."))
    return [*lines, *_commits(report, names, "came", "went"), *(_waiting(report) if with_waiting else ())]


def _commits(report: SyncReport, names: Names, came: str, went: str) -> list[SheetLine]:
    lines = _commit_lines(f"⇣ {came}", [one for one in report.commits if not one.sent], names)
    return lines + _commit_lines(f"⇡ {went}", [one for one in report.commits if one.sent], {})


def _waiting(report: SyncReport) -> list[SheetLine]:
    """What waits for somebody, or never goes."""
    lines: list[SheetLine] = []
    if report.conflicts:
        says = f"{counted(report.conflicts, 'conflict')} to be decided; mine stays in use until then"
        lines.append(named("≠ both sides", Piece(says, "busy"), width=WIDTH))
    if report.held:
        says = f"{counted(len(report.held), 'change')} wait{'s' * (len(report.held) == 1)}: the tab held says why"
        lines.append(named("‖ held", Piece(says, "busy"), width=WIDTH))
    if report.private:
        says = f"{counted(report.private, 'document')} never leave this machine"
        lines.append(named("○ private", Piece(says, "dim"), width=WIDTH))
    if report.refused_push:
        lines += _refused_lines(report)
    if report.notes:
        lines += [blank(), title("notes"), *(line(f"· {note}", hang=2) for note in report.notes[:MOST_NOTES])]
    return lines


def _commit_lines(heading: str, commits: Sequence[CommitSeen], names: Names) -> list[SheetLine]:
    """How much it is, then the last commits, with their makers where these have names."""
    if not commits:
        return []
    lines = [named(heading, _amount(sum(one.documents for one in commits), len(commits)), width=WIDTH)]
    if len(commits) > MOST_COMMITS:
        more = counted(len(commits) - MOST_COMMITS, "commit")
        lines.append(named("", Piece(f"… {more} before these", "dim"), width=WIDTH))
    for one in commits[-MOST_COMMITS:]:
        by = f"{names[one.user]}: " if one.user in names else ""
        lines.append(named("", Piece(f"{by}{one.summary}", "dim"), width=WIDTH))
    return lines


def _amount(documents: int, commits: int) -> str:
    return f"{counted(documents, 'document')} in {counted(commits, 'commit')}"


def _refused_lines(report: SyncReport) -> list[SheetLine]:
    says, step = report.refused_push, ""
    if asks_for_upgrade(report):
        says = says.partition(" Agree with the others")[0]
        step = "Agree with the others, then U sends in the newer form."
    lines = [named("✗ not sent", Piece(says, "bad"), width=WIDTH)]
    return [*lines, named("", step, width=WIDTH)] if step else lines


def failure_lines(failure: Failure) -> list[SheetLine]:
    """Why there was no sync, and which key is the next step."""
    lines = [line(Piece("✗ ", "bad"), Piece(failure.says, "bad"), hang=2)]
    if isinstance(failure, VaultLocked):
        says = "The credentials of the remote lie in a treasure chest. p asks for your passphrase and goes on."
    elif isinstance(failure, HistoryGone):
        says = (
            "Nothing was written, here or there. R begins anew with what the remote holds now: it first says what "
            "that comes to, and nothing that is here is dropped."
        )
    elif isinstance(failure, OutsideMissing):
        says = "Nothing is lost: what is unsent stays here. r tries again; e changes how the remote is reached."
    else:
        says = "Nothing was lost. r tries again."
    known = isinstance(failure, VaultLocked | HistoryGone)
    hint = [line(failure.hint, hang=2)] if failure.hint and not known else []
    return [*lines, *hint, line(says, hang=2)]


def verified_lines(problems: Sequence[Problem]) -> list[SheetLine]:
    """What reading the whole remote found."""
    if not problems:
        return [
            line(
                Piece("✓ ", "good"),
                Piece("the remote is whole: its log, its views and what is known of them here", "title"),
                hang=2,
            )
        ]
    lines = [line(Piece("✗ ", "bad"), Piece(f"the remote has {counted(len(problems), 'fault')}", "title"))]
    lines += [line(Piece(f"{item.path} ", "name"), item.says, hang=2) for item in problems[:MOST_NOTES]]
    if len(problems) > MOST_NOTES:
        lines.append(line(Piece(f"… {spaced(len(problems) - MOST_NOTES)} more", "dim")))
    return lines


def reclone_lines(plan: ReclonePlan) -> list[SheetLine]:
    """What beginning anew with a remote comes to."""
    parts = (
        (plan.same, "are the same on both sides"),
        (plan.only_there, "are only there: they come in"),
        (plan.only_here, "are only here: they are sent"),
        (plan.differ, "differ: merged where one side alone changed, else you are asked"),
        (plan.removed_there, "were removed there: they go here, unless changed here since"),
        (plan.removed_here, "were removed here: they go there, unless changed there since"),
    )
    lines = [
        line(f"The remote {plan.remote} holds {_amount(plan.there, plan.commits)} now."),
        blank(),
        *(named(f"{spaced(count):>9}", says, width=11) for count, says in parts if count),
    ]
    if plan.under_way:
        lines += [blank(), line("A commit that was being sent is made anew.")]
    return lines


def progress_words(work: SyncWork) -> tuple[str, float | None, str]:
    """What is under way, its share where that is known, and numbers."""
    if not work.doing:
        return "", None, ""
    says = "stopping after this step" if work.stopping else work.step or work.doing
    progress = work.progress
    if progress is None:
        return says, None, ""
    of = f" of {spaced(progress.total)}" if progress.total else ""
    return says, work.share, f"{spaced(progress.done)}{of} {progress.unit}"
