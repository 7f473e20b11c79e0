"""Conflicts on the screen: base, mine and theirs side by side, what may be decided, and taking it back."""

from __future__ import annotations

from typing import Any

import pytest

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import records
from modelops_tui.tui.screens.conflict_screen import ConflictScreen
from modelops_tui.tui.screens.conflict_value import ValueForm
from modelops_tui.tui.screens.detail import DetailScreen
from tests.sync.conftest import Laptop, meet
from tests.tui.conflicts import none_left, opened, said
from tests.tui.conftest import Opener
from tests.tui.team import Desk, clash


async def test_a_record_in_conflict_is_marked_where_records_are_and_says_so(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    clash(desk.laptop, bob)
    desk.laptop.new("project", "quiet")
    async with shown(desk.home) as it:
        await it.until(lambda: it.browse.table.flagged)
        assert "▸≠iris" in it.text() and "≠quiet" not in it.text()
        await it.sees("≠ In conflict: desc changed on both sides. C shows both sides.")
        assert "C conflict" in it.text()
        await it.press("down")
        await it.until(lambda: "C conflict" not in it.text())
        await it.press("up")
        await it.press("space")
        await it.sees("▸◆iris")


async def test_base_mine_and_theirs_stand_side_by_side_with_who_and_when(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home) as it:
        await opened(it)
        rows = it.text().split("\n")
        assert "project iris" in rows[0] and "changed on both sides" in rows[0]
        heads = next(row for row in rows if "base" in row)
        assert "mine – ada" in heads and "theirs – bob" in heads
        values = next(row for row in rows if "by bob" in row)
        assert [part.strip() for part in values.split("│")] == ["flowers", "by ada", "by bob"]


async def test_a_narrow_screen_puts_the_sides_below_each_other_and_scrolls(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    clash(desk.laptop, bob, theirs="\n".join(f"line {number}" for number in range(40)))
    async with shown(desk.home, size=(40, 12)) as it:
        await opened(it)
        rows = [row.strip() for row in it.text().split("\n")]
        assert rows.index("base – before both") < rows.index("+ by ada")
        await it.press("end")
        await it.sees("line 39")


async def test_lines_that_the_base_has_not_are_marked_by_a_sign(desk: Desk, bob: Laptop, shown: Opener) -> None:
    clash(desk.laptop, bob, base="one\ntwo", mine="one\nTWO", theirs="one\nzwei\nthree")
    async with shown(desk.home) as it:
        await opened(it)
        text = it.text()
        for row in ("− two", "+ TWO", "+ zwei", "+ three", "  one"):
            assert row in text


@pytest.mark.parametrize(
    ("key", "desc"), [("m", "by ada"), ("t", "by bob"), ("b", "by bob\nby ada")], ids=["mine", "theirs", "both"]
)
async def test_a_key_decides_and_u_takes_it_back(desk: Desk, bob: Laptop, shown: Opener, key: str, desc: str) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home) as it:
        screen = await opened(it)
        await it.press(key)
        await none_left(it)
        assert desk.laptop.get("project", "iris")["desc"] == desc
        await it.until(lambda: not it.browse.table.flagged)
        await it.press("u")
        await it.until(lambda: screen.shown is not None)
        await it.until(lambda: "Taken back: project iris" in said(it))
        assert desk.laptop.get("project", "iris")["desc"] == "by ada"
        assert len(desk.laptop.conflicts()) == 1
        await it.press(key)
        await none_left(it)
    meet(desk.laptop, bob)
    assert bob.get("project", "iris")["desc"] == desc


async def test_a_decision_that_a_sync_has_sent_is_not_taken_back_and_the_screen_says_why(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home) as it:
        await opened(it)
        await it.press("m")
        await none_left(it)
        desk.laptop.sync()
        await it.press("u")
        await it.until(lambda: "a sync came after it" in said(it))
        assert "can be edited" in said(it)
    assert desk.laptop.conflicts() == []


async def test_a_value_of_ones_own_is_typed_into_the_input_of_its_field(desk: Desk, bob: Laptop, shown: Opener) -> None:
    desk.laptop.new("project", "iris")
    desk.laptop.new("training", "iris:one", notebook="n.ipynb", details={"lr": 1})
    meet(desk.laptop, bob)
    bob.set("training", "iris:one", notebook="b.ipynb", details={"lr": 2})
    bob.sync()
    desk.laptop.set("training", "iris:one", notebook="a.ipynb", details={"lr": 3})
    desk.laptop.sync()
    async with shown(desk.home, size=(80, 24)) as it:
        screen = await opened(it, "training")
        await it.until(lambda: len(screen._rows) == 2)
        place = [path for path, _ in screen._rows.rows].index("details.lr")
        screen.places.cursor = place
        await it.sees(f"details.lr ({place + 1} of 2)")
        await it.press("e")
        await it.on(ValueForm)
        form = it.app.screen
        assert form.rows[0].input.area.text == "3" and "theirs – bob" in it.text()
        form.rows[0].input.area.text = "0.5"
        await it.press("ctrl+s")
        await it.on(ConflictScreen)
        await it.until(lambda: screen.place() is not None and screen.place().path == "notebook")
        assert desk.laptop.get("training", "iris:one")["details"] == {"lr": 0.5}
        await it.press("e")
        await it.on(ValueForm)
        it.app.screen.rows[0].input.line.value = ""
        await it.press("ctrl+s")
        await it.sees("✗")
        assert isinstance(it.app.screen, ValueForm)
        it.app.screen.rows[0].input.line.value = "c.ipynb"
        await it.press("ctrl+s")
        await none_left(it)
    assert desk.laptop.get("training", "iris:one")["notebook"] == "c.ipynb"


async def test_all_places_are_decided_at_once_or_one_after_the_other(desk: Desk, bob: Laptop, shown: Opener) -> None:
    desk.laptop.new("project", "iris")
    meet(desk.laptop, bob)
    bob.set("project", "iris", desc="b", git_repo="https://example.org/b")
    bob.sync()
    desk.laptop.set("project", "iris", desc="a", git_repo="https://example.org/a")
    desk.laptop.sync()
    async with shown(desk.home) as it:
        screen = await opened(it)
        await it.until(lambda: len(screen._rows) == 2)
        await it.press("down")
        await it.until(lambda: screen.place().path == screen._rows.identity(1))
        first, second = screen._rows.identity(0), screen._rows.identity(1)
        await it.press("t")
        await it.until(lambda: len(screen.shown.conflict.fields) == 1)
        found = desk.laptop.get("project", "iris")
        assert str(found[second]).endswith("b") and str(found[first]).endswith("a")
        await it.press("u")
        await it.until(lambda: screen.shown is not None and len(screen.shown.conflict.fields) == 2)
        await it.press("T")
        await none_left(it)
    found = desk.laptop.get("project", "iris")
    assert (found["desc"], found["git_repo"]) == ("b", "https://example.org/b")


async def test_next_and_before_go_through_all_conflicts(desk: Desk, bob: Laptop, shown: Opener) -> None:
    for name in ("one", "two"):
        desk.laptop.new("project", name, desc="x")
    meet(desk.laptop, bob)
    for name in ("one", "two"):
        bob.set("project", name, desc="b")
        desk.laptop.set("project", name, desc="a")
    bob.sync()
    desk.laptop.sync()
    async with shown(desk.home) as it:
        screen = await opened(it)
        first = screen.shown.conflict.label
        begun = screen.found.place
        await it.sees(f"{begun + 1} of 2 ▸ project {first}")
        await it.press("n")
        await it.sees(f"{2 - begun} of 2")
        assert screen.shown.conflict.label != first
        await it.press("p")
        await it.sees(f"{begun + 1} of 2 ▸ project {first}")
        await it.press("m")
        await it.sees("1 of 1")
        assert screen.shown.conflict.label != first


async def test_who_may_not_write_a_record_decides_nothing_about_it(desk: Desk, bob: Laptop, shown: Opener) -> None:
    clash(desk.laptop, bob)
    role = records.create(desk.home, BY_NAME["role"], {"name": "reader"})["id"]
    records.create(desk.home, BY_NAME["permission"], {"role": role, "category": "*", "actions": ["read"]})
    guest = desk.laptop.new("user", "guest", roles=["reader"])
    desk.home.act_as(guest["id"])
    async with shown(desk.home) as it:
        screen = await opened(it)
        assert not any(screen.check_action("take", (side,)) for side in ("mine", "theirs", "both"))
        assert "m mine" not in it.text()
        await it.press("t")
    assert desk.laptop.get("project", "iris")["desc"] == "by ada"


async def test_a_conflict_that_got_other_sides_meanwhile_is_not_decided_unseen(
    desk: Desk, bob: Laptop, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home) as it:
        screen = await opened(it)
        seen = screen.shown
        bob.set("project", "iris", desc="bob thought again")
        bob.sync()
        desk.laptop.sync()
        screen.found = screen.found._replace(shown=seen)
        await it.press("m")
        await it.until(lambda: "has changed since it was shown" in said(it))
        await it.sees("bob thought again")
    assert len(desk.laptop.conflicts()) == 1


async def test_the_record_opens_from_its_conflict(desk: Desk, bob: Laptop, shown: Opener) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home) as it:
        await opened(it)
        await it.press("o")
        await it.until(lambda: it.app.screen is it.browse and it.browse.chosen())


async def test_a_conflict_opens_from_a_record_on_a_screen_of_its_own(desk: Desk, bob: Laptop, shown: Opener) -> None:
    clash(desk.laptop, bob)
    async with shown(desk.home, size=(80, 24)) as it:
        await it.until(lambda: it.browse.table.flagged)
        await it.press("enter")
        await it.on(DetailScreen)
        await it.sees("In conflict")
        await it.press("C")
        await it.on(ConflictScreen)
        await it.sees("by bob")
        await it.press("escape")
        await it.on(DetailScreen)


@pytest.mark.parametrize("hostile", ["\x1b]52;c;aGk=\x07", "[/]", "[@click=app.quit]x[/]", "a\u202eb"])
async def test_hostile_text_is_shown_and_never_obeyed(desk: Desk, bob: Laptop, shown: Opener, hostile: Any) -> None:
    desk.laptop.new("project", "iris")
    desk.laptop.new("training", "iris:one", notebook="n.ipynb", details={hostile: 1})
    meet(desk.laptop, bob)
    bob.set("training", "iris:one", details={hostile: f"b {hostile}"})
    bob.sync()
    desk.laptop.set("training", "iris:one", details={hostile: f"a {hostile}"})
    desk.laptop.sync()
    async with shown(desk.home) as it:
        await opened(it, "training")
        await it.press("e")
        await it.on(ValueForm)
        await it.sees("theirs")
        for sign in ("\x1b", "\x07", "\u202e"):
            assert sign not in it.text()
        await it.press("escape")
        await it.on(ConflictScreen)
        await it.press("t")
        await none_left(it)
    assert desk.laptop.get("training", "iris:one")["details"] == {hostile: f"b {hostile}"}
