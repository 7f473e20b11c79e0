"""What was taken back or done again, in one sentence. It takes nothing back itself."""

from __future__ import annotations

from textual.dom import DOMNode

from modelops_tui.services.history import ChangeSet
from modelops_tui.tui.background import say


def tell_turning(node: DOMNode, what: str, change: ChangeSet) -> None:
    """Says what was taken back or done again, in place of what was said of the change before."""
    node.app.clear_notifications()
    say(node, turned_words(what, change))


def turned_words(what: str, change: ChangeSet) -> str:
    """A sentence such as `Undone: set model x – model x changed`, with how many more there are."""
    entries = [f"{kind} {label} {action}" for kind, _, label, action in change.entries]
    more = f" and {change.count - len(entries)} more" if change.count > len(entries) else ""
    says = change.says.removeprefix("undo: ").removeprefix("redo: ")
    return f"{what}: {says} – {', '.join(entries)}{more}"
