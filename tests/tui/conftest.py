"""A home with the sample registry, loaded once and copied for each test, and an app that shows it."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from modelops_tui.bootstrap import open_home
from modelops_tui.entities.registry import BY_NAME
from modelops_tui.services.home import Home
from modelops_tui.services.loading import load
from modelops_tui.services.sample import sample_documents
from modelops_tui.tui.app import ModelopsApp
from modelops_tui.tui.screens.browse import BrowseScreen
from tests.sync.conftest import Laptop, open_laptop, shared
from tests.sync.conftest import Opener as OpenLaptop
from tests.sync.memory_remote import Shared
from tests.tui.team import Desk

__all__ = ["open_laptop", "shared"]

PATIENCE = 5.0
"""Seconds after which what did not come is taken to never come."""

NOON = datetime(2026, 8, 10, 12, tzinfo=UTC)
Opener = Callable[..., AbstractAsyncContextManager["Shown"]]


class Shown:
    """An app that runs without a terminal, and what a person does at it."""

    def __init__(self, app: ModelopsApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot
        self.home = app.home

    @property
    def browse(self) -> BrowseScreen:
        return self.app.browser

    def text(self) -> str:
        """What stands on the screen; nothing while a widget has just come and is not styled yet."""
        try:
            strips = self.app.screen._compositor.render_strips()
        except KeyError:
            return ""
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def press(self, *keys: str) -> None:
        """Presses keys as fast as they are taken, which is quicker than waiting for an idle machine."""
        for key in keys:
            character = key if len(key) == 1 else None
            self.app.post_message(events.Key(NAMES.get(key, key), character))
            await asyncio.sleep(0.004)
        await self.pilot._wait_for_screen()

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Waits until something holds; the test fails when it does not within some seconds."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if holds():
                await self.pilot._wait_for_screen()
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"never came: {what or holds}\n{self.text()}")

    async def sees(self, text: str) -> None:
        await self.until(lambda: text in self.text(), text)

    async def open(self, kind: str) -> None:
        """Opens a kind and waits for its records."""
        self.browse.open(BY_NAME[kind])
        await self.until(lambda: self.browse.kind.name == kind and self.browse._loaded, kind)

    async def on(self, screen: type) -> None:
        await self.until(lambda: isinstance(self.app.screen, screen), screen.__name__)


NAMES = {
    " ": "space", "-": "minus", ".": "full_stop", ":": "colon", "/": "slash", "=": "equals_sign",
    '"': "quotation_mark", ">": "greater_than_sign", "_": "underscore", "{": "left_curly_bracket",
    "}": "right_curly_bracket", "@": "at", "~": "tilde", "!": "exclamation_mark",
}  # fmt: skip


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "iris-lab"
    home = open_home(folder, "me")
    load(home, list(sample_documents()))
    home.close()
    return folder


@pytest.fixture
def home(sample: Path, tmp_path: Path) -> Iterator[Home]:
    """The sample registry, for one test alone."""
    folder = tmp_path / "iris-lab"
    shutil.copytree(sample, folder)
    opened = open_home(folder, "me")
    yield opened
    opened.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Home]:
    """A registry with nothing in it."""
    opened = open_home(tmp_path / "lab", "me")
    yield opened
    opened.close()


@pytest.fixture
def desk(open_laptop: OpenLaptop, shared: Shared) -> Desk:
    """Ada, at the screen, with a remote that she shares with bob."""
    return Desk(open_laptop("ada"), shared)


@pytest.fixture
def bob(open_laptop: OpenLaptop) -> Laptop:
    """Somebody else at the same remote."""
    return open_laptop("bob")


@pytest.fixture
def shown() -> Opener:
    """Opens an app on a home: `async with shown(home, size=(120, 40)) as it`."""

    @asynccontextmanager
    async def opener(
        home: Home, size: tuple[int, int] = (120, 40), preferences: Path | None = None
    ) -> AsyncIterator[Shown]:
        app = ModelopsApp(home, clock=lambda: NOON, preferences=preferences)
        async with app.run_test(size=size, notifications=True) as pilot:
            it = Shown(app, pilot)
            await it.until(lambda: app.browser.is_mounted and app.browser._loaded, "the first records")
            yield it

    return opener
