"""What the command palette offers beside the app's own: every kind, and whatever the screen can do now."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from modelops_tui.entities.registry import KINDS
from modelops_tui.tui.messages import Jump
from modelops_tui.tui.screens.changes_screen import ChangesScreen
from modelops_tui.tui.screens.chest_screen import ChestScreen
from modelops_tui.tui.screens.conflict_screen import ConflictScreen
from modelops_tui.tui.screens.go_to import commands_of
from modelops_tui.tui.screens.records import RecordScreen
from modelops_tui.tui.screens.sync_screen import SyncScreen

ACTING = RecordScreen | ChestScreen | ChangesScreen | SyncScreen | ConflictScreen
"""The screens whose keys the palette offers by their words."""


class KindProvider(Provider):
    """Opens a kind."""

    async def search(self, query: str) -> Hits:
        """The kinds whose names or short names fit."""
        matcher = self.matcher(query)
        for kind in KINDS:
            score = max(matcher.match(word) for word in (kind.name, *kind.shorts))
            if score > 0:
                command = partial(self.screen.post_message, Jump(kind.name))
                yield Hit(score, matcher.highlight(kind.name), command, help=kind.says)


class ActionProvider(Provider):
    """Does what a key of the screen does."""

    async def discover(self) -> Hits:
        """Everything that can be done now."""
        screen = self.screen
        if isinstance(screen, ACTING):
            for says, key, action in commands_of(screen):
                yield DiscoveryHit(says, partial(screen.run_action, action), help=f"key {key}")

    async def search(self, query: str) -> Hits:
        """What can be done now and fits."""
        matcher, screen = self.matcher(query), self.screen
        if isinstance(screen, ACTING):
            for says, key, action in commands_of(screen):
                score = matcher.match(says)
                if score > 0:
                    yield Hit(
                        score,
                        matcher.highlight(says),
                        partial(screen.run_action, action),
                        help=f"key {key}",
                    )
