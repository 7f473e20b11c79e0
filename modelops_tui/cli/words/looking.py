"""`status` and `search`: what there is, over all kinds. They change nothing."""

from __future__ import annotations

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import argument, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.words.mending import count_of
from modelops_tui.entities.registry import kind_named
from modelops_tui.present.terminal import visible

# What every registry has says nothing of work.
FROM_THE_START = frozenset(("user", "role", "permission", "property-category", "property-definition"))


def status_command() -> Verb:
    """`status`."""
    return Verb("status", "Show what there is and what runs.", _status, output_options())


def search_command() -> Verb:
    """`search`."""
    return Verb(
        "search",
        "Find documents of every kind that hold all the words, the best first.",
        _search,
        [
            argument("text", "TEXT…", "Words to look for.", many=True),
            option("--limit", metavar="N", says="At most so many (50).", whole=True),
            *output_options(),
        ],
    )


def _status(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.status import kind_counts, status
    from modelops_tui.services.syncing.standing import standing

    form = form_of(output, as_json)
    home = session.home
    found = status(home)
    remote = standing(home, exact=True)
    conflicts = len(remote.conflicts) if remote is not None else 0
    counts = {kind.name: count for _, kind, count in kind_counts(home) if count}
    if form not in ("", "table", "wide", "name"):
        value = {
            "folder": found.folder,
            "user": found.user,
            "documents": found.documents,
            "sequence": found.sequence,
            "running": [{"kind": kind, "key": label} for kind, label in found.running],
            "counts": counts,
            "remote": remote and {"remote": remote.remote, "unsent": remote.unsent, "conflicts": conflicts},
            "trouble": found.trouble or None,
        }
        write_value(session, value, form)
        return
    session.write_line(visible(f"registry   {found.folder}"))
    session.write_line(visible(f"acting as  {found.user}"))
    session.write_line(f"documents  {found.documents:,}, after {found.sequence:,} changes")
    session.write_line(f"running    {len(found.running)}")
    for kind, label in found.running:
        session.write_line(f"           {kind} {visible(label)}")
    if remote is not None:
        waiting = f", {count_of(conflicts, 'conflict')}" if conflicts else ""
        session.write_line(visible(f"remote     {remote.remote}, {remote.unsent:,} unsent{waiting}"))
    if found.trouble:
        session.write_line(visible(f"trouble    {found.trouble}"))
    if not counts.keys() - FROM_THE_START:
        _tell_nothing(session)


def _tell_nothing(session: Session) -> None:
    project = kind_named("project")
    if session.home.may("read", project) and session.home.may("create", project):
        session.say("Nothing is here yet. Begin with: modelops project new NAME, or look around: modelops demo")
    else:
        session.say("There is nothing here that you may read. Ask someone with the role administrator.")


def _search(session: Session, text: tuple[str, ...], limit: int | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.searching import search

    form = form_of(output, as_json)
    most = 50 if limit is None else limit
    found = search(session.home, " ".join(text), most + 1)
    hits = found[:most]
    rows = [
        {
            "kind": hit.kind.name,
            "key": hit.label,
            "id": hit.id,
            "field": hit.field,
            "excerpt": hit.excerpt,
            "score": hit.score,
        }
        for hit in hits
    ]
    if not rows and form in ("", "table", "wide"):
        session.say("Nothing holds all of these words.")
        return
    titles = ["key"] if form == "name" else ["kind", "key", "field", "excerpt"]
    write_report(session, titles, rows, form)
    if len(found) > most:
        session.say(f"There are more than {most}. See more with --limit.")
