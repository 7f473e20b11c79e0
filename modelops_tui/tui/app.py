"""The full-screen app: one home, its screens, a look-out for what others change. It asks services, never the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.events import Event, Key
from textual.screen import Screen

from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_NAME, KINDS
from modelops_tui.services.home import Home
from modelops_tui.services.sight import HIDEABLE
from modelops_tui.tui.background import Lookout, ask
from modelops_tui.tui.ending import run_until_ended
from modelops_tui.tui.header import header
from modelops_tui.tui.leaving import leave_once
from modelops_tui.tui.messages import StoreChanged, SyncChanged
from modelops_tui.tui.preferences import Preferences, load_preferences, preferences_path
from modelops_tui.tui.screens.browse import BrowseScreen
from modelops_tui.tui.sync_timing import SyncTiming
from modelops_tui.tui.sync_work import SyncWork
from modelops_tui.tui.typed_keys import TypedKeys
from modelops_tui.tui.widgets.secret_clipboard import SecretClipboard

LOOKING = 0.5
"""Seconds between two looks at what other processes wrote."""

LIGHT, DARK = "textual-light", "textual-dark"
RUNNING_KINDS = frozenset(("training", "step"))


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(UTC)


def kind_provider() -> type[Provider]:
    """The palette's kinds, loaded when the palette is first opened."""
    from modelops_tui.tui.palette import KindProvider

    return KindProvider


def action_provider() -> type[Provider]:
    """The palette's actions, loaded when the palette is first opened."""
    from modelops_tui.tui.palette import ActionProvider

    return ActionProvider


class ModelopsApp(App[None]):
    """Shows a home and lets its user change it."""

    TITLE = "modelops"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    COMMANDS = App.COMMANDS | {kind_provider, action_provider}
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "quit", "quit", show=False, priority=True)]

    def __init__(
        self,
        home: Home,
        *,
        clock: Callable[[], datetime] = utc_now,
        preferences: Path | None = None,
    ) -> None:
        """Takes an open home; `clock` tells what counts as now, `preferences` is the file of choices (or None)."""
        super().__init__()
        self.home = home
        self.clock = clock
        self.preferences: Preferences = load_preferences(preferences)
        self.animation_level = "none"
        if self.preferences.theme in self.available_themes:
            self.theme = self.preferences.theme
        self.secret_clipboard = SecretClipboard(self)
        self.concealers: set[Callable[[], None]] = set()
        self._typed = TypedKeys(self)
        self.sync_work = SyncWork(self, home)
        self.sync_timing = SyncTiming(self, self.sync_work)
        self._lookout = Lookout(self, home.refresh, self._looked, self._could_not_look, group="look")
        self._runs: int | None = None
        self._trouble = ""
        self._leaving = False

    async def on_event(self, event: Event) -> None:
        """Takes keys in the order in which they were typed."""
        if isinstance(event, Key) and not event.is_forwarded and await self._typed.take(event):
            return
        await super().on_event(event)

    def push_screen(self, screen: Any, *arguments: Any, **options: Any) -> Any:
        """Opens a screen, which can be left once."""
        if isinstance(screen, Screen):
            leave_once(screen)
        return super().push_screen(screen, *arguments, **options)

    def on_mount(self) -> None:
        """Opens the first screen and begins to look out."""
        self.browser = BrowseScreen(self.home, self.clock)
        self.push_screen(self.browser)
        self.call_after_refresh(self._first_counts)
        self.set_interval(LOOKING, self.look)
        self.call_after_refresh(self.sync_work.look)

    def _first_counts(self) -> None:
        self.browser.show_counts(quick_counts(self.home))
        # What must be read to be counted waits until the first records stand.
        self.set_timer(LOOKING / 2, lambda: self._count(frozenset(kind.name for kind in KINDS)))

    # ---- what others change ----

    def look(self) -> None:
        """Takes in what was written, here or elsewhere, without making the screen wait."""
        self._lookout.look()

    def _looked(self, written: frozenset[str]) -> None:
        if self._trouble:
            self._trouble = ""
            self._show_header()
        if written:
            self.sync_work.look()
        # The books of sync are no records.
        changed = written & BY_NAME.keys()
        if changed:
            self._count(changed)
            for screen in self.screen_stack:
                screen.post_message(StoreChanged(changed))

    def _could_not_look(self, failure: Exception) -> None:
        self._trouble = str(failure)
        self._show_header()

    def _count(self, changed: frozenset[str]) -> None:
        names = set(changed) | (HIDEABLE if changed & HIDEABLE else frozenset())
        kinds = [kind for kind in KINDS if kind.name in names]
        ask(self, lambda: counts_of(self.home, kinds), self._counted, group="count", replacing=False)
        if changed & RUNNING_KINDS:
            from modelops_tui.services.status import running

            ask(self, lambda: len(running(self.home)), self._show_running, group="running")

    def _counted(self, counts: dict[str, int]) -> None:
        self.browser.show_counts(counts)

    def _show_running(self, number: int) -> None:
        self._runs = number
        self._show_header()

    def _show_header(self) -> None:
        self.browser.top.show(None, *header(self._runs, self.sync_work, self._trouble))

    # ---- sync ----

    def sync_changed(self) -> None:
        """Shows that the sync went on, or that the home stands otherwise with its remote."""
        self._show_header()
        for screen in self.screen_stack:
            screen.post_message(SyncChanged())

    # ---- nothing secret gets out ----

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG, after every secret on it was hidden."""
        for conceal in tuple(self.concealers):
            conceal()
        return super().export_screenshot(title=title, simplify=simplify)

    async def action_quit(self) -> None:
        """Leaves, after a sync that is under way or wished for on leaving."""
        wished = self.sync_timing.times.on_quit and self.sync_work.standing is not None
        if self._leaving or not (wished or self.sync_work.doing):
            await self.leave()
            return
        from modelops_tui.tui.screens.sync_leaving import LeavingScreen

        self._leaving = True
        await self.push_screen(LeavingScreen(self.home, self.sync_work, wished=wished))

    def stay(self) -> None:
        """Does not leave after all."""
        self._leaving = False

    async def leave(self) -> None:
        """Leaves now, with no secret left on the clipboard."""
        self.secret_clipboard.clear()
        await super().action_quit()

    def _fatal_error(self) -> None:
        """Tells of a fault of our own by its lines alone: what stood in variables may be secret."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        told = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(told, self.console.options)))
        self._close_messages_no_wait()

    # ---- look ----

    def other_theme(self) -> None:
        """Light instead of dark, or back; the choice is kept."""
        self.theme = DARK if self.current_theme.dark is False else LIGHT
        self.preferences.theme = self.theme
        self.preferences.save()


def is_quick(home: Home, kind: Kind) -> bool:
    """Whether a kind is counted without looking at its documents."""
    return kind.name not in HIDEABLE and home.may("read", kind)


def quick_counts(home: Home) -> dict[str, int]:
    """The counts of all kinds that can be counted at once."""
    return {kind.name: home.count(kind) for kind in KINDS if is_quick(home, kind)}


def counts_of(home: Home, kinds: list[Kind]) -> dict[str, int]:
    """The counts of some kinds; it may take a while, so ask in a thread."""
    return {kind.name: home.count(kind) for kind in kinds}


def run(home: Home) -> None:
    """Runs the app until the person leaves it."""
    app = ModelopsApp(home, preferences=preferences_path())
    finish = run_until_ended(app)
    app.sync_work.close()
    finish()
