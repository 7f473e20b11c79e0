"""Sync on the screen when it does not go: the remote is away, lost its history, is of another schema, is damaged."""

from __future__ import annotations

import pytest

from modelops_tui.ports_remote import RemoteMeta
from modelops_tui.services.syncing import agreement
from modelops_tui.tui.screens.question import Question
from modelops_tui.tui.screens.sync_screen import SyncScreen
from tests.sync.conftest import Laptop
from tests.sync.memory_remote import Shared
from tests.tui.conftest import Opener
from tests.tui.syncing import header, sync_now, synced
from tests.tui.team import Desk


async def test_a_remote_that_is_away_is_told_with_what_to_do_and_comes_back(desk: Desk, shown: Opener) -> None:
    desk.offline()
    async with shown(desk.home) as it:
        await synced(it)
        await it.sees("✗ The remote does not answer.")
        assert "r tries again" in it.text()
        await it.press("s")
        await it.until(lambda: "✗ remote away" in header(it))
        screen = it.app.screen
        screen.open_tab("log")
        await it.sees("✗ The remote does not answer.")
        screen.open_tab("plan")
        desk.online()
        await it.press("r")
        await it.sees("what a sync would do now")
        await sync_now(it)
        assert "away" not in header(it)


async def test_a_history_that_is_gone_begins_anew_after_a_question_that_says_what_that_comes_to(
    desk: Desk, bob: Laptop, shared: Shared, shown: Opener
) -> None:
    desk.laptop.new("project", "mine")
    desk.laptop.sync()
    bob.sync()
    shared.log.clear()
    shared.views.clear()
    shared.meta = None
    async with shown(desk.home) as it:
        screen = await synced(it)
        await it.sees("R begins anew")
        assert screen.check_action("reclone", ()) is True
        await it.press("R")
        await it.on(Question)
        await it.sees("are only here: they are sent")
        await it.press("escape")
        await it.on(SyncScreen)
        assert shared.log == {}
        await it.press("R")
        await it.on(Question)
        await it.press("y")
        await it.sees("✓ synced")
        assert screen.check_action("reclone", ()) is False
    assert len(shared.log) == 1 and desk.laptop.unsent_records() == 0


async def test_a_remote_of_an_older_schema_is_written_only_after_a_question(
    desk: Desk, shared: Shared, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.laptop.sync()
    desk.laptop.new("project", "new")
    monkeypatch.setattr(agreement, "SCHEMA", 2)
    async with shown(desk.home) as it:
        screen = await synced(it)
        await it.sees("✗ not sent")
        assert "Agree with the others, then U" in it.text() and "--upgrade" not in it.text()
        await it.press("s")
        await it.until(lambda: it.app.sync_work.report is not None)
        assert len(shared.log) == 1
        await it.press("U")
        await it.on(Question)
        await it.press("y")
        await it.until(lambda: len(shared.log) == 2)
        await it.sees("✓ synced")
        await it.until(lambda: screen.check_action("upgrade", ()) is False)
    assert isinstance(shared.meta, RemoteMeta) and shared.meta.schema == 2


async def test_the_whole_remote_is_read_and_its_faults_are_told(desk: Desk, shared: Shared, shown: Opener) -> None:
    desk.laptop.new("project", "iris")
    desk.laptop.sync()
    async with shown(desk.home) as it:
        await synced(it)
        await it.press("v")
        await it.sees("✓ the remote is whole")
        key = next(key for key in shared.views if key[0] == "project")
        shared.views[key] = shared.views[key]._replace(body={"name": "forged"})
        await it.press("v")
        await it.sees("the remote has 1 fault")
        await it.sees(f"project/{key[1]}")
