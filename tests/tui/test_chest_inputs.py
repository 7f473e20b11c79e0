"""Secrets that are typed, pasted or made on the screen are not seen there; forms name entries instead of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from modelops_tui.bootstrap import open_home
from modelops_tui.services import chests
from modelops_tui.tui.screens.chest_putting import Putting
from modelops_tui.tui.screens.chest_screen import ChestScreen
from modelops_tui.tui.screens.choosing import ChooseOne
from modelops_tui.tui.screens.form import FormScreen
from modelops_tui.tui.widgets.secret_parts import SecretInput
from modelops_tui.tui.widgets.secret_place_input import SecretPlaceInput
from tests.tui.conftest import Opener
from tests.tui.test_chest_screen import CANARY, KIND, chest_of, inside
from tests.vault.conftest import Person, Surroundings


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Person]:
    """Somebody with an unlocked vault and a chest with a secret in it."""
    opened = open_home(tmp_path / "lab", "ada")
    person = Person(opened, Surroundings(opened.folder, {})).with_vault()
    person.chest("cloud", db={"password": CANARY, "user": "ada"})
    yield person
    opened.close()


async def test_a_value_is_put_changed_and_generated_without_being_seen(full: Person, shown: Opener) -> None:
    async with shown(full.home, size=(80, 24)) as it:
        screen = await inside(it)
        await it.press("n")
        await it.on(Putting)
        await it.type("api.token")
        await it.press("enter")
        await it.app.screen.query_one(SecretInput)._on_message(events.Paste("two\nlines"))
        assert "two" not in it.text()
        await it.press("enter")
        await it.on(ChestScreen)
        await it.until(lambda: screen.entries.current == "api.token", "under the cursor")
        assert chests.reveal(full.home, chest_of(full), "api", "token") == "two\nlines"
        await it.press("e")
        await it.on(Putting)
        await it.press("ctrl+g")
        fresh = it.app.screen.secret.value
        assert len(fresh) == 32 and fresh not in it.text()
        await it.press("ctrl+s")
        await it.on(ChestScreen)
        assert chests.reveal(full.home, chest_of(full), "api", "token") == fresh


async def test_a_wrong_name_of_an_entry_keeps_what_was_typed(full: Person, shown: Opener) -> None:
    async with shown(full.home) as it:
        await inside(it)
        await it.press("n")
        await it.on(Putting)
        await it.type("no good")
        await it.press("enter")
        await it.type(CANARY)
        await it.press("enter")
        await it.sees("The name of an entry is")
        assert it.app.screen.secret.value == CANARY and CANARY not in it.text()
        it.app.screen.secret.action_select_all()
        await it.press("ctrl+c", "ctrl+x")
        assert it.app.clipboard == ""


async def test_an_entry_is_picked_by_name_in_forms(full: Person, shown: Opener) -> None:
    async with shown(full.home, size=(100, 60)) as it:
        form = FormScreen(full.home, KIND, None, {}, it.app.clock)
        await it.app.push_screen(form)
        await it.on(FormScreen)
        row = next(row for row in form.rows if row.field.name == "password")
        assert isinstance(row.input, SecretPlaceInput)
        chest, entry = (part.input for part in row.input.rows)
        entry.action_pick()
        await it.sees("Name the treasure chest first")
        chest.line.value = "cloud"
        entry.first().focus()
        await it.press("down")
        await it.on(ChooseOne)
        await it.sees("password, user")
        await it.press("enter")
        await it.on(FormScreen)
        assert row.input.value == {"chest": "cloud", "entry": "db"}
        assert CANARY not in it.text()
