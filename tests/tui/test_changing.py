"""Making, changing, renaming and removing records on the screen; nothing typed is lost, nothing hostile acts."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.field import Field, FieldType
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.entities.scalars import Anything, Choice, Number, RepositoryLink, Slug, Text, Time
from modelops_tui.entities.structures import Items, Reference
from modelops_tui.services import records
from modelops_tui.services.home import Home
from modelops_tui.tui.form_table import INPUTS
from modelops_tui.tui.screens.form import FormScreen
from modelops_tui.tui.screens.question import Answer, Prompt, Question
from modelops_tui.tui.widgets.field_input import ChoiceInput, FieldInput
from modelops_tui.tui.widgets.structure_inputs import GroupInput, ListInput
from tests.tui.conftest import Opener, Shown

PROJECT = BY_NAME["project"]
MADE_BY_HAND = [kind for kind in KINDS if "new" in kind.verbs]


def every_type(type_: FieldType) -> set[type[FieldType]]:
    found = {type(type_)}
    if isinstance(getattr(type_, "of", None), FieldType):
        found |= every_type(type_.of)
    for item in getattr(type_, "fields", ()):
        found |= every_type(item.type)
    return found


def test_every_field_type_has_its_input() -> None:
    used = {found for kind in KINDS for item in kind.fields for found in every_type(item.type)}
    assert used - set(INPUTS) == set()


class Filler:
    """Fills in the fields that a kind requires, by its declarations alone."""

    def __init__(self, home: Home, it: Shown, kind_name: str) -> None:
        self.home, self.it, self.kind_name = home, it, kind_name

    def text_for(self, item: Field) -> str:
        type_ = item.type
        if isinstance(type_, Reference):
            return str(self.home.documents(BY_NAME[type_.kind])[-1]["id"])
        if isinstance(type_, Time):
            return "now"
        if isinstance(type_, Number):
            return "4711"
        if isinstance(type_, RepositoryLink):
            return "https://host/made-here"
        if isinstance(type_, Slug):
            return "made-here"
        return "x/made.ipynb" if type(type_).__name__ == "InsidePath" else "made-here"

    async def fill(self, input_: FieldInput, item: Field) -> None:
        if isinstance(input_, ListInput):
            await self.it.pilot.click(input_.query_one(".add"))
            await self.it.until(lambda: len(input_.rows) == 1)
            inner = input_.rows[0].input
            if isinstance(inner, GroupInput):
                for row in inner.rows:
                    if row.field.required:
                        await self.fill(row.input, row.field)
            else:
                await self.fill(inner, Field(item.name, input_.of, ""))
        elif isinstance(input_, ChoiceInput):
            input_.select.value = self.word(item)
        elif hasattr(input_, "line"):
            input_.line.value = self.text_for(item)
        else:
            input_.area.text = self.text_for(item)
        await self.it.until(lambda: input_.value is not None, item.name)

    def word(self, item: Field) -> str:
        assert isinstance(item.type, Choice)
        return "string" if "string" in item.type.words else item.type.words[0]


ALSO = {"subscription": ["artifact"], "deployment-target": ["uris"]}
"""What a rule over several fields requires, beyond the fields that are required."""


ONE_AN_AREA = {kind.area: kind.name for kind in MADE_BY_HAND}
"""Made by form in the quick suite; all others are with the slow tests."""


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, id=kind.name, marks=() if kind.name in ONE_AN_AREA.values() else pytest.mark.slow)
        for kind in MADE_BY_HAND
    ],
)
async def test_a_record_of_every_kind_is_made_by_form_and_listed(home: Home, shown: Opener, kind) -> None:
    async with shown(home, size=(100, 120)) as it:
        await it.open(kind.name)
        before = {item["id"] for item in home.documents(kind)}
        await it.press("n")
        await it.on(FormScreen)
        form = it.app.screen
        filler = Filler(home, it, kind.name)
        for row in form.rows:
            if (row.field.required and row.input.value is None) or row.field.name in ALSO.get(kind.name, ()):
                await filler.fill(row.input, row.field)
        if kind.name in TAILORED:
            TAILORED[kind.name](home, form)
        await it.press("ctrl+s")
        await it.until(lambda: not isinstance(it.app.screen, FormScreen), "saved")
        made = {item["id"] for item in home.documents(kind)} - before
        assert len(made) == 1
        await it.until(lambda: it.browse.table.current in made, "listed")
        if "rm" in kind.verbs:
            await it.press("d")
            await it.on(Question)
            await it.press("y")
            await it.until(lambda: home.names.get(kind.name, next(iter(made))) is None, "removed")
            await it.until(lambda: it.browse.rows.index_of(next(iter(made))) is None, "not listed")


def put(form: FormScreen, name: str, text: str) -> None:
    row = next(row for row in form.rows if row.field.name == name)
    input_ = row.input.rows[0].input if isinstance(row.input, ListInput) else row.input
    input_.line.value = text


def free_artifact(home: Home, kind: str) -> str:
    taken = {item.get("artifact") for item in home.documents(BY_NAME[kind])}
    return next(item["id"] for item in home.documents(BY_NAME["artifact"]) if item["id"] not in taken)


def definition_for(home: Home, form: FormScreen, holder: str, kind: str) -> None:
    """A definition of plain text that may be on the holder, and a holder that has no value of it."""
    for definition in home.documents(BY_NAME["property-definition"]):
        if definition["data_type"] != "string" or definition.get("applies_to") not in (holder, "both"):
            continue
        for thing in home.documents(BY_NAME["project" if holder == "project" else "artifact-revision"]):
            values = home.documents(BY_NAME[kind])
            if not any(v.get(holder) == thing["id"] and v["definition"] == definition["id"] for v in values):
                put(form, "definition", definition["id"])
                put(form, holder, thing["id"])
                return


def execution_of_a_twin(home: Home, form: FormScreen) -> None:
    execution = home.documents(BY_NAME["execution"])[0]
    put(form, "digital_twin", execution["digital_twin"])
    put(form, "executions", execution["id"])


TAILORED = {
    "lock": lambda home, form: put(form, "artifact", free_artifact(home, "lock")),
    "subscription": lambda home, form: put(form, "artifact", free_artifact(home, "subscription")),
    "build-version": lambda home, form: put(form, "tag", "made-here"),
    "permission": lambda home, form: put(form, "category", "training"),
    "result": execution_of_a_twin,
    "project-property-value": lambda home, form: definition_for(home, form, "project", "project-property-value"),
    "artifact-property-value": lambda home, form: definition_for(home, form, "revision", "artifact-property-value"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "edit" in kind.verbs], ids=lambda kind: kind.name)
async def test_the_form_of_every_kind_opens_and_changes_nothing_by_itself(home: Home, shown: Opener, kind) -> None:
    async with shown(home, size=(100, 40)) as it:
        for document in home.documents(kind)[:2]:
            form = FormScreen(home, kind, document, records.input_form(home, kind, document), it.app.clock)
            await it.app.push_screen(form)
            await it.pilot.pause()
            assert form.values() == {} and not form.touched
            await it.press("escape")
            await it.until(lambda: it.app.screen is it.browse)


async def test_problems_stand_under_their_field_while_one_types(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.press("n")
        await it.on(FormScreen)
        await it.type("not a slug")
        await it.sees("✗ must be letters, digits and dashes")
        assert "✗ 1 problem" in it.text()
        for _ in range(10):
            await it.press("backspace")
        await it.type("good")
        await it.until(lambda: "✗" not in it.text())


async def test_saving_shows_every_problem_and_keeps_what_was_typed(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        await it.press("n")
        await it.on(FormScreen)
        await it.press("ctrl+s")
        await it.sees("is required")
        form = it.app.screen
        wrong = {
            path
            for row in form.rows
            for path, item in row.input.places(row.field.name)
            if item.below.has_class("-wrong")
        }
        assert wrong >= {"project", "name", "notebook"}


async def test_a_refusal_shows_on_its_field(home: Home, shown: Opener) -> None:
    name = home.documents(PROJECT)[0]["name"]
    async with shown(home) as it:
        await it.press("n")
        await it.on(FormScreen)
        it.app.screen.rows[0].input.line.value = name.upper()
        await it.press("ctrl+s")
        await it.sees("is taken")
        assert it.app.screen.rows[0].input.value == name.upper()


async def test_escape_asks_before_anything_typed_is_dropped(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.press("n")
        await it.on(FormScreen)
        await it.type("half")
        await it.press("escape")
        await it.on(Question)
        await it.sees("Stay (Esc)")
        await it.press("escape")
        await it.on(FormScreen)
        assert it.app.screen.rows[0].input.value == "half"
        await it.press("escape")
        await it.on(Question)
        await it.press("d")
        await it.until(lambda: it.app.screen is it.browse)


async def test_every_answer_stays_in_sight_on_a_small_screen(home: Home, shown: Opener) -> None:
    async with shown(home, size=(40, 12)) as it:
        answers = (Answer("k", "Keep mine"), Answer("r", "Reload", harm=True))
        await it.app.push_screen(Question("Someone else changed this", [], answers))
        await it.sees("Keep mine k")
        await it.sees("Reload r")
        await it.sees("Leave Esc")
        await it.pilot.resize_terminal(80, 24)
        await it.sees("Leave (Esc)")


async def test_an_edit_writes_only_what_was_touched(home: Home, shown: Opener) -> None:
    hostile = records.create(home, PROJECT, {"name": "kept", "desc": "one\r\ntwo\x1b[31m"})
    async with shown(home) as it:
        it.browse.open(PROJECT, hostile["id"])
        await it.until(lambda: it.browse.table.current == hostile["id"])
        await it.press("e")
        await it.on(FormScreen)
        row = next(row for row in it.app.screen.rows if row.field.name == "docker_repo")
        row.input.line.value = "docker.example/kept"
        await it.press("ctrl+s")
        await it.until(lambda: it.app.screen is it.browse)
        after = home.names.get("project", hostile["id"])
        assert after["docker_repo"] == "docker.example/kept"
        assert after["desc"] == hostile["desc"]


async def test_a_change_by_someone_else_meanwhile_is_told_and_mine_can_be_kept(home: Home, shown: Opener) -> None:
    made = records.create(home, PROJECT, {"name": "shared"})
    async with shown(home) as it:
        it.browse.open(PROJECT, made["id"])
        await it.until(lambda: it.browse.table.current == made["id"])
        await it.press("e")
        await it.on(FormScreen)
        it.app.screen.rows[1].input.area.text = "mine"
        other = open_home(home.folder, "me")
        records.change(other, PROJECT, made["id"], {"docker_repo": "theirs"})
        other.close()
        await it.press("ctrl+s")
        await it.on(Question)
        await it.press("k")
        await it.until(lambda: it.app.screen is it.browse)
        after = home.names.get("project", made["id"])
        assert (after["desc"], after["docker_repo"]) == ("mine", "theirs")


async def test_reload_after_a_conflict_shows_what_the_other_wrote(home: Home, shown: Opener) -> None:
    made = records.create(home, PROJECT, {"name": "shared"})
    async with shown(home) as it:
        it.browse.open(PROJECT, made["id"])
        await it.until(lambda: it.browse.table.current == made["id"])
        await it.press("e")
        await it.on(FormScreen)
        it.app.screen.rows[1].input.area.text = "mine"
        records.change(home, PROJECT, made["id"], {"desc": "theirs"})
        await it.press("ctrl+s")
        await it.on(Question)
        await it.press("r")
        await it.sees("theirs")
        assert not it.app.screen.touched


async def test_a_reference_is_picked_from_a_list_that_filters(home: Home, shown: Opener) -> None:
    from modelops_tui.tui.screens.picker import Picker

    name = home.documents(PROJECT)[1]["name"]
    async with shown(home) as it:
        await it.open("training")
        await it.press("n")
        await it.on(FormScreen)
        await it.press("down")
        await it.on(Picker)
        await it.until(lambda: len(it.app.screen.rows) > 1)
        await it.type(name)
        await it.until(lambda: len(it.app.screen.rows) == 1)
        await it.press("enter")
        await it.on(FormScreen)
        assert it.app.screen.rows[0].input.value == name


async def test_the_removal_dialog_shows_the_whole_effect_and_escape_changes_nothing(home: Home, shown: Opener) -> None:
    async with shown(home, size=(120, 50)) as it:
        await it.press("d")
        await it.on(Question)
        lines = ["".join(piece.text for piece in line.pieces) for line in it.app.screen.lines]
        assert any("training" in line for line in lines)
        count = home.count(PROJECT)
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.browse)
        assert home.count(PROJECT) == count


async def test_a_refused_removal_shows_why_and_offers_no_button(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("model")
        await it.press("d")
        await it.sees("This cannot be removed")
        assert "Remove (y)" not in it.text()


async def test_undo_takes_back_and_redo_does_again(home: Home, shown: Opener) -> None:
    made = records.create(home, PROJECT, {"name": "wavering"})
    async with shown(home) as it:
        it.app.notify("Saved project. u takes it back.")
        await it.press("u")
        await it.sees("Undone")
        assert "takes it back" not in it.text()
        await it.until(lambda: home.names.get("project", made["id"]) is None)
        await it.press("U")
        await it.until(lambda: home.names.get("project", made["id"]) is not None)


async def test_rename_keeps_a_refused_name_to_be_mended(home: Home, shown: Opener) -> None:
    first = home.documents(PROJECT)[0]
    async with shown(home) as it:
        it.browse.open(PROJECT, first["id"])
        await it.until(lambda: it.browse.table.current == first["id"])
        await it.press("R")
        await it.on(Prompt)
        await it.press("end", "!", "enter")
        await it.sees("must be letters")
        await it.press("backspace", "2", "enter")
        await it.until(lambda: home.names.get("project", first["id"])["name"] == first["name"] + "2")


async def test_two_marked_records_are_compared(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        await it.press(" ", "down", " ", "D")
        await it.sees("Differences")
        await it.sees("name:")


async def test_hostile_text_is_shown_and_never_obeyed(home: Home, shown: Opener) -> None:
    evil = "[/] [@click=app.exit]x[/] \x1b]0;owned\x07 \u202egnp"
    made = records.create(home, PROJECT, {"name": "evil", "desc": evil, "docker_repo": evil})
    async with shown(home) as it:
        it.browse.open(PROJECT, made["id"])
        await it.sees("[@click=app.exit]")
        for tab in ("fields", "refs", "history", "json", "overview"):
            it.browse.detail.open_tab(tab)
            await it.until(lambda tab=tab: it.browse.detail._place[1] == tab)
            assert not set(it.text()) & {"\x1b", "\x07", "\u202e"}
        for keys in (("e",), ("d",), ("R",), ("D",), ("question_mark",), ("colon", "e", "v", "i", "l")):
            await it.press(*keys)
            await it.pilot.pause(0.1)
            assert not set(it.text()) & {"\x1b", "\x07", "\u202e"}
            await it.press("escape")
            await it.until(lambda: it.app.screen is it.browse)


async def test_the_editor_gets_yaml_and_problems_come_back_as_comments(
    home: Home, shown: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    made = records.create(home, PROJECT, {"name": "by-text", "desc": "old"})
    editor = tmp_path / "editor"
    editor.write_text(
        "#!/bin/sh\n"
        f'cat "$1" >> {tmp_path}/seen\n'
        "if grep -q '^#!' \"$1\"; then sed -i 's/git_repo: .*/git_repo: https:\\/\\/host\\/x/' \"$1\"; "
        "else sed -i 's/old/new/' \"$1\"; echo 'git_repo: nonsense' >> \"$1\"; fi\n"
    )
    editor.chmod(editor.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("EDITOR", str(editor))
    async with shown(home) as it:
        monkeypatch.setattr(it.app, "suspend", contextmanager(lambda: iter([None])))
        it.browse.open(PROJECT, made["id"])
        await it.until(lambda: it.browse.table.current == made["id"])
        await it.press("E")
        await it.until(lambda: (home.names.get("project", made["id"]) or {}).get("desc") == "new")
    assert home.names.get("project", made["id"])["git_repo"] == "https://host/x"
    assert "#! git_repo must be" in (tmp_path / "seen").read_text()
    assert os.listdir(tmp_path)


def test_the_items_of_lists_take_any_type() -> None:
    types = {type(item.type.of) for kind in KINDS for item in kind.fields if isinstance(item.type, Items)}
    assert types <= set(INPUTS) and {Reference, Text, Anything} & types
