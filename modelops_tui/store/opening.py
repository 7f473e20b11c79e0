"""Finds or makes the store of a folder.

It never takes a folder with lost files for an empty one.
"""

from __future__ import annotations

import os

from modelops_tui.errors import Damaged, NotFound
from modelops_tui.store import disk, manifest
from modelops_tui.store.identity import new_id
from modelops_tui.store.reading import Reader
from modelops_tui.store.schema import Schema
from modelops_tui.store.surroundings import refuse_network


def open_reader(home: str, schema: Schema, create: bool, lock_timeout: float) -> Reader:
    """The reader of the store in `home`; raises NotFound, Damaged, Refused, OutsideMissing.

    A store of an older format is brought up to today's first.
    """
    refuse_network(home)
    try:
        return Reader(home, schema)
    except FileNotFoundError:
        _refuse_remains(home)
    except manifest.OldFormatError:
        _migrate(home, lock_timeout)
        return Reader(home, schema)
    except OSError as error:
        raise disk.unreadable(error, home) from error
    if not create:
        raise NotFound(
            f"There is no store in {home}.",
            "It is made by the first command that writes, or by opening the full screen.",
        )
    try:
        _make(home, lock_timeout)
    except OSError as error:
        raise disk.outside(error, home) from error
    return Reader(home, schema)


def _migrate(home: str, lock_timeout: float) -> None:
    from modelops_tui.store.migrations import migrate

    try:
        migrate(home, lock_timeout)
    except OSError as error:
        raise disk.outside(error, home) from error


def _refuse_remains(home: str) -> None:
    try:
        names = os.listdir(home)
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in sorted(names):
        path = os.path.join(home, name)
        if name.endswith(".jsonl") and os.path.isfile(path) and os.path.getsize(path):
            # Looked for again: a store may have been made between the two looks.
            if os.path.exists(os.path.join(home, manifest.NAME)):
                return
            raise Damaged(
                f"{home} holds {name}, but its MANIFEST is missing.",
                "Put the MANIFEST back from a backup, or see: modelops doctor",
            )


def _make(home: str, lock_timeout: float) -> None:
    from modelops_tui.store.lock import LockFile

    disk.make_folder(home)
    lock = LockFile(os.path.join(home, "store.lock"))
    lock.acquire(lock_timeout)
    try:
        if os.path.exists(os.path.join(home, manifest.NAME)):
            return
        disk.make_folder(os.path.join(home, "history"))
        first = manifest.Manifest(store=new_id())
        disk.make_empty(os.path.join(home, first.journal))
        disk.sync_folder(home)
        manifest.save(home, first)
        disk.sync_folder(os.path.dirname(os.path.abspath(home)))
    finally:
        lock.release()
        lock.close()
