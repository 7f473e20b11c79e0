"""Leaving a screen leaves that screen and never the one below it, however fast or late the keys and answers come."""

from __future__ import annotations

from textual.command import CommandPalette

from modelops_tui.services.home import Home
from modelops_tui.tui.screens.form import FormScreen
from modelops_tui.tui.screens.question import Prompt, Question
from tests.tui.conftest import Opener


async def test_a_dialog_that_is_left_twice_in_a_moment_closes_alone(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("model")
        for key, screen in (("R", Prompt), ("ctrl+p", CommandPalette)):
            await it.press(key)
            await it.on(screen)
            dialog = it.app.screen
            # Esc twice before the first was dealt with, or Esc and then what was asked for.
            dialog.dismiss(None)
            dialog.dismiss(None)
            await it.until(lambda: it.app.screen is it.browse, "the list below")
            await it.pilot.pause(0.05)
            assert it.app.screen is it.browse


async def test_what_was_typed_below_a_dialog_stays_when_the_dialog_is_left_twice(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("model")
        await it.press("n")
        await it.on(FormScreen)
        form = it.app.screen
        await it.type("half")
        await it.press("escape")
        await it.on(Question)
        question = it.app.screen
        question.dismiss("")
        # The key and the button, or an answer that was asked for before.
        question.dismiss("d")
        await it.until(lambda: it.app.screen is form, "the form")
        await it.sees("half")
