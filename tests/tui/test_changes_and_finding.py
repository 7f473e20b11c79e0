"""All changes of the registry and words of every kind, found on the screen."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import OutsideMissing
from modelops_tui.services import history, records
from modelops_tui.services.home import Home
from modelops_tui.tui.screens import changes_screen
from modelops_tui.tui.screens.browse import BrowseScreen
from modelops_tui.tui.screens.changes_screen import ChangesScreen
from modelops_tui.tui.screens.finding import FindEverywhere
from modelops_tui.tui.screens.question import Question
from modelops_tui.tui.screens.reading import Reading
from modelops_tui.tui.widgets.record_table import RecordTable
from tests.tui.conftest import Opener, Shown

MODEL = BY_NAME["model"]


def make(home: Home, name: str) -> str:
    return str(records.create(home, MODEL, {"name": name})["id"])


async def changes(it: Shown) -> ChangesScreen:
    await it.press("A")
    await it.on(ChangesScreen)
    screen = it.app.screen
    await it.until(lambda: len(screen.rows) > 0)
    return screen


async def test_a_change_shows_its_records_and_leads_to_them(home: Home, shown: Opener) -> None:
    id = make(home, "late")
    async with shown(home) as it:
        await changes(it)
        await it.sees("new model late")
        await it.press("enter")
        await it.on(Reading)
        await it.sees("made    model late")
        await it.press("enter")
        await it.on(BrowseScreen)
        await it.until(lambda: it.browse.kind is MODEL and it.browse.table.current == id)


async def test_changes_that_are_still_read_are_not_said_to_be_none(
    home: Home, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(home, "early")
    go_on = Event()
    read = history.changes

    def slow(*words: Any, **options: Any) -> list[history.ChangeSet]:
        go_on.wait(10)
        return read(*words, **options)

    monkeypatch.setattr(history, "changes", slow)
    async with shown(home) as it:
        try:
            await it.press("A")
            await it.on(ChangesScreen)
            await it.sees("loading…")
            assert "Nothing was changed" not in it.text()
        finally:
            go_on.set()
        await it.sees("new model early")


async def test_changes_that_cannot_be_read_are_said_to_be_so(
    home: Home, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_words: Any, **_options: Any) -> list[history.ChangeSet]:
        raise OutsideMissing("The disk is gone.")

    monkeypatch.setattr(history, "changes", broken)
    async with shown(home) as it:
        await it.press("A")
        await it.on(ChangesScreen)
        await it.sees("The changes could not be read.")
        await it.sees("The disk is gone.")


async def test_an_earlier_change_of_ones_own_is_taken_back_and_done_again(home: Home, shown: Opener) -> None:
    first, second = make(home, "first"), make(home, "second")
    async with shown(home) as it:
        await changes(it)
        await it.sees("new model second")
        await it.press("j", "u")
        await it.on(Question)
        await it.sees("made    model first")
        await it.press("y")
        await it.until(lambda: home.names.get("model", first) is None)
        assert home.names.get("model", second) is not None
        await it.sees("undo: new model first")
        await it.until(lambda: isinstance(it.app.screen, ChangesScreen))
        await it.press("U")
        await it.until(lambda: home.names.get("model", first) is not None)


async def test_the_changes_of_others_come_by_themselves(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        screen = await changes(it)
        before = screen.table.current
        make(home, "meanwhile")
        await it.sees("new model meanwhile")
        assert screen.table.current == before, "the cursor stays on its change"


async def test_older_changes_are_read_when_the_cursor_comes_to_the_last(
    home: Home, shown: Opener, monkeypatch: object
) -> None:
    for number in range(7):
        make(home, f"m{number}")
    monkeypatch.setattr(changes_screen, "PAGE", 3)  # type: ignore[attr-defined]
    async with shown(home) as it:
        screen = await changes(it)
        await it.until(lambda: len(screen.rows) == 3)
        await it.press("end")
        await it.until(lambda: len(screen.rows) == 6)
        assert "m2" in screen.rows.cells(4)[3]


async def test_words_are_found_in_every_kind_and_lead_to_the_record(home: Home, shown: Opener) -> None:
    id = str(records.create(home, MODEL, {"name": "odd", "desc": "Counts quokkas by night"})["id"])
    async with shown(home) as it:
        await it.press("f")
        await it.on(FindEverywhere)
        await it.type("quokkas night")
        await it.until(lambda: it.app.screen._shown_for == "quokkas night")
        await it.sees("desc: Counts quokkas by night")
        await it.press("enter")
        await it.on(BrowseScreen)
        await it.until(lambda: it.browse.kind is MODEL and it.browse.table.current == id)


async def test_enter_looks_for_what_was_typed_last_before_it_leads_anywhere(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.press("f")
        await it.on(FindEverywhere)
        await it.type("zzz nowhere")
        await it.press("enter")
        await it.sees("Nothing holds all of these words.")
        assert it.app.screen.query_one(RecordTable).current == ""
        await it.press("enter")
        assert isinstance(it.app.screen, FindEverywhere)
        await it.press("escape")
        await it.on(BrowseScreen)
