"""Nothing that is typed is lost or goes astray, however fast it comes."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from modelops_tui.services.home import Home
from modelops_tui.tui.screens.chest_putting import Putting
from modelops_tui.tui.screens.form import FormScreen
from modelops_tui.tui.screens.go_to import GoTo
from modelops_tui.tui.screens.vault_unlocking import Founding
from modelops_tui.tui.widgets.secret_parts import SecretInput
from tests.tui.conftest import NAMES, Opener, Shown


def burst(it: Shown, text: str) -> None:
    """All keys at once, as a terminal sends what was typed while the machine was busy."""
    for sign in text:
        it.app.post_message(events.Key({"\r": "enter", "\x08": "backspace"}.get(sign) or NAMES.get(sign, sign), sign))


@pytest.mark.parametrize("turn", range(3))
async def test_the_filter_takes_every_letter_typed_after_its_key(home: Home, shown: Opener, turn: int) -> None:
    async with shown(home) as it:
        await it.open("training")
        burst(it, "/night failed")
        await it.until(lambda: it.browse.wish.text == "night failed")


async def test_going_somewhere_takes_every_letter_typed_after_its_key(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        burst(it, ":model")
        await it.on(GoTo)
        await it.until(lambda: it.app.screen.query_one(Input).value == "model")


async def test_a_form_takes_every_letter_typed_after_its_key(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("model")
        burst(it, "nnew-and-jolly")
        await it.on(FormScreen)
        await it.until(lambda: it.app.focused is not None and it.app.focused.value == "new-and-jolly", "the name")


async def test_keys_of_commands_act_in_the_order_in_which_they_were_typed(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.open("training")
        burst(it, "jjjk")
        await it.until(lambda: it.browse.table.cursor == 2)
        assert not it.browse.wish.text


async def test_what_is_typed_after_enter_goes_into_the_next_line_and_never_into_the_one_above(
    home: Home, shown: Opener
) -> None:
    async with shown(home) as it:
        await it.app.push_screen(Putting(home, "0" * 24, "box"))
        burst(it, "db.password\rs3cret of it")
        dialog = it.app.screen
        await it.until(lambda: dialog.secret.value == "s3cret of it", "the secret in its own line")
        assert dialog.line.value == "db.password"
        burst(it, "\x08\x08!")
        await it.until(lambda: dialog.secret.value == "s3cret of !", "letters and keys in their order")


async def test_a_passphrase_that_is_typed_twice_at_once_is_the_same_twice(home: Home, shown: Opener) -> None:
    async with shown(home) as it:
        await it.app.push_screen(Founding(home))
        first, second = it.app.screen.query(SecretInput)
        burst(it, "correct horse\rcorrect horse")
        await it.until(lambda: first.value == second.value == "correct horse", "both lines")
