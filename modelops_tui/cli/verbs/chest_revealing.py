"""`reveal`: one secret in clear, on purpose. It goes to the standard output or the clipboard, and nowhere else."""

from __future__ import annotations

from modelops_tui.cli.parameters import flag
from modelops_tui.cli.session import Session, at_terminal
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.verbs.chest_places import chest_argument, chest_named, place_argument
from modelops_tui.cli.words.vault_asking import when_open
from modelops_tui.cli.words.vault_values import copy_to_clipboard, demand_clipboard
from modelops_tui.entities.kind import Kind
from modelops_tui.present.terminal import visible


def reveal_command(_kind: Kind) -> Verb:
    """`reveal`."""
    return Verb(
        "reveal",
        "Show one secret of a treasure chest. Who saw which entry, and when, is recorded in its history.",
        _reveal,
        [
            chest_argument(),
            place_argument(),
            flag("to_clipboard", "--copy", says="Hand it to the terminal's clipboard instead of showing it."),
        ],
    )


def _reveal(session: Session, chest: str, place: str, to_clipboard: bool) -> None:
    from modelops_tui.services.chests import reveal, split_place

    entry, field = split_place(place)
    if to_clipboard:
        demand_clipboard()
    id = chest_named(session, chest)["id"]
    secret = when_open(session, lambda: reveal(session.home, id, entry, field))
    if to_clipboard:
        copy_to_clipboard(session, secret, place)
        return
    shown = visible(secret, multiline=True) if at_terminal() else secret
    session.write(shown if shown.endswith("\n") else shown + "\n")
    if shown != secret:
        session.say("Signs that a terminal would obey or hide are shown by others; it is exact in a pipe or a file.")
