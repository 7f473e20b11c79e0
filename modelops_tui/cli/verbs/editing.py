"""`edit`: a document in the person's own editor. It never loses what they wrote."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from modelops_tui.cli.output import form_of, write_made
from modelops_tui.cli.parameters import key_argument, output_options
from modelops_tui.cli.session import Session, can_ask
from modelops_tui.cli.tree import Verb
from modelops_tui.entities.field import Document
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.wording import a
from modelops_tui.errors import Failure, Invalid, OutsideMissing, Refused, WrongUse

MARK = "#! "
# A name whose ending tells how the text is written.
NOTATION = "the text.yaml"
MOST_TRIES = 20


def edit_command(kind: Kind) -> Verb:
    """`edit` for a kind."""
    return Verb(
        "edit",
        f"Change {a(kind.title)} in your editor ($VISUAL, $EDITOR).",
        lambda session, **options: _edit(session, kind, **options),
        [key_argument(kind), *output_options()],
    )


def _edit(session: Session, kind: Kind, key: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.present.notation import dump_yaml
    from modelops_tui.services.records import find_one, input_form

    form = form_of(output, as_json)
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ("vi" if can_ask() else "")
    if not editor:
        raise WrongUse("No editor is known.", "Set VISUAL or EDITOR, or use set KEY field=value.")
    document = find_one(session.home, kind, key)
    before = input_form(session.home, kind, document)
    fields = ", ".join(item.name for item in kind.fields if not item.set_by and item.name not in before)
    head = (
        f"# {kind.name} {key}. Empty fields: {fields or 'none'}.\n# Lines that begin with {MARK.strip()} are dropped.\n"
    )
    path = _write_new(head + dump_yaml(before))
    try:
        changed = _until_right(session, kind, document, before, path, editor)
    except (Failure, KeyboardInterrupt, OSError):
        session.say(f"Your text is kept in {path}.")
        raise
    Path(path).unlink()
    if changed is None:
        session.say("Nothing was changed.")
    else:
        write_made(session, [(kind, changed)], form, single=True)


def _until_right(
    session: Session, kind: Kind, document: Document, before: dict[str, Any], path: str, editor: str
) -> Document | None:
    text = _read(path)
    for _ in range(MOST_TRIES):
        _run_editor(editor, path)
        edited = _read(path)
        unchanged = edited == text
        if not _without_marks(edited).strip():
            # As with a commit message: an empty text means never mind.
            return None
        try:
            return _apply(session, kind, document, before, _without_marks(edited))
        except Failure as failure:
            # Saving the same text again means giving up.
            if (unchanged and MARK in edited) or (isinstance(failure, Refused) and not can_ask()):
                raise
            text = _problems(failure) + _without_marks(edited)
            _write(path, text)
    raise Refused(f"It did not fit after {MOST_TRIES} tries.")


def _apply(session: Session, kind: Kind, document: Document, before: dict[str, Any], text: str) -> Document | None:
    from modelops_tui.services.records import change

    read = _understood(text)
    if len(read) > 1:
        raise Invalid("The text holds several documents; edit changes one.")
    after = read[0][1] if read else {}
    if not read:
        raise Invalid("The text holds no field any more.", hint="To remove it, use rm.")
    changes = {name: value for name, value in after.items() if value != before.get(name)}
    changes.update({name: None for name in before if name not in after})
    if not changes:
        return None
    return change(session.home, kind, document["id"], changes, if_rev=document.get("rev"))


def _understood(text: str) -> list[tuple[int, dict[str, Any]]]:
    from modelops_tui.present.notation import read_documents

    try:
        return read_documents(text, NOTATION)
    except Invalid as mistake:
        # The line is told as the editor will show it: below what is told.
        told = _problems(mistake).count("\n")
    try:
        return read_documents("\n" * told + text, NOTATION)
    except Invalid as mistake:
        raise Invalid(mistake.says.replace(NOTATION, "the text"), mistake.problems, mistake.hint) from mistake


def _problems(failure: Failure) -> str:
    lines = [failure.says]
    if isinstance(failure, Invalid):
        lines += [f"  {problem.path}: {problem.says}" for problem in failure.problems]
    lines += [failure.hint] if failure.hint else []
    lines.append("Save it without a change to give up.")
    return "".join(f"{MARK}{part}\n" for line in lines for part in line.split("\n"))


def _without_marks(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(MARK))


def _run_editor(editor: str, path: str) -> None:
    try:
        words = shlex.split(editor)
        done = subprocess.run([*words, path], check=False)  # noqa: S603
    except ValueError as error:
        raise OutsideMissing(f"The editor {editor!r} cannot be called: {error}.") from error
    except OSError as error:
        raise OutsideMissing(f"The editor {editor!r} cannot be called: {error.strerror}.") from error
    if done.returncode:
        raise OutsideMissing(f"The editor {editor!r} ended with {done.returncode}.")


def _write_new(text: str) -> str:
    # mkstemp makes the file readable for its owner alone.
    number, path = tempfile.mkstemp(prefix="modelops-", suffix=".yaml")
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def _write(path: str, text: str) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")
