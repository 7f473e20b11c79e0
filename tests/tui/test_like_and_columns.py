"""Records made like others, columns from inside maps, marks taken away at once."""

from __future__ import annotations

from textual.widgets import SelectionList

from modelops_tui.services.home import Home
from modelops_tui.tui.screens.choosing import ChooseColumns
from modelops_tui.tui.screens.form import FormScreen
from tests.tui.conftest import Opener


async def test_a_record_is_made_like_another(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("model")
        before = it.browse.records._last.documents[it.browse.records._last.order[0]]
        await it.press("N")
        await it.on(FormScreen)
        await it.until(lambda: it.app.focused is not None and hasattr(it.app.focused, "value"))
        await it.type("much-like-it")
        await it.press("ctrl+s")
        await it.until(lambda: "much-like-it" in it.text() and not isinstance(it.app.screen, FormScreen))
        made = next(item for item in home.names.find("model", "name much-like-it"))
        assert made["model_files"] == before["model_files"]
        assert made["id"] != before["id"]


async def test_a_value_inside_a_map_can_be_a_column(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        await it.press("c")
        await it.on(ChooseColumns)
        boxes = it.app.screen.query_one(SelectionList)
        inside = [option.value for option in boxes.options if option.value.startswith("details.")]
        assert "details.metrics.auc" in inside
        boxes.select("details.metrics.auc")
        await it.press("enter")
        await it.sees(" details.")
        assert it.browse.rows.columns[-1] == "details.metrics.auc"


async def test_esc_takes_every_mark_away(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        await it.press("space", "j", "space")
        await it.sees("2 marked")
        await it.press("escape")
        await it.until(lambda: "marked" not in it.text())


async def test_a_filter_that_nothing_fits_says_which_place_it_may_have_meant(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        await it.press("/")
        await it.type("details.auc > 0.1")
        await it.sees("Did you mean details.metrics.auc?")
        await it.sees("0 of ")
