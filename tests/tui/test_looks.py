"""What the screens look like at three sizes, kept as text. MODELOPS_ACCEPT_LOOKS=1 writes them anew: look at them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import records
from modelops_tui.services.home import Home
from modelops_tui.store import transaction
from modelops_tui.tui.screens.changes_screen import ChangesScreen
from tests.sync.conftest import Laptop, meet
from tests.sync.conftest import Opener as OpenLaptop
from tests.sync.memory_remote import Shared
from tests.tui.conftest import Opener, Shown
from tests.tui.team import Desk

LOOKS = Path(__file__).parent / "looks"
NEW_ID = re.compile(r"\b[0-9a-f]{24}\b")
SIZES = [
    pytest.param(size, id=f"{size[0]}x{size[1]}", marks=() if size == (80, 24) else pytest.mark.slow)
    for size in ((40, 12), (80, 24), (120, 40))
]
"""The least and the widest are with the slow tests."""
QUICK = frozenset(("browse", "form", "removal", "changes", "sync-plan", "conflict"))
"""One screen of each sort: the others are with the slow tests at every size."""


def often(names: Iterable[str]) -> list[Any]:
    """The names, those that are not looked at often marked as slow."""
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def browse(it: Shown) -> None:
    await it.open("training")
    await it.until(lambda: it.browse.detail._place[0] or not it.browse.detail.display)


async def filtered(it: Shown) -> None:
    await browse(it)
    await it.press("slash")
    await it.type("night failed")
    await it.until(lambda: it.browse.wish.text == "night failed" and it.browse.records._last.wish == it.browse.wish)
    await it.until(lambda: len(it.browse.rows) == len(it.browse.records._last.order))


async def form(it: Shown) -> None:
    await it.open("training")
    await it.press("n")
    await it.sees("project *")
    await it.type("no-such")
    await it.sees("✗ names no project")


async def removal(it: Shown) -> None:
    await it.open("dataset")
    await it.press("d")
    await it.sees("Remove th")


async def references(it: Shown) -> None:
    await it.open("dataset")
    await it.press("r")
    await it.sees("pointed at by")


async def changes(it: Shown) -> None:
    for name in ("late", "later"):
        records.create(it.home, BY_NAME["model"], {"name": name})
    await it.press("A")
    await it.until(lambda: isinstance(it.app.screen, ChangesScreen) and len(it.app.screen.rows) == 4)


async def found(it: Shown) -> None:
    await it.press("f")
    await it.sees("Type a word")
    await it.type("night gbm")
    await it.until(lambda: it.app.screen._shown_for == "night gbm")


def painted(it: Shown) -> str:
    """The screen, or of a dialog its own lines alone: what lies behind it is painted when it comes."""
    lines = it.text().split("\n")
    for dialog in it.app.screen.query(".dialog"):
        lines = lines[dialog.region.y : dialog.region.bottom]
    return "\n".join(lines)


SCREENS = {"browse": browse, "filter": filtered, "form": form, "removal": removal, "references": references,
    "changes": changes, "find": found,
}  # fmt: skip


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", often(SCREENS))
async def test_it_looks_as_it_did(home: Home, shown: Opener, name: str, size: tuple[int, int]) -> None:
    async with shown(home, size=size) as it:
        await it.until(lambda: "running" in it.browse.top.texts[1])
        await it.until(lambda: len(it.browse.kinds.counts) == 38)
        await SCREENS[name](it)
        await looks_as_it_did(it, name, size)


async def looks_as_it_did(it: Shown, name: str, size: tuple[int, int]) -> None:
    """Compares the screen with the look that was accepted."""
    # A cursor that blinks must not decide, nor a frame that is on its way.
    last = ""
    while painted(it) != last:
        last = painted(it)
        await it.pilot.pause(0.15)
    last = NEW_ID.sub("0" * 24, last).replace(datetime.now(UTC).date().isoformat(), "2026-01-01")
    path = LOOKS / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("MODELOPS_ACCEPT_LOOKS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(last + "\n", encoding="utf-8")
    assert last + "\n" == path.read_text(encoding="utf-8")


# ---- sync ----


def edited_by_two(desk: Desk, bob: Laptop) -> None:
    """A project that two edit and a model that two name the same, with something new on both sides."""
    desk.laptop.new("project", "churn", desc="Who is about to leave, and why.")
    meet(desk.laptop, bob)
    bob.set(
        "project", "churn", desc="Who leaves within 60 days.\nAnswered every Monday.", git_repo="https://g.example/b"
    )
    bob.new("model", "wine-gbm", desc="made by bob")
    bob.sync()
    desk.laptop.set(
        "project", "churn", desc="Who leaves within 90 days.\nAnswered every Monday.", git_repo="https://g.example/a"
    )
    desk.laptop.new("model", "wine-gbm", desc="made by ada")
    desk.laptop.new("dataset", "wine-gbm:harvest")
    desk.laptop.new("project", "wine")


async def plan(it: Shown) -> None:
    await it.press("S")
    await it.sees("what a sync would do now")
    await it.until(lambda: len(it.app.screen._held_rows) == 2)


async def report(it: Shown) -> None:
    await plan(it)
    await it.press("s")
    await it.sees("✓ synced")
    await it.until(lambda: len(it.app.screen._conflict_rows) == 2)


async def conflict_list(it: Shown) -> None:
    await report(it)
    it.app.screen.open_tab("conflicts")


async def held_list(it: Shown) -> None:
    await report(it)
    it.app.screen.open_tab("held")


async def log(it: Shown) -> None:
    await report(it)
    it.app.screen.open_tab("log")
    await it.until(lambda: len(it.app.screen._log_rows) == 4)


async def conflict(it: Shown, kind: str = "project", name: str = "churn") -> None:
    await report(it)
    await it.press("escape")
    it.browse.open(BY_NAME[kind], records.find_one(it.home, BY_NAME[kind], name)["id"])
    await it.until(lambda: it.browse.check_action("conflict", ()) and it.browse.kind.name == kind)
    await it.press("C")
    await it.until(lambda: getattr(it.app.screen, "shown", None) is not None)


async def marked(it: Shown) -> None:
    await report(it)
    await it.press("escape")
    await it.until(lambda: it.browse.table.flagged and len(it.browse.kinds.counts) == 38)
    await it.until(lambda: "runs" in it.browse.top.texts[1])
    await it.until(lambda: it.browse.detail._place[0] or not it.browse.detail.display)


async def times(it: Shown) -> None:
    await plan(it)
    await it.press("a")
    await it.sees("Sync by itself")


SYNC_SCREENS = {
    "sync-plan": plan,
    "sync-report": report,
    "sync-conflicts": conflict_list,
    "sync-held": held_list,
    "sync-log": log,
    "conflict": conflict,
    "in-conflict": marked,
    "sync-times": times,
}


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is written at a quarter to twelve."""
    monkeypatch.setattr(transaction, "time_text", lambda: "2026-08-10T11:45:00.000Z")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", often(SYNC_SCREENS))
async def test_sync_looks_as_it_did(
    at_noon: None, desk: Desk, bob: Laptop, shown: Opener, name: str, size: tuple[int, int]
) -> None:
    edited_by_two(desk, bob)
    async with shown(desk.home, size=size) as it:
        await SYNC_SCREENS[name](it)
        await looks_as_it_did(it, name, size)


@pytest.mark.parametrize("size", SIZES)
async def test_the_form_of_a_remote_looks_as_it_did(
    open_laptop: OpenLaptop, shared: Shared, shown: Opener, size: tuple[int, int]
) -> None:
    alone = Desk(open_laptop("eve", met=False), shared)
    async with shown(alone.home, size=size) as it:
        await it.press("S")
        await it.sees("name *")
        await it.type("team")
        await it.press("tab")
        await it.type("mongodb://db.example/team")
        await it.sees("✗ would send")
        await looks_as_it_did(it, "remote-form", size)
