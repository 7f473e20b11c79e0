"""What is done with treasure chests: one secret at a time shown or copied, put, shared, locked away.

A value is masked unless it is asked for, and is hidden again by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, TypeVar

from textual import on
from textual.binding import BindingType

from modelops_tui.entities.field import Document
from modelops_tui.errors import Failure
from modelops_tui.services import chests, vault
from modelops_tui.services.chests import CHEST
from modelops_tui.tui.background import ask, say, tell
from modelops_tui.tui.chest_rows import reveal_lines, user_lines
from modelops_tui.tui.keys import CHEST_KEYS
from modelops_tui.tui.screens.chest_lists import ChestLists
from modelops_tui.tui.screens.question import Answer, Question
from modelops_tui.tui.screens.vault_unlocking import ask_with_key
from modelops_tui.tui.sheet import SheetLine, blank, line
from modelops_tui.tui.widgets.record_table import RecordTable
from modelops_tui.tui.widgets.secret_clipboard import CLIPBOARD_SECONDS
from modelops_tui.tui.widgets.secret_parts import Secret

Result = TypeVar("Result")


class ChestScreen(ChestLists):
    """The chests with everything that can be done to them."""

    ABOUT: ClassVar[str] = f"{CHEST.title}: {CHEST.says}"
    BINDINGS: ClassVar[list[BindingType]] = CHEST_KEYS
    _busy = False

    def action_lock(self) -> None:
        """Locks the vault now; what is shown or copied goes too."""
        self.conceal()
        self.modelops.secret_clipboard.clear()
        ask(self, partial(vault.lock, self.home), lambda _: self._look(), group="lock", replacing=False)

    def _with_key(self, question: Callable[[], Result], then: Callable[[Result], None]) -> None:
        if self._busy:
            return
        self._busy = True

        def done(result: Result) -> None:
            self._busy = False
            self._look()
            then(result)

        def failed(failure: Failure) -> None:
            self._busy = False
            self._look()
            tell(self, failure)

        ask_with_key(self, self.home, question, done, failed)

    # ---- one secret ----

    def _read_secret(self) -> Callable[[], Secret]:
        chest, (entry, field) = self.chosen(), self.place()
        return lambda: Secret(chests.reveal(self.home, chest, entry, field))

    def action_reveal(self) -> None:
        """Shows the secret under the cursor for some seconds, or hides it again."""
        place = self.entries.current
        if self.box.place == place:
            self.conceal()
        else:
            self._with_key(self._read_secret(), partial(self._reveal, self.chosen(), place))

    def _reveal(self, chest: str, place: str, secret: Secret) -> None:
        if self.is_current and self.app.app_focus and chest == self.chosen():
            self.box.put(place, secret)
            self.modelops.look()

    def on_screen_suspend(self) -> None:
        """Hides what is shown, because something else came in front."""
        self.conceal()

    def action_copy(self) -> None:
        """Puts the secret under the cursor on the clipboard for a while."""
        self._with_key(self._read_secret(), partial(self._copy, self.entries.current))

    def _copy(self, place: str, secret: Secret) -> None:
        self.modelops.secret_clipboard.put(secret)
        say(
            self,
            f"Copied {place}. The clipboard is cleared in {CLIPBOARD_SECONDS:.0f} s, whatever else was copied by "
            "then: a terminal's clipboard cannot be read.",
        )

    # ---- changing ----

    def action_new_chest(self) -> None:
        """Opens the form of a new chest."""
        from modelops_tui.tui.screens.form import FormScreen

        self.app.push_screen(FormScreen(self.home, CHEST, None, {}, self.clock), self._made)

    def _made(self, id: str | None) -> None:
        if id:
            self._wanted = id
            self._load()

    def action_put(self) -> None:
        """Asks for another entry and its value."""
        self._put("")

    def action_change(self) -> None:
        """Asks for another value of the field under the cursor."""
        self._put(self.entries.current)

    def _put(self, place: str) -> None:
        from modelops_tui.tui.screens.chest_putting import Putting

        self.app.push_screen(Putting(self.home, self.chosen(), self.chosen_name(), place), self._was_put)

    def _was_put(self, place: str | None) -> None:
        if place:
            self._wanted_entry = place
            say(self, f"Put {place} into {self.chosen_name()}.")
            self._written()

    def action_remove(self) -> None:
        """Looks who uses the entry under the cursor, then asks."""
        chest, entry = self.chosen(), self.place()[0]
        ask(self, partial(user_lines, self.home, chest, entry), partial(self._ask_removal, chest, entry), group="users")

    def _ask_removal(self, chest: str, entry: str, used: list[SheetLine]) -> None:
        if used:
            heading = f"{entry} cannot be removed"
            self.app.push_screen(Question(heading, [line("It is used by:"), blank(), *used], ()))
            return
        lines = [line("All its fields go. The credential itself still works wherever it is valid.")]
        question = Question(f"Remove {entry} from {self.chosen_name()}?", lines, (Answer("y", "Remove", harm=True),))
        self.app.push_screen(question, partial(self._remove, chest, entry))

    def _remove(self, chest: str, entry: str, answer: str | None) -> None:
        if answer == "y":
            self._with_key(partial(chests.remove_entry, self.home, chest, entry), partial(self._removed, entry))

    def _removed(self, entry: str, _: Document) -> None:
        say(self, f"Removed {entry}.")
        self._written()

    def _written(self) -> None:
        self.conceal()
        self._look()
        self._load()
        self.modelops.look()

    def action_people(self) -> None:
        """Shows who opens the chest, to share it or take it back."""
        from modelops_tui.tui.screens.chest_people import People

        self.app.push_screen(People(self.home, self.chosen(), self.chosen_name()), lambda _: self._written())

    def action_reveals(self) -> None:
        """Shows who saw which secret of the chest."""
        from modelops_tui.tui.screens.reading import Reading

        heading = f"Who saw secrets of {self.chosen_name()}"
        question = partial(reveal_lines, self.home, self.chosen(), self.clock())

        def show(lines: list[SheetLine]) -> None:
            self.app.push_screen(Reading(heading, lines))

        ask(self, question, show, group="reveals")

    # ---- going about ----

    def action_pane(self) -> None:
        """Goes to the other list."""
        if self.chests.has_focus:
            self.action_inside()
        else:
            self.remove_class("-inside")
            self.chests.focus()

    def action_leave(self) -> None:
        """Hides what is shown, else goes to the chests, else back to where one was."""
        if self.box.place:
            self.conceal()
        elif self.has_class("-one") and self.has_class("-inside"):
            self.action_pane()
        else:
            self.dismiss()

    @on(RecordTable.Opened, "#entries")
    async def _entry_opened(self) -> None:
        await self.run_action("reveal")
