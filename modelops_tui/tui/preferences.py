"""What the person chose for the screen – theme, columns, when to sync – in a small file.

It never holds anything of a registry.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

NAME = "screen.json"


LONGEST_MINUTES = 7 * 24 * 60


class SyncTimes(NamedTuple):
    """When the app syncs by itself: every so many minutes (0: never), and on leaving."""

    minutes: int = 0
    on_quit: bool = False


@dataclass(slots=True)
class Preferences:
    """The chosen theme, the chosen columns by kind, and the times of sync by the folder of a registry.

    They are kept where `path` says, nowhere when it is None.
    """

    path: Path | None = None
    theme: str = ""
    columns: dict[str, list[str]] = field(default_factory=dict)
    sync: dict[str, SyncTimes] = field(default_factory=dict)

    def save(self) -> None:
        """Writes the file; where that is not possible the choice holds until the app ends."""
        if self.path is None:
            return
        times = {folder: chosen._asdict() for folder, chosen in self.sync.items() if any(chosen)}
        chosen = {"theme": self.theme, "columns": self.columns, "sync": times}
        data = orjson.dumps(chosen, option=orjson.OPT_INDENT_2)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(f".{os.getpid()}")
            fresh.write_bytes(data)
            fresh.replace(self.path)
        except OSError:
            self.path = None


def load_preferences(path: Path | None) -> Preferences:
    """The preferences in the file; a file that is missing or is none of ours means none."""
    found = Preferences(path)
    try:
        data = orjson.loads(path.read_bytes()) if path is not None else {}
    except (OSError, orjson.JSONDecodeError):
        return found
    if isinstance(data, dict):
        theme, columns = data.get("theme"), data.get("columns")
        found.theme = theme if isinstance(theme, str) else ""
        if isinstance(columns, dict):
            found.columns = {
                kind: [name for name in names if isinstance(name, str)]
                for kind, names in columns.items()
                if isinstance(names, list)
            }
        times = data.get("sync")
        found.sync = {folder: _times(chosen) for folder, chosen in times.items()} if isinstance(times, dict) else {}
    return found


def _times(chosen: Any) -> SyncTimes:
    if not isinstance(chosen, dict):
        return SyncTimes()
    minutes: Any = chosen.get("minutes")
    fits = type(minutes) is int and 0 <= minutes <= LONGEST_MINUTES
    return SyncTimes(minutes if fits else 0, chosen.get("on_quit") is True)


def preferences_path() -> Path:
    """Where the file lies on this platform; MODELOPS_CONFIG names another folder."""
    folder = os.environ.get("MODELOPS_CONFIG", "")
    if folder:
        return Path(folder) / NAME
    from platformdirs import user_config_path

    return user_config_path("modelops", appauthor=False) / NAME
