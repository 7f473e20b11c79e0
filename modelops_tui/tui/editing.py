"""A document as YAML in the person's own editor. What was written there is never lost, whatever is wrong with it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import SuspendNotSupported

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import label_of
from modelops_tui.entities.kind import Kind
from modelops_tui.errors import Failure, Invalid, OutsideMissing
from modelops_tui.present.notation import dump_yaml, read_documents
from modelops_tui.present.terminal import visible
from modelops_tui.services import records
from modelops_tui.services.home import Home
from modelops_tui.tui.background import ask, say, tell

if TYPE_CHECKING:
    from modelops_tui.tui.screens.records import RecordScreen

MARK = "#! "
"""Begins the lines that say what is wrong; they are taken out again."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is being edited as text: how it was, what the form held, the file."""

    kind: Kind
    document: Document
    form: dict[str, Any]
    path: Path


def edit_as_text(screen: RecordScreen, kind: Kind, document: Document, form: dict[str, Any]) -> None:
    """Opens a document in $VISUAL or $EDITOR and writes what came of it."""
    handle, name = tempfile.mkstemp(suffix=".yaml", prefix=f"modelops-{kind.name}-")
    label = visible(label_of(kind, document, screen.home.names))
    head = f"# {kind.name} {label}\n# Save and leave to write it; leave it unchanged to write nothing.\n"
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(head + (dump_yaml(form) if form else ""))
    _edit(screen, Draft(kind, document, form, Path(name)))


def _edit(screen: RecordScreen, draft: Draft) -> None:
    before = draft.path.read_text(encoding="utf-8")
    try:
        _run_editor(screen, draft.path)
        text = draft.path.read_text(encoding="utf-8")
    except Failure as failure:
        tell(screen, failure)
        return
    except (OSError, UnicodeDecodeError) as error:
        tell(
            screen,
            OutsideMissing(f"The editor left something unreadable: {error}.", f"It is in {draft.path}."),
        )
        return
    if text == before:
        if MARK in text:
            say(
                screen,
                f"Nothing was written; what was typed is kept in {draft.path}",
                severity="warning",
            )
        else:
            draft.path.unlink(missing_ok=True)
            say(screen, "Nothing was changed.")
        return
    plain = "".join(part for part in text.splitlines(keepends=True) if not part.startswith(MARK))
    ask(
        screen,
        partial(write_draft, screen.home, draft, plain),
        partial(_written, screen, draft),
        group="write",
        failed=partial(_again, screen, draft, plain),
        replacing=False,
    )


def _run_editor(screen: RecordScreen, path: Path) -> None:
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        with screen.app.suspend():
            result = subprocess.run([*shlex.split(command), str(path)], check=False)  # noqa: S603
    except SuspendNotSupported as error:
        raise OutsideMissing("There is no terminal here to run an editor in.", "Use the form: e") from error
    except (OSError, ValueError) as error:
        raise OutsideMissing(f"The editor {command!r} cannot be run: {error}.", "Set VISUAL or EDITOR.") from error
    if result.returncode:
        raise OutsideMissing(f"The editor {command!r} ended with {result.returncode}.", f"The text is in {path}.")


def write_draft(home: Home, draft: Draft, text: str) -> Document | None:
    """Writes what differs from how the document was; None when nothing does.

    Raises Invalid with every problem, Refused when it was changed meanwhile, and what else writing raises.
    """
    found = read_documents(text, draft.path.name)
    if len(found) > 1:
        raise Invalid("There must be one document in the file.")
    values = found[0][1] if found else {}
    changes = {name: value for name, value in values.items() if value != draft.form.get(name)}
    changes |= {name: None for name in draft.form if name not in values}
    if not changes:
        return None
    return records.change(home, draft.kind, draft.document["id"], changes, if_rev=draft.document["rev"])


def _written(screen: RecordScreen, draft: Draft, document: Document | None) -> None:
    draft.path.unlink(missing_ok=True)
    say(
        screen,
        f"Saved {draft.kind.title}. u takes it back." if document is not None else "Nothing was changed.",
    )
    screen.modelops.look()


def _again(screen: RecordScreen, draft: Draft, text: str, failure: Failure) -> None:
    """Opens the file once more with what is wrong at its top."""
    says = [failure.says, *([failure.hint] if failure.hint else [])]
    if isinstance(failure, Invalid):
        says += [f"{problem.path} {problem.says}" for problem in failure.problems]
    lines = [f"{MARK}{visible(part)}\n" for says_ in says for part in says_.split("\n")]
    lines.append(f"{MARK}Mend it and save; leave it unchanged to give up (the text is kept).\n")
    draft.path.write_text("".join(lines) + text, encoding="utf-8")
    _edit(screen, draft)
