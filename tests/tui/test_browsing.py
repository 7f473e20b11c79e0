"""Finding one's way: kinds, records, filter, sort, go-to, references and back, what others change."""

from __future__ import annotations

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.services import records
from modelops_tui.services.home import Home
from modelops_tui.tui.screens.detail import DetailScreen
from modelops_tui.tui.widgets.record_table import RecordTable
from tests.tui.conftest import Opener

TRAINING, PROJECT = BY_NAME["training"], BY_NAME["project"]


@pytest.mark.slow
async def test_every_kind_lists_its_records_and_shows_each_tab_of_the_first(home: Home, shown: Opener) -> None:
    async with shown(home, size=(170, 50)) as it:
        for kind in KINDS:
            await it.open(kind.name)
            count = home.count(kind)
            await it.until(lambda count=count: len(it.browse.rows) <= count, kind.name)
            assert it.browse.rows.kind is kind
            if not len(it.browse.rows):
                continue
            for tab in ("overview", "fields", "refs", "history", "json"):
                it.browse.detail.open_tab(tab)
                await it.until(lambda tab=tab: it.browse.detail._place[1] == tab, f"{kind.name} {tab}")
                assert "✗" not in "".join(
                    piece.text for line in it.browse.detail.sheet.lines[:1] for piece in line.pieces
                )


async def test_the_sample_has_records_of_nearly_every_kind(home: Home) -> None:
    assert sum(1 for kind in KINDS if home.count(kind)) >= 36


async def test_counts_stand_beside_the_kinds(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.until(lambda: len(it.browse.kinds.counts) == len(KINDS))
        assert it.browse.kinds.counts["training"] == home.count(TRAINING)


async def test_an_empty_registry_says_how_to_begin(empty: Home, shown: Opener) -> None:
    async with shown(empty) as it:
        await it.sees("press n to make one")


async def test_plain_words_filter_as_one_types(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        whole = len(it.browse.rows)
        await it.press("slash")
        await it.type("failed")
        await it.until(lambda: 0 < len(it.browse.rows) < whole)
        for place in range(len(it.browse.rows)):
            assert "failed" in str(it.browse.rows.document(place)).lower()
        await it.press("escape")
        await it.until(lambda: len(it.browse.rows) == whole)
        assert isinstance(it.app.focused, RecordTable)


async def test_expressions_filter_and_a_half_typed_one_keeps_the_last_good_list(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        await it.press("slash")
        await it.type('task.state == "FAILED"')
        await it.until(
            lambda: (
                len(it.browse.rows)
                and all(
                    it.browse.rows.document(place)["task"]["state"] == "FAILED" for place in range(len(it.browse.rows))
                )
            )
        )
        failed = len(it.browse.rows)
        await it.type(" and ")
        await it.sees("✗")
        assert len(it.browse.rows) == failed
        await it.type("project.name ~ 1")
        await it.sees("✗")


async def test_a_title_or_a_key_sorts_and_a_second_time_turns_round(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        it.browse._sort("name")
        rows = it.browse.rows
        names = lambda: [str(rows.document(place)["name"]).casefold() for place in range(len(rows))]  # noqa: E731
        await it.until(lambda: names() == sorted(names()))
        it.browse._sort("name")
        await it.until(lambda: names() == sorted(names(), reverse=True))
        await it.press("o")
        await it.sees("Sort by")
        await it.press("escape")


async def test_go_to_opens_a_kind_by_its_short_name_and_a_record_by_its_key(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.press("colon")
        await it.type("mv")
        await it.press("enter")
        await it.until(lambda: it.browse.kind.name == "model-version")
        document = next(iter(home.documents(TRAINING)[-1:]))
        key = f"{home.names.get('project', document['project'])['name']}:{document['name']}"
        await it.press("colon")
        await it.type(key)
        await it.press("enter")
        await it.until(lambda: it.browse.table.current == document["id"])


async def test_go_to_does_commands(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        before = it.app.theme
        await it.press("colon")
        await it.type("light or dark")
        await it.press("enter")
        await it.until(lambda: it.app.theme != before)


async def test_the_palette_opens_a_kind(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.press("ctrl+p")
        await it.type("execution")
        await it.sees("A workflow with its configuration")
        await it.press("enter", "enter")
        await it.until(lambda: it.browse.kind.name == "execution")


async def test_references_are_followed_and_backspace_goes_back(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        begun = it.browse.table.current
        await it.press("r")
        await it.until(lambda: it.browse.detail._place == (begun, "refs"))
        await it.until(lambda: it.browse.detail.sheet.cursor > 0)
        await it.press("enter")
        await it.until(lambda: it.browse.kind.name == "project" and it.browse._loaded)
        assert it.browse.table.current == home.names.get("training", begun)["project"]
        await it.press("backspace")
        await it.until(lambda: it.browse.kind.name == "training" and it.browse.table.current == begun)


async def test_a_jump_to_what_a_filter_hides_drops_the_filter(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        last = home.documents(TRAINING)[-1]
        await it.press("slash")
        await it.type("zzzz")
        await it.until(lambda: len(it.browse.rows) == 0)
        it.browse._to(last["id"])
        await it.until(lambda: it.browse.table.current == last["id"])


async def test_what_another_process_writes_appears_and_the_cursor_stays_where_it_was(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("project")
        await it.press("end")
        await it.until(lambda: it.browse.table.cursor == len(it.browse.rows) - 1)
        here = it.browse.table.current
        other = open_home(home.folder, "me")
        records.create(other, PROJECT, {"name": "from-elsewhere"})
        await it.until(
            lambda: (
                it.browse.kinds.counts.get("project") == home.count(PROJECT)
                and len(it.browse.rows) == home.count(PROJECT)
            )
        )
        assert it.browse.table.current == here
        document = home.names.get("project", here)
        records.change(other, PROJECT, here, {"desc": "told from elsewhere"})
        await it.sees("told from elsewhere")
        assert document is not None
        other.close()


async def test_a_record_removed_elsewhere_says_so_where_it_is_open(home: Home, shown: Opener) -> None:
    from modelops_tui.services.removing import plan_removal, remove

    made = records.create(home, PROJECT, {"name": "short-lived"})
    async with shown(home, size=(80, 24)) as it:
        it.browse.open(PROJECT, made["id"])
        await it.until(lambda: it.browse.table.current == made["id"])
        await it.press("enter")
        await it.on(DetailScreen)
        await it.sees("short-lived")
        other = open_home(home.folder, "me")
        remove(other, plan_removal(other, [(PROJECT, made["id"])]))
        other.close()
        await it.sees("it was removed")


async def test_at_80_by_24_tab_brings_the_kinds_and_enter_folds_them_again(home: Home, shown: Opener) -> None:
    async with shown(home, size=(80, 24)) as it:
        assert not it.browse.kinds.display
        await it.press("shift+tab")
        await it.until(lambda: it.browse.kinds.display and it.browse.kinds.has_focus)
        await it.press("down", "down", "enter")
        await it.until(lambda: it.browse.kind.name == "model" and not it.browse.kinds.display)


async def test_chosen_columns_are_kept_in_a_file(home: Home, shown: Opener, tmp_path) -> None:
    path = tmp_path / "config" / "screen.json"
    async with shown(home, preferences=path) as it:
        await it.press("c")
        await it.sees("Columns")
        await it.press("escape")
        it.browse._chose_columns(["key", "git_repo"])
        await it.until(lambda: [column.name for column in it.browse.table.columns] == ["key", "git_repo"])
        await it.press("t")
    async with shown(home, preferences=path) as it:
        assert [column.name for column in it.browse.table.columns] == ["key", "git_repo"]
        assert it.app.theme == "textual-light"


async def test_a_click_selects_and_two_open(home: Home, shown: Opener) -> None:
    async with shown(home, size=(80, 24)) as it:
        await it.pilot.click(RecordTable, offset=(8, 3))
        await it.until(lambda: it.browse.table.cursor == 2)
        await it.pilot.click(RecordTable, offset=(8, 3), times=2)
        await it.on(DetailScreen)


@pytest.mark.parametrize("size", [(20, 6), (40, 12), (80, 24), (200, 60)])
async def test_it_draws_at_any_size(home: Home, shown: Opener, size: tuple[int, int]) -> None:
    async with shown(home, size=size) as it:
        await it.open("training")
        await it.press("down", "enter", "escape", "question_mark", "escape", "n", "escape")
        await it.until(lambda: len(it.text().split("\n")) == size[1])


async def test_help_lists_the_keys_and_how_to_filter(home: Home, shown: Opener) -> None:
    async with shown(home, size=(120, 60)) as it:
        await it.press("question_mark")
        await it.sees("keys here")
        await it.press("end")
        await it.sees("Plain words")


async def test_help_in_a_form_tells_its_own_keys_before_those_of_typing(home: Home, shown: Opener) -> None:
    async with shown(home, size=(80, 24)) as it:
        await it.open("project")
        await it.press("n")
        await it.sees("new project")
        await it.press("f1")
        await it.sees("keys here")
        lines = it.text().split("\n")
        places = {word: next(n for n, text in enumerate(lines) if word in text) for word in ("save", "while typing")}
        assert places["save"] < places["while typing"] and "Plain words" not in it.text()


async def test_the_keys_at_the_foot_are_those_that_can_act(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("log")
        foot = it.text().split("\n")[-1]
        assert "n new" not in foot and "remove" not in foot
        await it.open("project")
        await it.until(lambda: "n new" in it.text().split("\n")[-1])
