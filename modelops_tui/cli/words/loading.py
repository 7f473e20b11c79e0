"""`load`: whole documents of any kind from a file, for administrators. It takes all of them or none."""

from __future__ import annotations

from modelops_tui.cli.output import form_of, write_report
from modelops_tui.cli.parameters import argument, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb


def load_command() -> Verb:
    """`load`."""
    return Verb(
        "load",
        "Take in whole documents of any kind with all their fields, all or none. For administrators.",
        _load,
        [
            argument("source", "FILE|-", "YAML, JSON or JSON Lines; each document names its kind."),
            *output_options(),
        ],
    )


def _load(session: Session, source: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.cli.documents_in import documents_of
    from modelops_tui.services.loading import load

    form = form_of(output, as_json)
    documents = documents_of(session, source)
    counts = load(session.home, documents)
    rows = [{"kind": kind, "count": count} for kind, count in counts.items()]
    if rows or form not in ("", "table", "wide"):
        write_report(session, ["kind", "count"], rows, form, right=["count"])
    total = sum(counts.values())
    there = len(documents) - total
    session.say(f"{total:,} new" + (f", {there:,} there already." if there else "."))
