"""A remote is named, changed and forgotten on the screen; naming it sends nothing."""

from __future__ import annotations

from modelops_tui.services import chests, sync, vault
from modelops_tui.tui.screens.question import Question
from modelops_tui.tui.screens.remote_form import RemoteForm
from modelops_tui.tui.screens.sync_screen import SyncScreen
from modelops_tui.tui.screens.vault_unlocking import Unlocking
from tests.sync.conftest import Opener as OpenLaptop
from tests.sync.memory_remote import Shared
from tests.tui.conftest import Opener
from tests.tui.syncing import header, synced
from tests.tui.team import Desk
from tests.vault.conftest import PASSPHRASE


async def test_a_remote_is_named_in_a_form_that_says_what_is_wrong_under_each_field(
    open_laptop: OpenLaptop, shared: Shared, shown: Opener
) -> None:
    alone = Desk(open_laptop("eve", met=False), shared)
    async with shown(alone.home, size=(100, 50)) as it:
        await it.press("S")
        await it.on(RemoteForm)
        await it.type("team")
        await it.press("tab")
        await it.type("mongodb://db.example/team")
        await it.sees("✗ would send in clear text; add tls=true, or tick allow_plaintext below.")
        await it.press("ctrl+s")
        await it.until(lambda: "1 problem" in it.text())
        assert sync.remotes(alone.home) == []
        form = it.app.screen
        form.rows[1].input.line.value = "mongodb://localhost/team"
        form.rows[2].input.line.value = "no/database"
        await it.press("ctrl+s")
        await it.sees("must be a plain name")
        form.rows[2].input.line.value = ""
        form.rows[4].input.line.value = "/no/such/file.pem"
        await it.press("ctrl+s")
        await it.sees("must name a file")
        form.rows[4].input.line.value = ""
        await it.press("ctrl+s")
        await it.on(SyncScreen)
        await it.sees("what a sync would do now")
        assert sync.remotes(alone.home)[0][:3] == ("team", "mongodb://localhost/team", "team")


async def test_leaving_the_form_names_nothing(open_laptop: OpenLaptop, shared: Shared, shown: Opener) -> None:
    alone = Desk(open_laptop("eve", met=False), shared)
    async with shown(alone.home) as it:
        await it.press("S")
        await it.on(RemoteForm)
        await it.press("escape")
        await it.until(lambda: it.app.screen is it.browse)
    assert sync.remotes(alone.home) == []


async def test_how_the_remote_is_reached_is_changed_and_the_remote_forgotten(desk: Desk, shown: Opener) -> None:
    async with shown(desk.home, size=(100, 50)) as it:
        await synced(it)
        await it.press("e")
        await it.on(RemoteForm)
        it.app.screen.rows[0].input.line.value = "group"
        it.app.screen.rows[1].input.line.value = "mongodb://127.0.0.1:27018/elsewhere"
        await it.press("ctrl+s")
        await it.on(SyncScreen)
        await it.sees("group  mongodb://127.0.0.1:27018/elsewhere, database elsewhere")
        await it.press("F")
        await it.on(Question)
        await it.sees("No record changes")
        await it.press("y")
        await it.sees("This registry has no remote.")
        assert sync.remotes(desk.home) == []
        await it.until(lambda: "unsent" not in header(it))
        await it.press("n")
        await it.on(RemoteForm)


async def test_credentials_are_picked_from_a_chest_and_the_passphrase_is_asked_for_when_a_key_needs_it(
    open_laptop: OpenLaptop, shared: Shared, shown: Opener
) -> None:
    alone = Desk(open_laptop("eve", met=False), shared)
    vault.init_vault(alone.home, PASSPHRASE)
    vault.unlock(alone.home, PASSPHRASE)
    chest = alone.laptop.new("treasure-chest", "team")["id"]
    chests.put(alone.home, chest, "db", {"user": "eve", "password": "hush-7f3a"})
    chests.put(alone.home, chest, "half", {"user": "eve"})
    async with shown(alone.home, size=(100, 50)) as it:
        await it.press("S")
        await it.on(RemoteForm)
        form = it.app.screen
        form.rows[0].input.line.value = "team"
        form.rows[1].input.line.value = "mongodb://localhost/team"
        places = dict(form.rows[3].input.places("credential"))
        places["credential.chest"].line.value = "team"
        await it.press("ctrl+s")
        await it.sees("must be CHEST/ENTRY")
        places["credential.entry"].line.value = "half"
        await it.press("ctrl+s")
        await it.sees("has no field password")
        places["credential.entry"].line.value = "db"
        await it.press("ctrl+s")
        await it.on(SyncScreen)
        await it.sees("what a sync would do now")
        assert alone.outside.logins[-1] == ("eve", "hush-7f3a")
        vault.lock(alone.home)
        await it.press("r")
        await it.on(Unlocking)
        await it.press("escape")
        await it.sees("p asks for your passphrase")
        await it.press("p")
        await it.type(PASSPHRASE)
        await it.press("enter")
        await it.on(SyncScreen)
        await it.sees("what a sync would do now")
        vault.lock(alone.home)
        await it.press("s")
        await it.on(Unlocking)
        await it.type(PASSPHRASE)
        await it.press("enter")
        await it.sees("✓ synced")
        assert "hush-7f3a" not in it.text()
    assert alone.laptop.unsent_records() == 0
