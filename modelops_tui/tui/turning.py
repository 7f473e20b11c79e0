"""What was taken back or done again, in one sentence. It only words it."""

from __future__ import annotations

from modelops_tui.services.history import ChangeSet


def turned_words(what: str, change: ChangeSet) -> str:
    """A sentence such as `Undone: set model x – model x changed`, with how many more there are."""
    entries = [f"{kind} {label} {action}" for kind, _, label, action in change.entries]
    more = f" and {change.count - len(entries)} more" if change.count > len(entries) else ""
    says = change.says.removeprefix("undo: ").removeprefix("redo: ")
    return f"{what}: {says} – {', '.join(entries)}{more}"
