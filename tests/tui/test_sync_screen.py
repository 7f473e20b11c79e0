"""Sync on the screen: what it would do, what it does while the rest goes on, what it did, and why it did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.ports_remote import RemoteUnreachable
from modelops_tui.services import records, sync
from modelops_tui.services.syncing import session, standing
from modelops_tui.tui.screens.conflict_screen import ConflictScreen
from modelops_tui.tui.screens.reading import Reading
from modelops_tui.tui.screens.sync_screen import SyncScreen
from tests.sync.conftest import Laptop
from tests.sync.conftest import Opener as OpenLaptop
from tests.sync.memory_remote import Shared
from tests.tui.conftest import Opener
from tests.tui.syncing import header, sync_now, synced
from tests.tui.team import Desk, clash

# ---- the top line ----


async def test_the_top_line_says_nothing_of_sync_without_a_remote(
    open_laptop: OpenLaptop, shared: Shared, shown: Opener
) -> None:
    alone = Desk(open_laptop("eve", met=False), shared)
    async with shown(alone.home) as it:
        await it.until(lambda: len(it.browse.kinds.counts) == len(BY_NAME))
        alone.laptop.new("project", "iris")
        await it.sees("iris")
        assert "unsent" not in header(it) and it.app.sync_work.standing is None


async def test_the_top_line_counts_what_is_unsent_and_in_conflict(desk: Desk, bob: Laptop, shown: Opener) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home) as it:
        await it.until(lambda: "≠ 1 conflict" in header(it))
        assert "unsent" not in header(it)
        desk.laptop.new("project", "new")
        await it.until(lambda: "⇡ 1 unsent" in header(it))
        desk.laptop.remove("project", "new")
        await it.until(lambda: "unsent" not in header(it))


async def test_much_that_is_unsent_is_told_as_about_so_much(
    desk: Desk, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "EXACT_UP_TO", 2)
    desk.laptop.sync()
    for number in range(5):
        desk.laptop.new("model", f"m{number}")
    async with shown(desk.home) as it:
        await it.until(lambda: "⇡ ~5 unsent" in header(it))


async def test_a_narrow_top_line_keeps_the_signs(desk: Desk, bob: Laptop, shown: Opener) -> None:
    clash(desk.laptop, bob)
    desk.laptop.new("training", "iris:one", notebook="n.ipynb")
    async with shown(desk.home, size=(40, 12)) as it:
        await it.sees("⇡1  ≠ 1 conflict")
        it.app.sync_work.failure = RemoteUnreachable("away")
        it.app.sync_changed()
        await it.sees("⇡1 ≠1 ✗")


# ---- plan, progress, report ----


async def test_the_plan_says_what_would_come_and_go_and_writes_nothing(
    desk: Desk, bob: Laptop, shared: Shared, shown: Opener
) -> None:
    desk.laptop.sync()
    bob.new("model", "from-bob")
    bob.sync()
    desk.laptop.new("project", "from-ada")
    log, sequence = dict(shared.log), desk.home.store.sequence
    async with shown(desk.home) as it:
        await synced(it)
        await it.sees("would come")
        assert "2 documents in 1 commit" in it.text()
        assert "would go" in it.text() and "1 document in 1 commit" in it.text()
    assert shared.log == log and desk.home.store.sequence == sequence


async def test_a_sync_goes_on_when_its_screen_is_left_and_what_came_in_appears_by_itself(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    desk.laptop.sync()
    bob.new("project", "from-bob")
    bob.sync()
    desk.laptop.new("project", "from-ada")
    async with shown(desk.home) as it:
        await synced(it)
        desk.outside.hold("append")
        await it.press("s")
        await it.sees("sending 1 project")
        await it.press("escape")
        await it.sees("from-bob")
        assert "⟳ syncing" in header(it)
        await it.press("n")
        await it.sees("name *")
        await it.press("escape")
        desk.outside.release()
        await it.until(lambda: "syncing" not in header(it) and "unsent" not in header(it))
        await it.press("S")
        await it.sees("✓ synced")
        assert "1 document in 1 commit" in it.text()
    bob.sync()
    assert bob.get("project", "from-ada")


async def test_progress_has_a_share_and_stopping_loses_nothing(
    desk: Desk, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_DOCUMENTS", 5)
    desk.laptop.sync()
    for number in range(20):
        desk.laptop.new("model", f"m{number}")
    async with shown(desk.home, size=(80, 24)) as it:
        await synced(it)
        desk.outside.hold("append", after=2)
        await it.press("s")
        await it.until(lambda: "⟳ syncing 50%" in header(it))
        await it.sees("10 of 20 documents")
        assert "50%" in it.text() and "▇" in it.text()
        await it.press("x")
        await it.sees("stopping after this step")
        desk.outside.release()
        await it.sees("stopped; what came and went until then stays")
        await it.until(lambda: "⇡ 5 unsent" in header(it))
        desk.outside.hold("")
        desk.outside.release()
        await sync_now(it)
    assert desk.laptop.unsent_records() == 0


async def test_a_second_sync_cannot_begin_while_one_goes_on(desk: Desk, shared: Shared, shown: Opener) -> None:
    async with shown(desk.home) as it:
        screen = await synced(it)
        desk.outside.hold("append")
        await it.press("s")
        await it.sees("sending")
        assert not it.app.sync_work.start()
        assert screen.check_action("start", ()) is False
        await it.press("s")
        desk.outside.release()
        await it.sees("✓ synced")
    assert len(shared.log) == 1


async def test_what_is_held_is_listed_with_its_reason_and_leads_to_the_record(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    desk.laptop.sync()
    bob.sync()
    bob.new("model", "clf")
    bob.sync()
    desk.laptop.new("model", "clf")
    desk.laptop.new("dataset", "clf:d")
    desk.laptop.sync()
    async with shown(desk.home) as it:
        screen = await synced(it)
        await it.until(lambda: "held 2" in it.text())
        await it.press("left_square_bracket")
        await it.until(lambda: screen.tabs.open == "held")
        await it.sees("dataset clf:d")
        assert "that waits" in it.text() or "taken there" in it.text()
        row = [texts[0] for _, texts in screen._held_rows.rows].index("dataset clf:d")
        screen.held.cursor = row
        await it.press("enter")
        await it.until(lambda: it.app.screen is it.browse and it.browse.kind.name == "dataset")


async def test_the_log_tells_who_sent_what(desk: Desk, bob: Laptop, shown: Opener) -> None:
    desk.laptop.sync()
    bob.new("model", "from-bob")
    bob.sync()
    async with shown(desk.home) as it:
        screen = await synced(it)
        await sync_now(it)
        screen.open_tab("log")
        await it.until(lambda: len(screen._log_rows) == 2)
        assert screen._log_rows.cells(0)[2] == "bob" and "model" in screen._log_rows.cells(0)[4]
        assert screen._log_rows.cells(1)[2] == "ada" and all(screen._log_rows.cells(row)[1] for row in (0, 1))


async def test_conflicts_open_from_the_tab_and_the_mouse_does_what_keys_do(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home) as it:
        screen = await synced(it)
        await it.sees("conflicts 1")
        place = it.text().split("\n")[1].index("conflicts")
        await it.pilot.click(screen.tabs, offset=(place + 1, 0))
        await it.until(lambda: screen.tabs.open == "conflicts" and len(screen._conflict_rows))
        await it.pilot.click(screen.conflicts, offset=(4, 1), times=2)
        await it.on(ConflictScreen)
        await it.sees("by bob")
        await it.press("escape")
        keys = it.text().split("\n")[-1]
        await it.pilot.click("KeyLine", offset=(keys.index("sync now"), 0))
        await it.sees("✓ synced")


async def test_help_names_the_keys_of_the_screen(desk: Desk, shown: Opener) -> None:
    async with shown(desk.home) as it:
        await synced(it)
        await it.press("question_mark")
        await it.on(Reading)
        for words in ("sync now", "look again", "change remote", "verify"):
            assert words in it.text()
        assert "begin anew" not in it.text()


async def test_the_line_that_goes_anywhere_and_the_palette_know_sync(desk: Desk, shown: Opener) -> None:
    async with shown(desk.home) as it:
        await it.press("colon")
        await it.type("sync")
        await it.press("enter")
        await it.on(SyncScreen)
        await it.press("ctrl+p")
        await it.type("sync now")
        await it.press("enter")
        await it.sees("✓ synced")


# ---- a real server ----


async def test_two_people_meet_on_a_real_server(server_port: int, database: str, tmp_path: Path, shown: Opener) -> None:
    uri = f"mongodb://127.0.0.1:{server_port}/{database}?directConnection=true"
    ada, bob = (open_home(tmp_path / name, name) for name in ("ada", "bob"))
    for one in (ada, bob):
        sync.add_remote(one, "team", uri)
    records.create(bob, BY_NAME["project"], {"desc": "flowers"}, "iris")
    async with shown(bob, size=(80, 24)) as it:
        await synced(it)
        await sync_now(it)
    async with shown(ada) as it:
        await synced(it)
        await it.sees("would come")
        await sync_now(it)
        await it.press("escape")
        await it.sees("flowers")
        for home, desc in ((ada, "by ada"), (bob, "by bob")):
            project = records.find_one(home, BY_NAME["project"], "iris")["id"]
            records.change(home, BY_NAME["project"], project, {"desc": desc})
        with sync.connected(bob) as remote:
            sync.sync(bob, remote)
        await synced(it)
        await sync_now(it)
        await it.sees("1 conflict to be decided")
        it.app.screen.open_tab("log")
        await it.until(lambda: len(it.app.screen._log_rows) >= 3)
        it.app.screen.open_tab("conflicts")
        await it.press("enter")
        await it.on(ConflictScreen)
        await it.sees("by bob")
        await it.press("b")
        await it.sees("No conflict is left.")
        await it.press("escape")
        await it.on(SyncScreen)
        await sync_now(it)
    with sync.connected(bob) as remote:
        sync.sync(bob, remote)
        assert sync.verify_remote(bob, remote) == []
    assert records.find_one(bob, BY_NAME["project"], "iris")["desc"] == "by bob\nby ada"
    for one in (ada, bob):
        one.close()


async def test_hostile_names_and_notes_are_shown_and_not_obeyed(
    desk: Desk, bob: Laptop, shown: Opener, tmp_path: Path
) -> None:
    clash(desk.laptop, bob, theirs="\x1b[31mred[/] [@click=app.quit]x[/]\n\u202eback")
    async with shown(desk.home) as it:
        await synced(it)
        await it.press("tab", "enter")
        await it.on(ConflictScreen)
        await it.sees("␛[31mred[/] [@click=app.quit]x[/]")
        assert "\x1b" not in it.text() and "\u202e" not in it.text()
