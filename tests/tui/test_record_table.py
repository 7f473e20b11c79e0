"""The table of records: what it asks for, what it repaints, what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.strip import Strip

from modelops_tui.tui.terminal_text import safe
from modelops_tui.tui.widgets.record_table import Column, RecordTable
from modelops_tui.tui.widgets.virtual_list import fitted_widths

COLUMNS = (Column("key", "Key", weight=1), Column("state", "State"), Column("auc", "AUC", "right"))


class Rows:
    """Rows that remember what they were asked for."""

    def __init__(self, names: Sequence[str] | range) -> None:
        self.names = names
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.names)

    def cells(self, index: int) -> Sequence[str]:
        self.asked.append(index)
        return (str(self.names[index]), "FAILED", "0.9")

    def identity(self, index: int) -> str:
        return str(self.names[index])

    def style(self, index: int, column: str) -> str:
        return "bad" if column == "state" else ""


class Painted(RecordTable):
    """A table that remembers which lines it painted."""

    lines: list[int]

    def render_line(self, y: int) -> Strip:
        self.lines.append(y)
        return super().render_line(y)


class Screen(App[None]):
    """Only a table."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Painted(empty_text="No training yet. Press n to make one.")
        self.table.lines = []
        self.told: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()

    def on_record_table_opened(self, message: RecordTable.Opened) -> None:
        self.told.append(("opened", message.identity))

    def on_record_table_highlighted(self, message: RecordTable.Highlighted) -> None:
        self.told.append(("highlighted", message.identity))

    def on_record_table_sort_asked(self, message: RecordTable.SortAsked) -> None:
        self.told.append(("sort", message.column))

    def text(self) -> list[str]:
        return [self.table.render_line(line).text for line in range(self.table.size.height)]


async def _show(pilot: Any, rows: Rows, columns: tuple[Column, ...] = COLUMNS) -> Painted:
    table: Painted = pilot.app.table
    table.set_source(rows, columns)
    await pilot.pause()
    return table


@pytest.mark.asyncio
async def test_a_key_on_a_hundred_thousand_rows_asks_only_for_rows_in_sight() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        rows = Rows(range(100_000))
        await _show(pilot, rows)
        assert set(rows.asked) <= set(range(12))
        rows.asked.clear()
        await pilot.press("end")
        await pilot.pause()
        assert app.table.cursor == 99_999
        assert rows.asked and min(rows.asked) >= 100_000 - 12
        assert len(rows.asked) == len(set(rows.asked))


@pytest.mark.asyncio
async def test_a_cursor_move_repaints_two_lines() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        table = await _show(pilot, Rows(range(100_000)))
        await pilot.press("down")
        await pilot.pause()
        table.lines.clear()
        await pilot.press("j")
        await pilot.pause()
        assert sorted(table.lines) == [2, 3]


@pytest.mark.asyncio
async def test_a_step_out_of_sight_scrolls_half_a_screen() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        table = await _show(pilot, Rows(range(100)))
        await pilot.press(*["j"] * 11)
        await pilot.pause()
        assert (table.cursor, table.scroll_offset.y) == (11, 5)
        await pilot.press(*["k"] * 7)
        await pilot.pause()
        assert (table.cursor, table.scroll_offset.y) == (4, 0)


@pytest.mark.asyncio
async def test_the_keys_move_the_cursor() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        table = await _show(pilot, Rows(range(100)))
        for key, place in [("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 0)]:
            await pilot.press(key)
            assert table.cursor == place
        for key, place in [
            ("pagedown", 11),
            ("end", 99),
            ("down", 99),
            ("pageup", 88),
            ("home", 0),
        ]:
            await pilot.press(key)
            assert table.cursor == place


@pytest.mark.asyncio
async def test_enter_a_click_and_a_double_click_tell_what_they_did() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        await _show(pilot, Rows(range(100)))
        await pilot.press("enter")
        await pilot.click(RecordTable, offset=(5, 4))
        await pilot.click(RecordTable, offset=(5, 6), times=2)
        await pilot.click(RecordTable, offset=(3, 0))
        await pilot.pause()
        assert app.told == [
            ("highlighted", "0"),
            ("opened", "0"),
            ("highlighted", "3"),
            ("highlighted", "5"),
            ("opened", "5"),
            ("sort", "key"),
        ]


@pytest.mark.asyncio
async def test_space_marks_with_a_sign_and_again_unmarks() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        table = await _show(pilot, Rows(range(9)))
        await pilot.press("space")
        assert table.marked == {"0"}
        assert app.text()[1].startswith("▸◆0")
        await pilot.press("space")
        assert table.marked == set()


@pytest.mark.asyncio
async def test_the_cursor_stays_on_its_record_when_rows_come_and_go() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        rows = Rows([f"r{n}" for n in range(50)])
        table = await _show(pilot, rows)
        table.cursor = 7
        rows.names = ["new"] * 3 + [f"r{n}" for n in range(50)]
        table.refresh_rows()
        assert (table.cursor, table.current, table.scroll_offset.y) == (10, "r7", 3)
        rows.names = ["r1", "r2"]
        table.refresh_rows()
        await pilot.pause()
        assert (table.cursor, table.current, table.scroll_offset.y) == (1, "r2", 0)
        rows.names = []
        table.refresh_rows()
        await pilot.pause()
        assert table.current == ""
        assert app.told[-1] == ("highlighted", "")


@pytest.mark.asyncio
async def test_a_source_that_shrank_unannounced_is_painted_without_its_lost_rows() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        rows = Rows(list("abcdef"))
        table = await _show(pilot, rows)
        rows.names = ["a"]
        table.cursor = 4
        table.refresh()
        await pilot.pause()
        assert app.text()[2].strip() == ""
        assert table.current == ""


@pytest.mark.asyncio
async def test_the_header_shows_the_sort_and_stays_while_rows_scroll() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        table = await _show(pilot, Rows(range(100)))
        table.show_sort("state", descending=True)
        await pilot.press("end")
        assert "State ▼" in app.text()[0]
        table.show_sort("key")
        assert "Key ▲" in app.text()[0] and "▼" not in app.text()[0]


@pytest.mark.asyncio
async def test_what_a_cell_holds_is_shown_and_never_obeyed() -> None:
    app = Screen()
    async with app.run_test(size=(70, 12)) as pilot:
        table = await _show(pilot, Rows(["[red]\x1b[2J\u202e\nx", "日本語", "👍🏽 e\u0301"]))
        text = app.text()
        assert "[red]␛[2J⟨U+202E⟩⏎x" in text[1]
        assert [cell_len(line) for line in text] == [table.size.width] * table.size.height


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(20, 3), (1, 1), (200, 50)])
async def test_every_size_is_painted_in_full(size: tuple[int, int]) -> None:
    app = Screen()
    async with app.run_test(size=size) as pilot:
        for rows in (Rows(["日本語" * 9] * 99), Rows([])):
            table = await _show(pilot, rows)
            await pilot.press("down", "end", "right", "left", "home")
            table.show_sort("key")
            assert {cell_len(line) for line in app.text()} == {table.size.width}


@pytest.mark.asyncio
async def test_columns_that_do_not_fit_scroll_sideways_under_fixed_signs() -> None:
    columns = tuple(Column(f"c{n}", f"Column {n}", minimum=12) for n in range(3))
    app = Screen()
    async with app.run_test(size=(24, 6)) as pilot:
        table = await _show(pilot, Rows(range(9)), columns)
        assert app.text()[0].endswith("›")
        await pilot.press("l")
        assert table.scroll_offset.x == 14
        assert app.text()[0].startswith("‹ Column 1")
        assert app.text()[1].startswith("▸ FAILED")
        await pilot.press("h")
        assert table.scroll_offset.x == 0


@pytest.mark.asyncio
async def test_without_rows_it_says_what_to_do_or_that_it_loads() -> None:
    app = Screen()
    async with app.run_test(size=(60, 9)) as pilot:
        table = await _show(pilot, Rows([]))
        middle = app.text()[4].strip()
        assert middle == "No training yet. Press n to make one."
        table.loading_text = "Loading…"
        assert app.text()[4].strip() == "Loading…"


@pytest.mark.asyncio
async def test_a_state_is_coloured_in_both_themes_but_not_under_the_cursor() -> None:
    app = Screen()
    async with app.run_test(size=(60, 9)) as pilot:
        table = await _show(pilot, Rows(["a", "b"]))
        for theme in ("textual-light", "textual-dark"):
            app.theme = theme
            await pilot.pause()
            assert len({part.style.color for part in table.render_line(2) if part.style}) == 2
            assert len({part.style for part in table.render_line(1)}) == 1


@pytest.mark.asyncio
async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    app = Screen()
    async with app.run_test(size=(60, 12)) as pilot:
        table = await _show(pilot, Rows(range(100)))
        await pilot._post_mouse_events([MouseScrollDown], table)
        await pilot.pause()
        assert table.scroll_offset.y > 0
        assert table.cursor == 0


@pytest.mark.asyncio
async def test_a_source_may_be_set_before_the_table_is_on_a_screen() -> None:
    app = Screen()
    app.table.set_source(Rows(range(5)), COLUMNS)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert app.text()[1].startswith("▸ 0")


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(0, 3), st.integers(0, 60)), min_size=1),
    st.integers(0, 200),
)
def test_columns_fill_the_room_and_never_fall_below_their_minimum(drawn: list[tuple[int, int, int]], room: int) -> None:
    columns = tuple(Column("c", "C", "left", low, weight) for low, weight, _ in drawn)
    natural = [max(low, wide) for low, _, wide in drawn]
    widths = fitted_widths(columns, natural, room)
    assert all(width >= column.minimum for width, column in zip(widths, columns, strict=True))
    if sum(column.minimum for column in columns) <= room:
        assert sum(widths) <= room
        if any(column.weight for column in columns):
            assert sum(widths) == room


@given(st.text(), st.integers(0, 30))
def test_safe_text_is_never_wider_than_asked_as_textual_counts(text: str, width: int) -> None:
    assert cell_len(safe(text, width)) <= width
