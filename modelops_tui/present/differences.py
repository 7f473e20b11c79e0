"""Two values of a field as lines that show what changed between them. It compares and never stores."""

from __future__ import annotations

from typing import Any

from modelops_tui.present.brief import compact_json
from modelops_tui.present.terminal import visible

_NOTHING = "nothing"


def difference_lines(path: str, old: Any, new: Any) -> list[str]:
    """A value pair as readable, safe lines: one for most, one for each item that came or went in a list."""
    if isinstance(old, list) and isinstance(new, list):
        olds, news = _by_name(old), _by_name(new)
        if olds and news:
            lines = [line for name in {**olds, **news} for line in _named(path, name, olds.get(name), news.get(name))]
            return lines or [f"{visible(path)}: another order"]
        gone = [item for item in old if item not in new]
        come = [item for item in new if item not in old]
        if gone or come:
            lines = [f"{visible(path)} − {shown(item)}" for item in gone]
            return lines + [f"{visible(path)} + {shown(item)}" for item in come]
        return [f"{visible(path)}: another order"]
    return [f"{visible(path)}: {shown(old)} → {shown(new)}"]


def _by_name(items: list[Any]) -> dict[str, dict[str, Any]]:
    """The items of a list by their names, none where they are not all called by one of their own."""
    named = {item["name"]: item for item in items if isinstance(item, dict) and isinstance(item.get("name"), str)}
    return named if len(named) == len(items) else {}


def _named(path: str, name: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[str]:
    if old is None or new is None:
        item = old or new or {}
        parts = ", ".join(f"{visible(part)}: {shown(value)}" for part, value in item.items() if part != "name")
        return [f"{visible(path)} {'−' if new is None else '+'} {visible(name)}" + (f" ({parts})" if parts else "")]
    here = f"{path}[{name}]"
    changed = [part for part in {**old, **new} if old.get(part) != new.get(part)]
    return [line for part in changed for line in difference_lines(f"{here}.{part}", old.get(part), new.get(part))]


def shown(value: Any) -> str:
    """A value inside a sentence: text in quotes, the rest as JSON, nothing as the word; short and safe."""
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        text = value if len(value) <= 120 else value[:119] + "…"
        return visible(f"'{text}'")
    return visible(compact_json(value))
