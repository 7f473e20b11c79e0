"""Sync without a key: every so many minutes and on leaving, quietly, and less often the more it fails."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from modelops_tui.services import chests, sync, vault
from modelops_tui.tui import sync_timing, sync_work
from modelops_tui.tui.preferences import SyncTimes, load_preferences
from modelops_tui.tui.screens.sync_leaving import LeavingScreen
from modelops_tui.tui.screens.sync_screen import SyncScreen
from modelops_tui.tui.screens.sync_times import ChooseTimes
from modelops_tui.tui.screens.vault_unlocking import Unlocking
from modelops_tui.tui.sync_timing import delay_after
from tests.sync.conftest import Laptop
from tests.sync.memory_remote import Shared
from tests.tui.conftest import Opener, Shown
from tests.tui.team import Desk
from tests.vault.conftest import PASSPHRASE


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute takes a twentieth of a second, and the first sync comes at once."""
    monkeypatch.setattr(sync_timing, "MINUTE", 0.05)
    monkeypatch.setattr(sync_timing, "FIRST", 0.01)


def header(it: Shown) -> str:
    return it.browse.top.texts[1]


async def choose(it: Shown, minutes: str, on_quit: bool = False) -> None:
    """Chooses the times on the sync screen, and goes back."""
    await it.press("S")
    await it.on(SyncScreen)
    await it.press("a")
    await it.on(ChooseTimes)
    it.app.screen.minutes.value = minutes
    it.app.screen.box.value = on_quit
    await it.press("ctrl+s")
    await it.on(SyncScreen)


async def test_the_times_are_chosen_checked_and_kept_for_this_home_alone(
    desk: Desk, shown: Opener, tmp_path: Path
) -> None:
    path = tmp_path / "screen.json"
    async with shown(desk.home, size=(80, 24), preferences=path) as it:
        await it.press("S")
        await it.on(SyncScreen)
        await it.sees("by itself      never")
        await it.press("a")
        await it.on(ChooseTimes)
        for wrong in ("soon", "-1", "99999999", "²"):
            it.app.screen.minutes.value = wrong
            await it.press("enter")
            await it.sees("✗ must be a whole number of minutes")
        it.app.screen.minutes.value = "15"
        it.app.screen.box.value = True
        await it.press("ctrl+s")
        await it.sees("by itself      every 15 minutes and on leaving")
    kept = load_preferences(path)
    assert kept.sync == {str(desk.home.folder): SyncTimes(15, True)}
    async with shown(desk.home, preferences=path) as it:
        assert it.app.sync_timing.times == SyncTimes(15, True)
        it.app.sync_timing.choose(SyncTimes())
    assert load_preferences(path).sync == {}


@pytest.mark.parametrize("content", ['{"sync": 3}', '{"sync": {"/x": 3}}', '{"sync": {"/x": {"minutes": "5"}}}'])
def test_times_that_make_no_sense_mean_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "screen.json"
    path.write_text(content)
    assert load_preferences(path).sync.get("/x", SyncTimes()) == SyncTimes()


async def test_a_home_syncs_by_itself_and_what_comes_in_appears(
    desk: Desk, bob: Laptop, shown: Opener, quick: None
) -> None:
    desk.laptop.sync()
    async with shown(desk.home) as it:
        await choose(it, "1")
        await it.press("escape")
        bob.new("project", "from-bob")
        bob.sync()
        await it.sees("from-bob")
        desk.laptop.new("project", "from-ada")
        await it.until(lambda: bob.sync() and any(one["name"] == "from-ada" for one in projects(bob)))
        await it.until(lambda: "unsent" not in header(it))


def projects(laptop: Laptop) -> list[dict]:
    return list(laptop.home.store.documents("project").values())


async def test_a_home_that_chose_so_earlier_syncs_soon_after_the_start(
    desk: Desk, shown: Opener, quick: None, tmp_path: Path
) -> None:
    path = tmp_path / "screen.json"
    preferences = load_preferences(path)
    preferences.sync[str(desk.home.folder)] = SyncTimes(1)
    preferences.save()
    async with shown(desk.home, preferences=path) as it:
        await it.until(lambda: it.app.sync_work.report is not None)
    assert desk.laptop.unsent_records() == 0


async def test_failures_stand_in_the_top_line_wait_longer_and_pop_nothing_up(
    desk: Desk, shown: Opener, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    real = sync_timing.SyncTiming._wait

    def noted(timing: sync_timing.SyncTiming, seconds: float) -> None:
        waits.append(seconds)
        real(timing, min(seconds, 0.02))

    monkeypatch.setattr(sync_timing.SyncTiming, "_wait", noted)
    desk.offline()
    async with shown(desk.home) as it:
        it.app.sync_timing.choose(SyncTimes(1))
        await it.until(lambda: it.app.sync_timing.failures >= 4)
        await it.until(lambda: "✗ remote away" in header(it))
        assert waits[-3:] == sorted(waits[-3:]) and waits[-1] == 2 * waits[-2]
        assert it.app.screen is it.browse and not list(it.app._notifications)
        desk.online()
        await it.until(lambda: it.app.sync_timing.failures == 0)
        await it.until(lambda: "✗" not in header(it))


def test_waiting_grows_up_to_an_hour_and_never_falls_below_what_was_chosen() -> None:
    assert [delay_after(5, failures) for failures in range(6)] == [5, 10, 20, 40, 60, 60]
    assert delay_after(120, 3) == 120
    assert delay_after(1, 10_000) == 60


async def test_a_locked_vault_is_told_in_the_top_line_and_asks_for_nothing_by_itself(
    desk: Desk, shown: Opener, quick: None
) -> None:
    lock_up(desk)
    async with shown(desk.home) as it:
        it.app.sync_timing.choose(SyncTimes(1))
        await it.until(lambda: "✗ vault locked" in header(it))
        assert it.app.screen is it.browse and it.app.sync_timing.failures == 0
        vault.unlock(desk.home, PASSPHRASE)
        await it.until(lambda: "✗" not in header(it) and "unsent" not in header(it))


def lock_up(desk: Desk) -> None:
    """Has the remote log in with a chest that is locked."""
    vault.init_vault(desk.home, PASSPHRASE)
    vault.unlock(desk.home, PASSPHRASE)
    chest = desk.laptop.new("treasure-chest", "team")["id"]
    chests.put(desk.home, chest, "db", {"user": "ada", "password": "hush"})
    sync.set_remote(desk.home, "team", credential="team/db")
    vault.lock(desk.home)


async def test_leaving_syncs_first_where_that_was_chosen(desk: Desk, shared: Shared, shown: Opener) -> None:
    async with shown(desk.home) as it:
        await it.until(lambda: it.app.sync_work.standing)
        it.app.sync_timing.choose(SyncTimes(0, True))
        desk.outside.hold("append")
        await it.press("q")
        await it.on(LeavingScreen)
        await it.sees("sending")
        assert it.app.is_running
        desk.outside.release()
        await it.until(lambda: it.app._exit)
    assert len(shared.log) == 1 and desk.laptop.unsent_records() == 0


async def test_leaving_without_that_choice_leaves_at_once(desk: Desk, shared: Shared, shown: Opener) -> None:
    async with shown(desk.home) as it:
        await it.press("q")
        await it.until(lambda: it.app._exit)
    assert shared.log == {}


async def test_a_key_leaves_at_once_and_another_stays(
    desk: Desk, shared: Shared, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_work, "STOPPING", 0.2)
    async with shown(desk.home, size=(60, 16)) as it:
        await it.until(lambda: it.app.sync_work.standing)
        it.app.sync_timing.choose(SyncTimes(0, True))
        desk.outside.hold("append")
        await it.press("q")
        await it.on(LeavingScreen)
        await it.sees("sending")
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.browse)
        assert it.app.sync_work.doing
        await it.press("q")
        await it.on(LeavingScreen)
        await it.press("q")
        await it.until(lambda: it.app._exit)
        begun = time.monotonic()
        it.app.sync_work.close()
        assert time.monotonic() - begun < 1
    desk.outside.release()


async def test_a_sync_under_way_is_not_cut_off_by_leaving_unless_told_so(
    desk: Desk, shared: Shared, shown: Opener
) -> None:
    async with shown(desk.home) as it:
        desk.outside.hold("append")
        it.app.sync_work.start()
        await it.until(lambda: desk.outside.waiting)
        await it.press("q")
        await it.on(LeavingScreen)
        desk.outside.release()
        await it.until(lambda: it.app._exit)
    assert len(shared.log) == 1


async def test_leaving_while_the_remote_is_verified_syncs_after_that_where_it_was_chosen(
    desk: Desk, shared: Shared, shown: Opener
) -> None:
    desk.laptop.sync()
    desk.laptop.new("project", "new")
    async with shown(desk.home) as it:
        await it.until(lambda: it.app.sync_work.standing)
        it.app.sync_timing.choose(SyncTimes(0, True))
        await it.press("S")
        await it.on(SyncScreen)
        await it.until(lambda: not it.app.screen.planning)
        desk.outside.hold("read_view")
        await it.press("v")
        await it.until(lambda: desk.outside.waiting)
        await it.press("q")
        await it.on(LeavingScreen)
        desk.outside.release()
        await it.until(lambda: it.app._exit)
    assert len(shared.log) == 2 and desk.laptop.unsent_records() == 0


async def test_a_failure_on_leaving_is_told_and_the_vault_can_be_unlocked_there(
    desk: Desk, shared: Shared, shown: Opener
) -> None:
    lock_up(desk)
    async with shown(desk.home) as it:
        await it.until(lambda: it.app.sync_work.standing)
        it.app.sync_timing.choose(SyncTimes(0, True))
        desk.offline()
        await it.press("q")
        await it.on(LeavingScreen)
        await it.sees("Nothing is lost; what is unsent goes with the next sync.")
        await it.press("p")
        await it.on(Unlocking)
        await it.type(PASSPHRASE)
        await it.press("enter")
        await it.sees("✗ The remote does not answer.")
        desk.online()
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.browse)
        await it.press("q")
        await it.until(lambda: it.app._exit)
    assert desk.laptop.unsent_records() == 0
