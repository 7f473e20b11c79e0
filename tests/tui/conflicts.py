"""What a person does at the conflict screen: opening it, reading what was said."""

from __future__ import annotations

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.tui.screens.conflict_screen import ConflictScreen
from tests.tui.conftest import Shown

PROJECT = BY_NAME["project"]


async def opened(it: Shown, kind: str = "project") -> ConflictScreen:
    """Opens the conflict of the first record of a kind and waits for its texts."""
    await it.open(kind)
    await it.until(lambda: it.browse.check_action("conflict", ()), "a conflict under the cursor")
    await it.press("C")
    await it.on(ConflictScreen)
    screen = it.app.screen
    await it.until(lambda: screen.shown is not None and screen.sides._rows, "the sides")
    return screen


def said(it: Shown) -> str:
    return "\n".join(str(note.message) for note in it.app._notifications)


async def none_left(it: Shown) -> None:
    await it.sees("No conflict is left.")
