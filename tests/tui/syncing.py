"""What a person does at the sync screen: opening it, syncing, reading the top line."""

from __future__ import annotations

from modelops_tui.tui.screens.sync_screen import SyncScreen
from tests.tui.conftest import Shown


async def synced(it: Shown) -> SyncScreen:
    """Opens the sync screen and waits for the plan."""
    await it.press("S")
    await it.on(SyncScreen)
    screen = it.app.screen
    await it.until(lambda: not screen.planning, "a plan, or why there is none")
    return screen


async def sync_now(it: Shown) -> None:
    """Presses the key and waits for another report."""
    work = it.app.sync_work
    before = work.report
    await it.press("s")
    await it.until(lambda: not work.doing and work.report is not None and work.report is not before, "a report")
    await it.sees("✓ synced")


def header(it: Shown) -> str:
    return it.browse.top.texts[1]
