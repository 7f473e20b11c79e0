"""Conflicts on the screen that are about more than values: removals, a name given twice, a number given twice."""

from __future__ import annotations

import pytest

from modelops_tui.entities.registry import BY_NAME
from modelops_tui.errors import NotFound
from modelops_tui.tui.screens.conflict_screen import ConflictScreen
from modelops_tui.tui.screens.question import Prompt, Question
from modelops_tui.tui.screens.sync_screen import SyncScreen
from tests.sync.conftest import Laptop, meet
from tests.sync.test_numbers import two_who_published
from tests.tui.conflicts import none_left, opened, said
from tests.tui.conftest import Opener, Shown
from tests.tui.team import Desk


def removed_there(ada: Laptop, bob: Laptop) -> None:
    ada.new("project", "iris")
    meet(ada, bob)
    bob.remove("project", "iris")
    bob.sync()
    ada.set("project", "iris", desc="still needed")
    ada.sync()


async def test_what_was_removed_there_is_kept_or_goes_after_a_question_that_shows_the_effect(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    removed_there(desk.laptop, bob)
    desk.laptop.new("training", "iris:one", notebook="n.ipynb")
    async with shown(desk.home) as it:
        screen = await opened(it)
        await it.sees("(removed)")
        assert "m keep it" in it.text() and "t remove it" in it.text() and "both" not in it.text().split("\n")[-1]
        await it.press("t")
        await it.on(Question)
        await it.sees("iris:one")
        await it.press("escape")
        assert desk.laptop.get("project", "iris")
        await it.press("t")
        await it.on(Question)
        await it.press("y")
        await none_left(it)
        with pytest.raises(NotFound):
            desk.laptop.get("project", "iris")
        await it.press("u")
        await it.until(lambda: "Taken back" in said(it))
        assert desk.laptop.get("training", "iris:one")
        assert screen.check_action("undo", ()) is False
    meet(desk.laptop, bob)
    assert bob.get("project", "iris")["desc"] == "still needed"


async def test_what_went_along_is_counted_comes_back_and_is_not_taken_back_with_the_decision(
    desk: Desk, bob: Laptop, shown: Opener
) -> None:
    desk.laptop.new("project", "iris")
    desk.laptop.new("training", "iris:one", notebook="n.ipynb")
    meet(desk.laptop, bob)
    desk.laptop.set("project", "iris", desc="still needed")
    bob.remove("project", "iris")
    bob.sync()
    desk.laptop.sync()
    async with shown(desk.home) as it:
        await opened(it)
        await it.sees("keeping it brings back 1 more")
        await it.press("m")
        await none_left(it)
        assert desk.laptop.get("training", "iris:one")
        await it.press("u")
        await it.until(lambda: "came back too" in said(it))
    meet(desk.laptop, bob)
    assert bob.get("training", "iris:one") and bob.get("project", "iris")["desc"] == "still needed"


async def test_what_was_removed_here_goes_again_or_stays(desk: Desk, bob: Laptop, shown: Opener) -> None:
    desk.laptop.new("project", "iris")
    meet(desk.laptop, bob)
    desk.laptop.remove("project", "iris")
    bob.set("project", "iris", desc="of bob")
    bob.sync()
    desk.laptop.sync()
    async with shown(desk.home) as it:
        await opened(it)
        assert "m remove it" in it.text() and "t keep it" in it.text()
        await it.press("t")
        await none_left(it)
    meet(desk.laptop, bob)
    assert desk.laptop.get("project", "iris")["desc"] == bob.get("project", "iris")["desc"] == "of bob"


def named_twice(ada: Laptop, bob: Laptop) -> None:
    meet(ada, bob)
    bob.new("model", "clf", desc="of bob")
    bob.sync()
    ada.new("model", "clf", desc="of ada")
    ada.sync()


async def at_the_second(it: Shown, desk: Desk) -> ConflictScreen:
    await it.open("model")
    it.browse.open(BY_NAME["model"], desk.laptop.get("model", "clf-2")["id"])
    await it.until(lambda: it.browse.check_action("conflict", ()), "a conflict under the cursor")
    await it.press("C")
    await it.on(ConflictScreen)
    screen = it.app.screen
    await it.until(lambda: screen.shown is not None)
    return screen


@pytest.mark.parametrize(("key", "names"), [("m", {"adas", "clf"}), ("t", {"clf", "adas"})])
async def test_one_of_two_that_are_called_the_same_is_renamed(
    desk: Desk, bob: Laptop, shown: Opener, key: str, names: set[str]
) -> None:
    named_twice(desk.laptop, bob)
    async with shown(desk.home) as it:
        await at_the_second(it, desk)
        await it.sees("of bob")
        assert "of ada" in it.text() and "m rename mine" in it.text() and "t rename theirs" in it.text()
        await it.press(key)
        await it.on(Prompt)
        line = it.app.screen.query_one("SafeInput")
        line.value = "clf"
        await it.press("enter")
        await it.sees("✗ Both are called so")
        line.value = "adas"
        await it.press("enter")
        await none_left(it)
        await it.press("u")
        await it.until(lambda: "cannot be taken back: one of the two was renamed" in said(it))
    meet(desk.laptop, bob)
    assert {item["name"] for item in bob.home.store.documents("model").values()} == names


async def test_two_that_are_the_same_become_one_after_a_question(desk: Desk, bob: Laptop, shown: Opener) -> None:
    named_twice(desk.laptop, bob)
    async with shown(desk.home) as it:
        screen = await at_the_second(it, desk)
        await it.press("s")
        await it.on(Question)
        await it.sees("cannot be taken back")
        await it.press("y")
        await it.until(lambda: screen.nature == "fields")
        await it.press("t")
        await none_left(it)
    meet(desk.laptop, bob)
    assert [item["desc"] for item in bob.home.store.documents("model").values()] == ["of bob"]


@pytest.mark.parametrize("key", ["f", "g", "t"], ids=["fork", "merge", "drop"])
async def test_a_revision_number_given_twice_forks_merges_or_drops(
    desk: Desk, bob: Laptop, shown: Opener, key: str
) -> None:
    two_who_published(bob, desk.laptop)
    desk.laptop.sync()
    async with shown(desk.home) as it:
        await it.press("S")
        await it.on(SyncScreen)
        it.app.screen.open_tab("conflicts")
        await it.until(lambda: len(it.app.screen._conflict_rows))
        await it.press("enter")
        await it.on(ConflictScreen)
        screen = it.app.screen
        await it.until(lambda: screen.nature == "number")
        assert "fork: keep my parent" in it.text()
        mine, theirs = (side.text for side in screen.shown.places[""])
        assert "of bob" in mine and "of ada" in theirs
        await it.press(key)
        if key == "t":
            await it.on(Question)
            await it.press("y")
            await it.until(lambda: "Later revisions of yours" in said(it))
            with desk.home.writing("drop the later one, and what is pinned to them") as transaction:
                transaction.remove("artifact-revision", "4" * 24)
                for item in list(transaction.documents("deployment-descriptor").values()):
                    if item["name"].startswith("of bob"):
                        transaction.remove("deployment-descriptor", item["id"])
            await it.press("t")
            await it.on(Question)
            await it.press("y")
        await none_left(it)
    meet(desk.laptop, bob)
    assert desk.laptop.bodies() == bob.bodies()
