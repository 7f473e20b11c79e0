"""Brings a store of an older format up to today's: numbered steps, under the lock, after a backup.

It never changes a file that the old MANIFEST lists: until the new MANIFEST is in place the old store is whole.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from modelops_tui.errors import Damaged
from modelops_tui.store import disk, manifest
from modelops_tui.store.lock import LockFile


class Step(NamedTuple):
    """One step: the format it starts from, a sentence, and the work.

    `work` gets the folder and the raw MANIFEST, writes new files under new names, and gives the raw MANIFEST of
    the next format.
    """

    start: int
    says: str
    work: Callable[[str, dict[str, Any]], dict[str, Any]]


# Format 1 is the first that was ever written; the next format adds its step here.
STEPS: tuple[Step, ...] = ()


def migrate(home: str, lock_timeout: float) -> Path:
    """Takes a backup, then all steps up to today's format; gives the folder of the backup.

    Raises Damaged when a step is missing, OutsideMissing when the lock or the disk does not allow it.
    """
    lock = LockFile(os.path.join(home, "store.lock"))
    lock.acquire(lock_timeout)
    try:
        try:
            manifest.load(home)
        except manifest.OldFormatError as old:
            return _take_steps(home, old)
        return Path()
    finally:
        lock.release()
        lock.close()


def _take_steps(home: str, old: manifest.OldFormatError) -> Path:
    from modelops_tui.store.copying import copy_folder

    steps = _steps_from(home, old.format)
    backup = Path(f"{home}.format-{old.format}-backup")
    copy_folder(Path(home), backup)
    raw = old.raw
    for step in steps:
        raw = step.work(home, raw)
        raw["format"] = step.start + 1
    disk.sync_folder(home)
    disk.replace(home, manifest.NAME, orjson.dumps(raw, option=orjson.OPT_INDENT_2) + b"\n")
    return backup


def _steps_from(home: str, format: int) -> list[Step]:
    by_start = {step.start: step for step in STEPS}
    numbers = range(format, manifest.FORMAT)
    missing = [number for number in numbers if number not in by_start]
    if missing:
        raise Damaged(
            f"The store in {home} says it has format {format}; no program ever wrote that.",
            "Put the MANIFEST back from a backup, or see: modelops doctor",
        )
    return [by_start[number] for number in numbers]
