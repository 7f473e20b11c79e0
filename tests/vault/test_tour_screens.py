"""Threat: a secret on a screen, in a picture of it, on the clipboard or in a file after all screens were opened.

Promise: it shows where it was asked for and until it is hidden, and nowhere else. Every kind, every tab, and whatever
can be done on a screen, found as the palette finds it, so that a new screen is on the tour too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.command import CommandPalette
from textual.screen import Screen

from modelops_tui.bootstrap import open_home
from modelops_tui.cli.vocabulary import KIND_VERBS
from modelops_tui.entities.registry import KINDS
from modelops_tui.services import chests, vault
from modelops_tui.services.chests import CHEST
from modelops_tui.services.loading import load
from modelops_tui.services.sample import sample_documents
from modelops_tui.tui.screens.chest_screen import ChestScreen
from modelops_tui.tui.screens.go_to import commands_of
from modelops_tui.tui.screens.vault_unlocking import Unlocking
from modelops_tui.tui.trail_sheets import SHEETS
from modelops_tui.tui.widgets import secret_parts
from tests.tui.conftest import Opener, Shown, shown
from tests.vault.conftest import Person, Surroundings
from tests.vault.searching import Canaries

__all__ = ["shown"]
pytestmark = pytest.mark.slow
LEAVES = ("app.quit", "app.other_theme")
"""What would end the app or only change its colours."""


class Visit:
    """The registry, its canaries, what was copied, and where a secret was seen that nobody had asked for."""

    def __init__(self, person: Person, canaries: Canaries) -> None:
        self.person = person
        self.canaries = canaries
        self.copied: list[str] = []
        self.leaks: list[str] = []
        self.looks: list[str] = []

    def look(self, it: Shown, where: str) -> None:
        """Takes the screen as text and as a picture; no picture holds a secret, whatever is revealed."""
        text = it.text()
        if self.canaries.in_text(text) or self.canaries.in_text(it.app.export_screenshot()):
            self.leaks.append(where)
        self.looks.append(f"{where}: {type(it.app.screen).__name__}")


@pytest.fixture
def visit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visit]:
    """The sample, with two chests full of canaries that an address names, and the vault unlocked."""
    canaries = Canaries()
    home = open_home(tmp_path / "home", "me")
    load(home, list(sample_documents()))
    person = Person(home, Surroundings(home.folder, {}))
    person.with_vault(canaries.fresh("passphrase"))
    box = person.chest("box", db={"password": canaries.fresh("box"), "user": "me"})
    person.chest("spare", x={"value": canaries.fresh("spare")})
    person.new("deployment-service-address", "edge", host="h", port=1, password={"chest": box, "entry": "db"})
    chests.put(person.home, box, "db", {"password": canaries.fresh("again")})
    found = Visit(person, canaries)
    copy = App.copy_to_clipboard
    monkeypatch.setattr(App, "copy_to_clipboard", lambda app, text: (found.copied.append(text), copy(app, text)))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("EDITOR", "true")
    yield found
    home.close()
    assert canaries.in_files(tmp_path) == []


@asynccontextmanager
async def opened(it: Shown, kind: str) -> AsyncIterator[Screen[None]]:
    """The screen for records of a kind or, for chests, the one that opens them."""
    if kind == "chest":
        box = next(item["id"] for item in it.home.documents(CHEST) if item["name"] == "box")
        await it.app.push_screen(ChestScreen(it.home, it.app.clock, box))
        await it.until(lambda: len(it.app.screen._entry_rows) and it.app.screen.entries.has_focus, "entries")
    else:
        await it.open(kind)
    yield it.app.screen
    await back(it)


async def back(it: Shown) -> None:
    """Leaves whatever is open, answering nothing with yes."""
    for _ in range(12):
        if it.app.screen is it.browse:
            return
        await it.press("escape")
        await it.pilot.pause(0.02)
    raise AssertionError(f"{it.app.screen} is not left with Esc")


async def test_no_tab_of_any_kind_tells_a_secret(visit: Visit, shown: Opener) -> None:
    async with shown(visit.person.home, size=(140, 50)) as it:
        for kind in KINDS:
            await it.open(kind.name)
            for tab in SHEETS:
                it.browse.detail.open_tab(tab)
                await it.until(lambda tab=tab: it.browse.detail._place[1] in (tab, ""), tab)
                visit.look(it, f"{kind.name} {tab}")
    assert visit.leaks == [] and visit.copied == []
    assert len(visit.looks) == len(KINDS) * len(SHEETS)


@pytest.mark.parametrize("kind", [*sorted(KIND_VERBS), "chest"])
async def test_nothing_that_can_be_done_on_a_screen_tells_a_secret(visit: Visit, shown: Opener, kind: str) -> None:
    asked = ("reveal", "copy") if kind == "chest" else ()
    async with shown(visit.person.home, size=(120, 40)) as it:
        async with opened(it, kind) as screen:
            commands = [command for command in commands_of(screen) if command[2] not in (*asked, *LEAVES)]
        assert len(commands) > 8
        for says, _, action in commands:
            async with opened(it, kind) as screen:
                if action not in [known for _, _, known in commands_of(screen)]:
                    continue
                await screen.run_action(action)
                await it.pilot.pause(0.02)
                visit.look(it, f"{kind}: {says}")
                for key in ("f4", "enter"):
                    # There Enter asks for the secret.
                    if not isinstance(it.app.screen, ChestScreen):
                        await it.press(key)
                        visit.look(it, f"{kind}: {says}, {key}")
            vault.unlock(visit.person.home, visit.canaries.fresh("passphrase"))
        await it.press("ctrl+p")
        await it.on(CommandPalette)
        for letters in ("box", "chest", "screenshot"):
            await it.type(letters)
            await it.pilot.pause(0.1)
            visit.look(it, f"palette: {letters}")
    assert visit.leaks == []
    assert not any(visit.canaries.in_text(text) for text in visit.copied)


async def test_a_secret_shows_where_it_was_asked_for_until_it_is_hidden(
    visit: Visit, shown: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = visit.canaries.fresh("typed")
    time = [1000.0]
    monkeypatch.setattr(secret_parts, "seconds", lambda: time[0])
    async with shown(visit.person.home, size=(100, 30)) as it:
        async with opened(it, "chest"):
            await it.press("n")
            await it.type("new.password")
            await it.press("enter")
            for sign in typed:
                await it.type(sign)
                visit.look(it, "typing")
            await it.press("enter")
            await it.sees("Put new.password")
            visit.look(it, "put")
            await it.press("r")
            await it.until(lambda: visit.canaries.in_text(it.text()), "the secret")
            picture = it.app.save_screenshot("picture.svg", str(tmp_path))
            assert not visit.canaries.in_bytes(Path(picture).read_bytes())
            await it.until(lambda: not visit.canaries.in_text(it.text()), "hidden for the picture")
            visit.look(it, "after the picture")
            await it.press("r")
            await it.until(lambda: visit.canaries.in_text(it.text()), "the secret again")
            time[0] += 16
            await it.until(lambda: not visit.canaries.in_text(it.text()), "hidden by itself")
            visit.look(it, "after fifteen seconds")
            await it.press("y")
            await it.until(lambda: visit.copied, "a copy")
            visit.look(it, "copied")
            await it.press("L", "r")
            await it.on(Unlocking)
            for sign in visit.canaries.fresh("wrong"):
                await it.type(sign)
                visit.look(it, "a passphrase")
            await it.press("enter")
            await it.until(lambda: "✗" in it.text(), "a sentence")
            visit.look(it, "a wrong passphrase")
    assert visit.leaks == []
    assert visit.copied[0] == typed and not visit.canaries.in_text("".join(visit.copied[1:]))
    assert visit.copied[-1] == "", "what was copied is taken off the clipboard when the vault is locked"
