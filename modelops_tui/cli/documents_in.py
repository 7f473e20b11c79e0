"""Documents of a file on their way in: read, placed by line, of the kind they are meant for. It writes nothing."""

from __future__ import annotations

from typing import Any

from modelops_tui.cli.session import Session, read_text
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import kind_named
from modelops_tui.errors import Invalid, Problem, WrongUse
from modelops_tui.present.notation import read_documents


def documents_of(session: Session, place: str) -> list[dict[str, Any]]:
    """The documents of a file, or of the standard input for `-`; the session learns their lines.

    Raises Invalid for damaged text, OutsideMissing where the file cannot be read.
    """
    read = read_documents(read_text(place), place)
    if not read:
        raise Invalid(f"{place} holds no document.")
    lines = [line for line, _ in read]
    # A line tells nothing where several documents stand in it.
    if len(set(lines)) == len(lines):
        session.problem_places = {number: f"line {line}" for number, line in enumerate(lines, 1)}
    return [document for _, document in read]


def documents_for(session: Session, kind: Kind, place: str) -> list[dict[str, Any]]:
    """The documents of a file that are all of one kind; one that says another kind is a problem."""
    documents = documents_of(session, place)
    problems = []
    for number, document in enumerate(documents, start=1):
        says = _other_kind(kind, document.get("kind"))
        if says:
            problems.append(Problem(f"document {number}, kind", says))
    if problems:
        raise Invalid(
            f"These are not all {kind.title} documents.",
            problems,
            "Whole documents of several kinds: modelops load FILE",
        )
    return documents


def _other_kind(kind: Kind, name: Any) -> str:
    if name is None:
        return ""
    try:
        named = kind_named(str(name))
    except WrongUse as wrong:
        return f"{wrong.says} {wrong.hint}"
    return "" if named is kind else f"must be {kind.name}, not {named.name}."
