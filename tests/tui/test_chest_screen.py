"""Treasure chests on the screen: a secret shows when it is asked for, for a while, and nowhere else."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Button

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services import chest_sharing, chests, records, vault
from modelops_tui.tui.screens.chest_people import People
from modelops_tui.tui.screens.chest_screen import ChestScreen
from modelops_tui.tui.screens.question import Question
from modelops_tui.tui.screens.reading import Reading
from modelops_tui.tui.screens.vault_unlocking import Founding, RecoveryText, Unlocking
from modelops_tui.tui.widgets import secret_clipboard, secret_parts
from modelops_tui.tui.widgets.secret_parts import MASK, Secret, SecretInput, broken
from tests.tui.conftest import Opener, Shown
from tests.vault.conftest import PASSPHRASE, Person, Surroundings

CANARY = "canary-7f3a!"
CHEST = BY_NAME["treasure-chest"]


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Seconds that pass only when a test says so."""
    clock = Clock()
    monkeypatch.setattr(secret_parts, "seconds", clock)
    return clock


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Person]:
    """Somebody without a vault yet, in an empty registry."""
    opened = open_home(tmp_path / "lab", "ada")
    yield Person(opened, Surroundings(opened.folder, {}))
    opened.close()


@pytest.fixture
def full(ada: Person) -> Person:
    """The same with an unlocked vault and a chest with a secret in it."""
    ada.with_vault()
    ada.chest("cloud", db={"password": CANARY, "user": "ada"})
    return ada


def chest_of(person: Person) -> str:
    return person.home.documents(CHEST)[0]["id"]


async def inside(it: Shown) -> ChestScreen:
    """Opens the first chest and waits for its entries."""
    await it.open("treasure-chest")
    await it.press("V")
    await it.on(ChestScreen)
    screen = it.app.screen
    await it.until(lambda: len(screen._entry_rows) and screen.entries.has_focus and screen.status, "entries")
    return screen


async def revealed(it: Shown) -> ChestScreen:
    screen = await inside(it)
    await it.press("enter")
    await it.sees(CANARY)
    return screen


async def test_a_first_vault_is_made_and_its_recovery_text_shown_once(ada: Person, shown: Opener) -> None:
    async with shown(ada.home, size=(80, 24)) as it:
        await it.press("V")
        await it.on(Founding)
        await it.type(PASSPHRASE)
        await it.press("enter")
        await it.type("another thing")
        await it.press("enter")
        await it.sees("The two are not the same")
        for _ in range(2):
            await it.type(PASSPHRASE)
            await it.press("enter")
        await it.on(RecoveryText)
        view = it.app.screen.view
        await it.until(lambda: view.shows)
        text = view._secret.text()
        assert text[:8] in it.text() and PASSPHRASE not in it.text()
        assert text[:8] not in it.app.export_screenshot()
        await it.until(lambda: text[:8] in it.text(), "the text again after the picture")
        await it.press("escape")
        assert isinstance(it.app.screen, RecoveryText)
        await it.pilot.click(Button)
        await it.on(ChestScreen)
        await it.sees("● unlocked")
        assert text[:8] not in it.text() and view._secret is None
    assert vault.vault_status(ada.home).unlocked is not None


async def test_a_wrong_passphrase_is_one_sentence_and_the_right_one_opens(full: Person, shown: Opener) -> None:
    vault.lock(full.home)
    async with shown(full.home, size=(80, 24)) as it:
        await it.press("V")
        await it.on(Unlocking)
        await it.type("not that one")
        await it.press("enter")
        await it.until(lambda: "✗" in it.text(), "a sentence")
        line = it.app.screen.query_one(SecretInput)
        assert line.value == "" and line.has_focus and "not that one" not in it.text()
        for _ in range(3):
            await it.type("nor this")
            await it.press("enter")
            await it.until(lambda: not it.app.screen._since, "an answer")
        assert max(full.outside.clock.waited) >= 1, "the fourth waits"
        await it.type(PASSPHRASE)
        assert PASSPHRASE not in it.text()
        await it.press("enter")
        await it.on(ChestScreen)
        await it.sees("locks idle in 15 min")


async def test_a_vault_whose_record_was_damaged_is_told_and_no_passphrase_is_asked_for(
    full: Person, shown: Opener
) -> None:
    (record,) = (full.home.folder / "vault").glob("*.json")
    record.write_bytes(record.read_bytes().replace(b"argon2id", b"argon2ie"))
    async with shown(full.home) as it:
        await it.press("V")
        await it.sees("vault refused")
        await it.sees("was damaged")
        await it.on(ChestScreen)


async def test_without_the_passphrase_names_show_and_a_reveal_asks_again(full: Person, shown: Opener) -> None:
    vault.lock(full.home)
    async with shown(full.home) as it:
        await it.open("treasure-chest")
        await it.press("V")
        await it.on(Unlocking)
        await it.press("escape")
        await it.on(ChestScreen)
        await it.sees("password")
        assert "○ locked" in it.text() and MASK in it.text()
        await it.press("enter")
        await it.on(Unlocking)
        await it.type(PASSPHRASE)
        await it.press("enter")
        await it.sees(CANARY)


async def test_a_revealed_secret_is_gone_after_fifteen_seconds(full: Person, shown: Opener, clock: Clock) -> None:
    async with shown(full.home) as it:
        screen = await inside(it)
        assert CANARY not in it.text() and it.text().count(MASK) == 2
        await it.press("enter")
        await it.sees(CANARY)
        assert "hidden again in 15 s" in it.text()
        clock.time += 14.5
        await it.sees("hidden again in 1 s")
        assert CANARY in it.text()
        clock.time += 0.5
        await it.until(lambda: CANARY not in it.text(), "hidden")
        assert screen.box.view._secret is None
        steps = records_of_reveals(full)
        assert len(steps) == 1 and "db.password" in steps[0]


def records_of_reveals(person: Person) -> list[str]:
    from modelops_tui.tui.chest_rows import reveal_lines
    from tests.tui.conftest import NOON

    return ["".join(piece.text for piece in line.pieces) for line in reveal_lines(person.home, chest_of(person), NOON)]


ALSO_LEFT = [pytest.param(why, marks=pytest.mark.slow) for why in ("enter", "tab-other", "help", "palette")]


@pytest.mark.parametrize("why", ["escape", "blur", "suspend", "lock", *ALSO_LEFT])
async def test_it_hides_at_once_when_the_screen_is_left_or_lost(
    full: Person, shown: Opener, clock: Clock, why: str
) -> None:
    full.chest("empty")
    async with shown(full.home) as it:
        screen = await revealed(it)
        if why == "blur":
            it.app.post_message(events.AppBlur())
        elif why == "suspend":
            it.app.app_suspend_signal.publish(it.app)
        elif why == "tab-other":
            await it.press("tab", "down")
        else:
            await it.press({"help": "question_mark", "palette": "ctrl+p", "lock": "L"}.get(why, why))
        await it.until(lambda: CANARY not in it.text() and not screen.box.view.shows, "hidden")


async def test_no_picture_of_the_screen_holds_a_secret(
    full: Person, shown: Opener, clock: Clock, tmp_path: Path
) -> None:
    async with shown(full.home) as it:
        await revealed(it)
        picture = it.app.export_screenshot()
        assert "db.password" in picture and CANARY not in picture
        await it.until(lambda: CANARY not in it.text())
        await it.press("enter")
        await it.sees(CANARY)
        it.app.save_screenshot("picture.svg", str(tmp_path))
        assert CANARY not in (tmp_path / "picture.svg").read_text()


async def test_no_other_screen_tells_a_value_or_a_token(full: Person, shown: Opener) -> None:
    chests.put(full.home, chest_of(full), "db", {"password": CANARY + "2"})
    chest = full.document(chest_of(full))
    entry, recipient = chest["entries"]["db"], chest["header"]["recipients"][0]
    tokens = [*entry["fields"].values(), *entry["seals"].values(), recipient["wrapped_key"], chest["header"]["mac"]]
    assert len(tokens) == 6
    async with shown(full.home, size=(140, 60)) as it:
        await it.open("treasure-chest")
        for tab in ("overview", "fields", "refs", "history", "json"):
            it.browse.detail.open_tab(tab)
            await it.until(lambda tab=tab: it.browse.detail._place[1] == tab)
            told = "".join(piece.text for line in it.browse.detail.sheet.lines for piece in line.pieces)
            assert CANARY not in told and not any(token[10:40] in told for token in tokens)
            if tab in ("history", "json"):
                assert "sealed" in told


async def test_widgets_and_crashes_do_not_tell_a_secret(full: Person, shown: Opener, clock: Clock) -> None:
    async with shown(full.home) as it:
        screen = await revealed(it)
        everything = [*screen.walk_children(), screen, screen.box.view._secret, screen.box.view.__dict__]
        assert CANARY not in repr(everything) and CANARY not in "".join(repr(item) for item in everything)
        values = [item for item in gc.get_objects() if isinstance(item, events.Event) and CANARY in repr(item)]
        assert not values

        def faulty(value: str) -> None:
            raise RuntimeError("a fault of our own")

        try:
            faulty(CANARY)
        except RuntimeError:
            it.app._fatal_error()
        told = "".join(segment.text for shown_ in it.app._exit_renderables for segment in shown_.segments)
        assert "a fault of our own" in told and CANARY not in told
        it.app._exit_renderables.clear()


async def test_a_copy_is_cleared_after_a_while_unless_something_else_was_copied(
    full: Person, shown: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_clipboard, "CLIPBOARD_SECONDS", 0.4)
    async with shown(full.home) as it:
        await inside(it)
        await it.press("y")
        await it.until(lambda: it.app.clipboard == CANARY)
        await it.sees("a terminal's clipboard")
        assert CANARY not in it.text()
        await it.until(lambda: it.app.clipboard == "", "cleared")
        await it.press("y")
        await it.until(lambda: it.app.clipboard == CANARY)
        it.app.copy_to_clipboard("mine")
        await it.until(lambda: it.app.secret_clipboard._timer is None, "over")
        assert it.app.clipboard == "mine"


async def test_leaving_the_app_clears_the_copy(full: Person, shown: Opener) -> None:
    async with shown(full.home) as it:
        await inside(it)
        await it.press("y")
        await it.until(lambda: it.app.clipboard == CANARY)
        await it.app.run_action("quit")
        assert it.app.clipboard == ""


async def test_a_chest_is_shared_after_its_fingerprint_and_taken_back_with_advice(
    full: Person, shown: Opener, tmp_path: Path
) -> None:
    from modelops_tui.entities.builtin import ADMINISTRATOR, builtin_id

    records.create(full.home, BY_NAME["user"], {"name": "bob", "roles": [builtin_id("role", ADMINISTRATOR)]})
    other = open_home(full.home.folder, "bob")
    bob = Person(other, Surroundings(other.folder, {})).with_vault("bobs own passphrase")
    fingerprint = vault.vault_status(bob.home).fingerprint
    async with shown(full.home) as it:
        await inside(it)
        await it.press("s")
        await it.on(People)
        await it.sees(fingerprint)
        await it.press("down", "enter")
        await it.on(Question)
        assert fingerprint in it.text() and "by another way" in it.text()
        await it.press("s")
        await it.until(lambda: len(chest_sharing.holders(full.home, chest_of(full))) == 2, "shared")
        assert chests.reveal(bob.home, chest_of(full), "db", "password") == CANARY
        await it.until(lambda: isinstance(it.app.screen, People) and it.app.screen.found[bob.id].opens)
        await it.press("enter")
        await it.on(Question)
        await it.press("t")
        await it.sees("Change the credentials themselves too")
        assert len(chest_sharing.holders(full.home, chest_of(full))) == 1
    other.close()


async def test_removing_an_entry_asks_and_is_refused_with_the_names_of_who_uses_it(full: Person, shown: Opener) -> None:
    chests.put(full.home, chest_of(full), "spare", {"value": "x1"})
    service = using(full, "db")
    async with shown(full.home) as it:
        screen = await inside(it)
        await it.press("d")
        await it.sees("db cannot be removed")
        assert service in it.text()
        await it.press("escape")
        await it.on(ChestScreen)
        await it.press("end", "d")
        await it.sees("Remove spare from cloud?")
        await it.press("y")
        await it.until(lambda: all(name != "spare.value" for name, _ in screen._entry_rows.rows), "removed")
    assert [item.entry for item in chests.entry_names(full.home, chest_of(full))] == ["db"]


def using(person: Person, entry: str) -> str:
    """Makes a record that names an entry; gives what it is called."""
    place = {"chest": chest_of(person), "entry": entry}
    made = records.create(person.home, KIND, {**NEEDED, "password": place})
    return str(made.get("name") or made["id"])


KIND = BY_NAME["deployment-service-address"]
NEEDED = {"name": "warehouse", "host": "db.example", "port": 5432}


async def test_the_history_of_reveals_names_who_and_what(full: Person, shown: Opener) -> None:
    chests.reveal(full.home, chest_of(full), "db", "user")
    async with shown(full.home) as it:
        await inside(it)
        await it.press("H")
        await it.on(Reading)
        await it.sees("reveal db.user")
        assert "ada" in it.text()


async def test_idle_lock_hides_and_is_told(full: Person, shown: Opener, clock: Clock) -> None:
    async with shown(full.home) as it:
        screen = await revealed(it)
        vault.lock(full.home)
        screen._look()
        await it.sees("○ locked")
        assert CANARY not in it.text()


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_it_is_usable_on_small_screens(full: Person, shown: Opener, clock: Clock, size: tuple[int, int]) -> None:
    async with shown(full.home, size=size) as it:
        await revealed(it)
        text = it.text()
        assert all(part in text for part in ("db", "password", MASK, "hidden again in", "● "))
        assert ("locks in 15 min" if size[0] < 60 else "locks idle in 15 min") in text
        assert all(len(line) <= size[0] for line in text.split("\n"))
        await it.press("escape", "escape")
        await it.until(lambda: CANARY not in it.text())
        if size[0] < 60:
            await it.sees("yours")
            await it.press("escape")
        await it.until(lambda: it.app.screen is it.browse)


def test_a_long_secret_is_broken_without_losing_a_sign() -> None:
    assert broken("ab  cd", 3) == ["ab ", " cd"]
    assert broken("a\nb", 9) == ["a", "b"]
    assert "\x1b" not in "".join(broken("x\x1b[31m", 4))
    assert repr(Secret("x")) == MASK
