"""A screen above the records: Esc goes back to them, a jump is handed down, `?` tells its keys. It shows nothing."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.screen import Screen

from modelops_tui.tui.messages import Jump
from modelops_tui.tui.owner import hand_down


class AboveRecords(Screen[None]):
    """What every such screen does the same way."""

    ABOUT: ClassVar[str]
    """What the screen is for, in a sentence or two."""

    def action_leave(self) -> None:
        """Goes back to where one was; what is under way goes on."""
        self.dismiss()

    def action_help(self) -> None:
        """Shows the keys of this screen."""
        from modelops_tui.tui.screens.reading import Reading, help_lines

        self.app.push_screen(Reading("Help", help_lines(self, self.ABOUT)))

    @on(Jump)
    def _jump(self, event: Jump) -> None:
        """Hands the jump to the list below."""
        hand_down(self, event)
