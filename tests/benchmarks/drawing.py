"""The figures as a picture: a panel an operation, documents to the right, time upwards, both logarithmic.

SVG without any library. It never hides a contender that is faster.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

PANELS = (
    ("insert", "durable insert of one document"),
    ("update", "durable update of one document"),
    ("get by id", "get by id"),
    ("get by unique name", "get by unique name"),
    ("scan 1 %", "all documents with one nested value (1 %)"),
    ("process", "a whole process that gets one document (CPU)"),
)
_COLOURS = {
    "modelops": "#1f5fd6",
    "SQLite WAL FULL": "#555b66",
    "LMDB": "#a8811c",
    "TinyDB": "#c9502e",
    "MLflow": "#8a4fa3",
}
_LIMITS = ("raw append + sync", "bare Python")
_LIMIT_COLOUR = "#9aa0a8"
_COLUMNS, _WIDE, _HIGH = 3, 410, 270
_LEFT, _RIGHT, _ABOVE, _BELOW = 58, 138, 40, 34
_HEADER = 58
_APART = 14
Series = dict[str, list[tuple[float, float]]]


def told(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, factor in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-9:.0f} ns"


def picture(title: str, below: str, sizes: dict[str, Any]) -> str:
    """The panels, each with a line for every contender."""
    parts = [_text(16, 26, title, 16, "bold"), _text(16, 45, below, 12)]
    for number, (row, name) in enumerate(PANELS):
        x, y = number % _COLUMNS * _WIDE, _HEADER + number // _COLUMNS * _HIGH
        parts.append(f'<g transform="translate({x} {y})">{_panel(name, _series(row, sizes))}</g>')
    width, height = _COLUMNS * _WIDE, _HEADER + math.ceil(len(PANELS) / _COLUMNS) * _HIGH
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _series(row: str, sizes: dict[str, Any]) -> Series:
    found: Series = {}
    for size, result in sizes.items():
        for name, seconds in result.get(row, {}).items():
            if (name in _COLOURS or name in _LIMITS) and seconds > 0:
                found.setdefault(name, []).append((float(size), seconds))
    return found


def _panel(title: str, series: Series) -> str:
    points = [point for line in series.values() for point in line]
    xs, ys = [math.log10(x) for x, _ in points], [math.log10(y) for _, y in points]
    x_range = (min(xs), max(max(xs), min(xs) + 1))
    y_range = (math.floor(min(ys)), math.ceil(max(ys)))

    def x_at(value: float) -> float:
        return _LEFT + (math.log10(value) - x_range[0]) / (x_range[1] - x_range[0]) * (_WIDE - _LEFT - _RIGHT)

    def y_at(value: float) -> float:
        share = (math.log10(value) - y_range[0]) / max(1, y_range[1] - y_range[0])
        return _HIGH - _BELOW - share * (_HIGH - _ABOVE - _BELOW)

    parts = [_text(_LEFT - 42, 24, title, 13, "bold")]
    for power in range(y_range[0], y_range[1] + 1):
        y = y_at(10.0**power)
        parts.append(_line(_LEFT, y, _WIDE - _RIGHT, y, "#e3e5e8", 1))
        parts.append(_text(_LEFT - 6, y + 4, told(10.0**power * 1.0000001), 11, anchor="end"))
    for value in sorted({x for x, _ in points}):
        parts.append(_text(x_at(value), _HIGH - _BELOW + 17, f"{value:,.0f}", 11, anchor="middle"))
    ends = []
    for name, line in sorted(series.items(), key=lambda item: item[0] == "modelops"):
        colour = _COLOURS.get(name, _LIMIT_COLOUR)
        places = [(x_at(x), y_at(y)) for x, y in sorted(line)]
        parts.append(_path(places, colour, name))
        ends.append((places[-1], name, sorted(line)[-1][1], colour))
    return "".join(parts + _labels(ends))


def _path(places: list[tuple[float, float]], colour: str, name: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    width = 2.6 if name == "modelops" else 1.5
    dashes = ' stroke-dasharray="4 3"' if name in _LIMITS else ""
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width + 0.6:.1f}" fill="{colour}"/>' for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes}/>{dots}'


def _labels(ends: list[tuple[tuple[float, float], str, float, str]]) -> list[str]:
    """A name at the end of each line, moved apart where they would lie on each other."""
    ordered = sorted(ends, key=lambda end: end[0][1])
    heights = [end[0][1] for end in ordered]
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + _APART)
    over = heights[-1] - (_HIGH - _BELOW + 2)
    for place in range(len(heights) - 1, -1, -1):
        limit = heights[place + 1] - _APART if place + 1 < len(heights) else heights[place] - max(0.0, over)
        heights[place] = min(heights[place], limit)
    right = _WIDE - _RIGHT + 10
    parts = []
    for ((x, y), name, seconds, colour), height in zip(ordered, heights, strict=True):
        parts.append(_line(x + 5, y, right - 2, height - 4, colour, 0.6))
        shown = {"SQLite WAL FULL": "SQLite", "raw append + sync": "raw append"}.get(name, name)
        weight = "bold" if name == "modelops" else "normal"
        parts.append(_text(right, height, f"{shown} {told(seconds)}", 11, weight, colour=colour))
    return parts


def _line(x: float, y: float, to_x: float, to_y: float, colour: str, width: float) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _text(
    x: float, y: float, text: str, size: int, weight: str = "normal", *, anchor: str = "start", colour: str = "#22262c"
) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{colour}">{escape(text)}</text>'
    )
