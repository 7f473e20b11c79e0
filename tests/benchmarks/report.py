"""What a run leaves: the figures as JSON, their picture, and the table in the README, all from the same numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.benchmarks.bars import Bar, bars
from tests.benchmarks.drawing import picture
from tests.benchmarks.turns import ROOT

FIGURES = Path(__file__).parent / "figures.json"
PICTURE = ROOT / "screenshots" / "store.svg"
README = ROOT / "README.md"
_BEGIN, _END = "<!-- figures of the store: python -m tests.benchmarks --draw -->", "<!-- end of the figures -->"
_DIGITS = 4


def rounded(value: Any) -> Any:
    """The figures with as many digits as mean something."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def save(results: dict[str, Any]) -> None:
    """Writes the figures and all that is made of them."""
    FIGURES.write_text(json.dumps(rounded(results), indent=1) + "\n")
    draw()


def saved() -> dict[str, Any]:
    """The figures that were kept."""
    return json.loads(FIGURES.read_text())  # type: ignore[no-any-return]


def draw() -> None:
    """Makes the picture and the README's table anew from the figures that were kept."""
    PICTURE.write_text(drawn(saved()))
    README.write_text(with_table(README.read_text(), saved()))


def drawn(results: dict[str, Any]) -> str:
    """The picture."""
    return picture("The store beside others, documents of 250 bytes", results["machine"], results["parts"]["sizes"])


def with_table(readme: str, results: dict[str, Any]) -> str:
    """The README with its table as the figures have it; raises ValueError where it has no place for one."""
    before, begin, rest = readme.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"the README has no {_BEGIN} … {_END}")
    return f"{before}{_BEGIN}\n{table(results)}\n{_END}{after}"


def table(results: dict[str, Any]) -> str:
    """The bars as a table in Markdown."""
    rows = [f"| {bar.what} | {bar.held_to} | {bar.measured} | {_said(bar)} |" for bar in bars(results["parts"])]
    return "\n".join(
        [f"Measured on {results['machine']}.", "", "| | held to | measured | |", "|---|---|---|---|", *rows]
    )


def _said(bar: Bar) -> str:
    return "holds" if bar.holds else "**does not hold**"


def told_bars(results: dict[str, Any]) -> str:
    """The bars as plain text."""
    rows = [
        f"  {'ok ' if bar.holds else 'NOT'}  {bar.what:<76} {bar.held_to:>16}  {bar.measured}"
        for bar in bars(results["parts"])
    ]
    return "\n".join(["\nBars", *rows])
