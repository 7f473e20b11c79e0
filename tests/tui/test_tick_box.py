"""A tick can be seen without colour."""

from __future__ import annotations

from textual.widgets import Checkbox

from modelops_tui.services.home import Home
from modelops_tui.tui.screens.choosing import ChooseColumns
from modelops_tui.tui.screens.form import FormScreen
from tests.tui.conftest import Opener


async def test_a_ticked_box_looks_other_than_an_empty_one(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("digital-twin")
        await it.press("n")
        await it.on(FormScreen)
        ticked = [box.value for box in it.app.screen.query(Checkbox)]
        await it.until(lambda: it.text().count("▐✓▌") == sum(ticked), "a tick for each that is on")
        assert it.text().count("▐ ▌") == len(ticked) - sum(ticked)
        box = it.app.screen.query(Checkbox).first()
        box.toggle()
        await it.until(lambda: it.text().count("▐✓▌") == sum(ticked) + (1 if box.value else -1))


async def test_chosen_columns_are_ticked(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        await it.press("c")
        await it.on(ChooseColumns)
        await it.until(lambda: "▐✓▌ key" in it.text() and "▐ ▌" in it.text())
