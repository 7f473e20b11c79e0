"""Threat: hostile text in what surrounds a secret, and in the secret itself. Promise: shown, never obeyed.

Markup crashes or acts, escapes reach the terminal, and letters that turn around mislead where nothing makes them safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.services import chests, records
from modelops_tui.services.chests import CHEST
from modelops_tui.tui.screens.chest_screen import ChestScreen
from modelops_tui.tui.screens.go_to import commands_of
from modelops_tui.tui.screens.question import Question
from tests.tui.conftest import Opener, Shown
from tests.vault.conftest import Person, Surroundings

pytestmark = pytest.mark.slow

EVIL = "[/] [@click=app.quit]x[/] [red]y \x1b]52;c;eA==\x07 \x1b[2J \u202egnp\x9b31m"
OBEYED = {"\x1b", "\x07", "\u202e", "\x9b"}
SIZES = [(120, 40), (80, 24), (40, 12)]


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Person]:
    """Somebody whose chest, its user, its colleague and its secret all carry hostile text."""
    opened = open_home(tmp_path / "lab", "ada")
    ada = Person(opened, Surroundings(opened.folder, {})).with_vault()
    box = ada.chest("box", db={"password": EVIL})
    records.change(ada.home, CHEST, box, {"desc": EVIL, "details": {EVIL: [EVIL]}})
    ada.new("user", "eve", display_name=EVIL)
    with ada.home.writing("a fingerprint from elsewhere") as transaction:
        eve = next(item["id"] for item in ada.home.store.documents("user").values() if item["name"] == "eve")
        transaction.update("user", eve, {"public_key": "x", "fingerprint": EVIL[:60]})
    ada.new("deployment-service-address", EVIL, host="h", port=1, password={"chest": box, "entry": "db"})
    yield ada
    opened.close()


def assert_shown(it: Shown) -> None:
    assert not set(it.text()) & OBEYED, it.text()


async def back(it: Shown, screen: ChestScreen) -> None:
    for _ in range(6):
        if it.app.screen is screen:
            return
        await it.press("escape")
        await it.pilot.pause(0.02)
    raise AssertionError(f"{it.app.screen} is not left with Esc")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_nothing_on_the_screens_of_chests_obeys_hostile_text(
    ada: Person, shown: Opener, size: tuple[int, int]
) -> None:
    async with shown(ada.home, size=size) as it:
        screen = ChestScreen(ada.home, it.app.clock, ada.home.documents(CHEST)[0]["id"])
        await it.app.push_screen(screen)
        await it.until(lambda: screen.entries.has_focus and len(screen._entry_rows) and screen.status, "entries")
        assert_shown(it)
        await it.press("r")
        await it.sees("[@click=app.quit]")
        assert_shown(it)
        await it.press("r")
        for _, _, action in commands_of(screen):
            if "quit" in action or action in ("leave", "lock", "theme"):
                continue
            await screen.run_action(action)
            await it.pilot.pause(0.05)
            assert_shown(it)
            await back(it, screen)
            screen.entries.focus()
            await it.until(lambda: screen.entries.has_focus)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_removal_that_is_refused_names_who_uses_the_entry_as_it_is_called(
    ada: Person, shown: Opener, size: tuple[int, int]
) -> None:
    async with shown(ada.home, size=size) as it:
        screen = ChestScreen(ada.home, it.app.clock, ada.home.documents(CHEST)[0]["id"])
        await it.app.push_screen(screen)
        await it.until(lambda: screen.entries.has_focus and len(screen._entry_rows) and screen.status, "entries")
        await it.press("d")
        await it.on(Question)
        await it.sees("[/]")
        assert_shown(it)
    assert chests.entry_names(ada.home, ada.home.documents(CHEST)[0]["id"])
