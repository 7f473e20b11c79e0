"""Verifying and beginning anew on the screen: a key stops them between two steps, and all stays as it was."""

from __future__ import annotations

from threading import Event

import pytest

from modelops_tui.tui.screens.question import Question
from tests.sync.conftest import Laptop
from tests.sync.memory_remote import MemoryRemote, Shared
from tests.tui.conftest import Opener
from tests.tui.team import Desk
from tests.tui.test_sync_screen import sync_now, synced


class Gate(Event):
    """Reading the log waits until it is set; `waiting` tells that somebody does."""

    waiting = False


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Gate:
    going = Gate()
    going.set()
    read_log = MemoryRemote.read_log

    def slowly(self: MemoryRemote, first: int, limit: int) -> object:
        going.waiting = not going.is_set()
        assert going.wait(20)
        going.waiting = False
        return read_log(self, first, limit)

    monkeypatch.setattr(MemoryRemote, "read_log", slowly)
    return going


async def test_verifying_stops_with_a_key_and_can_be_begun_again(desk: Desk, shown: Opener, held: Gate) -> None:
    desk.laptop.sync()
    async with shown(desk.home) as it:
        screen = await synced(it)
        held.clear()
        await it.press("v")
        await it.until(lambda: held.waiting)
        assert it.app.sync_work.doing == "verifying"
        assert screen.check_action("stop", ()) is True
        await it.press("x")
        await it.sees("stopping after this step")
        held.set()
        await it.until(lambda: not it.app.sync_work.doing)
        assert screen.verified is None and screen.plan_failure is None
        await it.press("v")
        await it.until(lambda: screen.verified == [])
        await sync_now(it)


async def test_beginning_anew_stops_while_it_reads_and_all_stays_as_it_was(
    desk: Desk, bob: Laptop, shared: Shared, shown: Opener, held: Gate
) -> None:
    desk.laptop.new("project", "mine")
    desk.laptop.sync()
    bob.sync()
    assert shared.meta is not None
    shared.meta = shared.meta._replace(remote_id="e" * 24)
    async with shown(desk.home) as it:
        screen = await synced(it)
        for begun in ("comparing", "beginning anew"):
            sequence, documents = desk.home.store.sequence, desk.laptop.bodies()
            if begun == "comparing":
                held.clear()
            await it.press("R")
            if begun == "beginning anew":
                await it.on(Question)
                held.clear()
                await it.press("y")
            await it.until(lambda: held.waiting)
            assert it.app.sync_work.doing == begun
            await it.press("x")
            held.set()
            await it.until(lambda: not it.app.sync_work.doing)
            assert desk.home.store.sequence == sequence and desk.laptop.bodies() == documents
        assert it.app.screen is screen
        await it.press("s")
        await it.until(lambda: screen.check_action("reclone", ()) is True)
        await it.press("R")
        await it.on(Question)
        await it.press("y")
        await it.sees("✓ synced")
