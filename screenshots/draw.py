"""Draws the screens of the sample registry as SVG, and as PNG where cairosvg is there: python screenshots/draw.py"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ["TZ"] = "UTC"
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from textual.pilot import Pilot  # noqa: E402

from modelops_tui.bootstrap import open_home  # noqa: E402
from modelops_tui.entities.registry import BY_NAME  # noqa: E402
from modelops_tui.services.home import Home  # noqa: E402
from modelops_tui.services.loading import load  # noqa: E402
from modelops_tui.services.sample import sample_documents  # noqa: E402
from modelops_tui.tui.app import LIGHT, ModelopsApp  # noqa: E402
from screenshots.team import team_home  # noqa: E402

NOW = datetime(2026, 8, 10, 12, tzinfo=UTC)
Steps = Callable[[ModelopsApp, Pilot[None]], Awaitable[None]]


async def opened(app: ModelopsApp, pilot: Pilot[None], kind: str) -> None:
    app.browser.open(BY_NAME[kind])
    await pilot.pause(0.6)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause(0.4)


async def typed(pilot: Pilot[None], text: str) -> None:
    await press(pilot, *("space" if sign == " " else sign for sign in text))


async def browse(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "training")


async def light(app: ModelopsApp, pilot: Pilot[None]) -> None:
    app.theme = LIGHT
    await opened(app, pilot, "model-version")


async def form(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "training")
    await press(pilot, "n")
    await typed(pilot, "iris-lab")
    await press(pilot, "tab", "tab")
    await typed(pilot, "night run 8")


async def removal(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "project")
    await press(pilot, "d")


async def references(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "dataset")
    await press(pilot, "r")


async def history(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "project")
    await press(pilot, "H")


async def filtered(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "training")
    await press(pilot, "slash")
    await typed(pilot, 'task.state == "FAILED" and ')


async def go_to(_app: ModelopsApp, pilot: Pilot[None]) -> None:
    await press(pilot, "colon")
    await typed(pilot, "depl")


async def found(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "project")
    await press(pilot, "f")
    await typed(pilot, "night gbm")
    await pilot.pause(1.2)


async def plan(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await opened(app, pilot, "project")
    await press(pilot, "S")
    await pilot.pause(1.5)


async def conflict(app: ModelopsApp, pilot: Pilot[None]) -> None:
    await plan(app, pilot)
    await press(pilot, "s")
    await pilot.pause(2.5)
    await press(pilot, "tab", "down", "enter")
    await pilot.pause(0.6)


SCREENS: dict[str, tuple[tuple[int, int], Steps]] = {
    "browse-dark": ((120, 40), browse),
    "browse-light": ((170, 40), light),
    "form": ((120, 40), form),
    "removal": ((120, 40), removal),
    "references": ((120, 40), references),
    "history": ((120, 40), history),
    "filter": ((120, 40), filtered),
    "go-to": ((120, 40), go_to),
    "find": ((120, 40), found),
    "small": ((80, 24), browse),
}


TEAM_SCREENS: dict[str, tuple[tuple[int, int], Steps]] = {
    "sync-plan": ((120, 22), plan),
    "conflict": ((120, 22), conflict),
}
"""Drawn of a registry that is shared with a colleague."""


async def draw(home: Home, name: str) -> None:
    size, steps = (SCREENS | TEAM_SCREENS)[name]
    app = ModelopsApp(home, clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.8)
        await steps(app, pilot)
        path = HERE / f"{name}.svg"
        path.write_text(app.export_screenshot(title="modelops"), encoding="utf-8")
    try:
        import cairosvg
    except (ImportError, OSError):
        return
    # The fonts that the SVG asks for are fetched by browsers alone.
    drawing = path.read_text(encoding="utf-8").replace("Fira Code", "DejaVu Sans Mono")
    cairosvg.svg2png(bytestring=drawing.encode(), write_to=str(path.with_suffix(".png")))


def main() -> None:
    names = sys.argv[1:] or [*SCREENS, *TEAM_SCREENS]
    with tempfile.TemporaryDirectory() as folder:
        home = open_home(Path(folder) / "iris-lab", "me")
        load(home, list(sample_documents()))
        draw_all(home, [name for name in names if name in SCREENS])
        shared = [name for name in names if name in TEAM_SCREENS]
        if shared:
            draw_all(team_home(Path(folder) / "team"), shared)


def draw_all(home: Home, names: list[str]) -> None:
    for name in names:
        asyncio.run(draw(home, name))
        print(name)
    home.close()


if __name__ == "__main__":
    main()
