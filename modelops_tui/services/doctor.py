"""Examines a home from its files to the rules of its documents, and repairs what can be repaired, after a backup.

It never changes anything while it examines, and never repairs what was not shown first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from modelops_tui.errors import Failure, NotFound
from modelops_tui.store.identity import time_text


class Fault(NamedTuple):
    """One thing that is not as it must be.

    `place` is a file in the home, or `kind id: field`; `plan` says what a repair would do, or what else helps.
    """

    code: str
    place: str
    says: str
    repairable: bool
    plan: str


# Nobody can hold a lock that is no file, and what its owner may not read cannot be copied.
BEFORE_A_COPY = frozenset(("lock", "unreadable"))


@dataclass(slots=True)
class Report:
    """What a repair did: the folder with the backup, what was done, what it could not do, which faults remain."""

    backup: Path | None = None
    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: list[Fault] = field(default_factory=list)


def examine(home: Path) -> list[Fault]:
    """Every fault of the home, those of the files first; raises NotFound where there is no store at all.

    While files are damaged the documents are not looked at: what they hold cannot be told for sure.
    """
    from modelops_tui.services.doctor_blobs import blob_faults
    from modelops_tui.services.doctor_documents import document_faults
    from modelops_tui.services.doctor_files import HARMLESS, file_faults
    from modelops_tui.store.verification import lasting

    if not home.is_dir() or not any(home.iterdir()):
        raise NotFound(f"There is no store in {home}.")
    faults = file_faults(home)
    if all(fault.code in HARMLESS for fault in faults):
        faults += lasting(lambda: [*document_faults(home), *blob_faults(home)])
    return faults


def repair(home: Path, faults: Sequence[Fault], by: str = "", say: Callable[[str], None] | None = None) -> Report:
    """Repairs the repairable ones of `faults`, after a copy of the whole home beside it; then examines again.

    What keeps a copy from being made, and changes no byte, is repaired before it.

    `by` is the user id that repairs of documents are written as. Raises Refused, OutsideMissing when the copy cannot
    be made: then nothing was changed.
    """
    from modelops_tui.services.doctor_documents import repair_document
    from modelops_tui.services.doctor_files import repair_file
    from modelops_tui.services.upkeep import copy_as_it_is, release

    report = Report()
    planned = [fault for fault in faults if fault.repairable]
    planned.sort(key=lambda fault: fault.code not in BEFORE_A_COPY)
    while planned and planned[0].code in BEFORE_A_COPY:
        report.done.append(f"{planned[0].place}: {repair_file(home, planned.pop(0))}")
    if planned:
        report.backup = copy_as_it_is(home, f"before-repair-{time_text().replace(':', '')}")
        if release(home):
            report.done.append("BACKUP.json: removed, as what is repaired is not what was copied any more")
    for fault in planned:
        try:
            done = repair_file(home, fault) or repair_document(home, fault, by)
        except Failure as failure:
            report.failed.append(f"{fault.place}: {failure.says}")
            continue
        report.done.append(f"{fault.place}: {done}")
        if say is not None:
            say(report.done[-1])
    report.left = examine(home)
    return report
