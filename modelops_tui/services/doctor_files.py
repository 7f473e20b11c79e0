"""The files of a home: whether each is what was written, and what a repair does about it.

It never looks at what a document means.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from modelops_tui.errors import Damaged, Failure, Problem, Refused
from modelops_tui.services.doctor import Fault
from modelops_tui.store import disk, mending, misplaced, rebuilding
from modelops_tui.store.compaction import unlisted_files
from modelops_tui.store.journal import BrokenChainError, advance
from modelops_tui.store.manifest import Manifest, OldFormatError, load
from modelops_tui.store.misplaced import holder_of, odd_entries
from modelops_tui.store.rules import Rules
from modelops_tui.store.surroundings import cloud_warning
from modelops_tui.store.verification import lasting, look

# Faults with which the documents can still be read for what they are.
HARMLESS = frozenset(
    (
        "journal-tail",
        "index",
        "left-over",
        "permissions",
        "history",
        "history-missing",
        "cloud",
        "lock",
        "symbolic-link",
    )
)
UNPROVEN = "kept, though nothing proves it"
_BACKUP = "Put a backup in its place: modelops store restore."
_REWRITE = "Write it anew without the lines that cannot be read, with a note for each; the old file is put aside."


def file_faults(home: Path) -> list[Fault]:
    """Every fault of the files; others may write meanwhile."""
    return lasting(lambda: _seen_faults(home))


def _seen_faults(home: Path) -> list[Fault]:
    odd, modes = list(_odd(home)), list(_permissions(home))
    if any(fault.code == "unreadable" for fault in modes):
        # What cannot be read may be as good as ever.
        return modes
    try:
        manifest = load(str(home))
    except OldFormatError:
        return [
            Fault("format", "MANIFEST", "It has an older format.", False, "Open the registry once: it is migrated.")
        ]
    except Refused as refused:
        return [Fault("format", "MANIFEST", refused.says, False, refused.hint)]
    except (Damaged, OSError) as error:
        return [*odd, *modes, _manifest_fault(home, error)]
    faults = [*odd, *_listed(home, manifest)]
    sound = all(fault.code in HARMLESS for fault in faults)
    faults += [*_tail(home, manifest), *_left_overs(home, manifest, sound)]
    return [*faults, *modes, *_cloud(home)]


def _odd(home: Path) -> Iterator[Fault]:
    for name, what, copied in odd_entries(str(home)):
        plan = "Put a copy of what it leads to in its place." if copied else "Move it aside, into set-aside/."
        code = "lock" if name.endswith(".lock") else "symbolic-link" if copied else "not-a-file"
        yield Fault(code, name, f"It is {what}.", True, plan)


def _manifest_fault(home: Path, error: Failure | OSError) -> Fault:
    says = error.says if isinstance(error, Failure) else "It is missing."
    whole = rebuilding.can_rebuild(str(home))
    return Fault("manifest", "MANIFEST", says, whole, _ANEW if whole else _BACKUP)


_ANEW = "Make it and every segment anew from the journals, which are all there."


def _listed(home: Path, manifest: Manifest) -> list[Fault]:
    problems = look(str(home), Rules(), manifest)
    about_journals = any(place == manifest.journal or place.startswith("history") for place, _ in problems)
    # Journals that follow each other from the first transaction on are whole, whatever their names.
    told_otherwise = about_journals and not rebuilding.lists_no_other(str(home), manifest)
    if told_otherwise and rebuilding.can_rebuild(str(home)):
        says = "It does not fit the journals that are here, which are whole."
        return [Fault("manifest", "MANIFEST", says, True, _ANEW)]
    return [_fault(home, manifest, problem) for problem in problems]


def _fault(home: Path, manifest: Manifest, problem: Problem) -> Fault:
    place, says = problem
    if place == manifest.journal:
        if not (home / place).is_file():
            plan = f"Go on without it, with a note: what was written since the last compaction is lost. Or: {_BACKUP}"
            return Fault("journal-missing", place, says, True, plan)
        return Fault("journal", place, says, True, _REWRITE)
    if place.startswith("history"):
        if not (home / place).is_file() and not (home / Path(place).name).is_file():
            plan = "Take it off the MANIFEST: what it told of the past is lost."
            return Fault("history-missing", place, says, True, plan)
        return Fault("history", place, says, True, _REWRITE)
    if "index" in says:
        return Fault("index", place, says, True, "Make the index anew from the segment.")
    return _segment_fault(home, manifest, place, says)


def _segment_fault(home: Path, manifest: Manifest, place: str, says: str) -> Fault:
    entry = next(one for entries in manifest.segments.values() for one in entries if one.file == place)
    holder = holder_of(str(home), entry)
    if holder:
        return Fault("segment", place, says, True, f"Put what it held back, which is in {holder}.")
    edit = f"To keep what was edited by hand instead: modelops store adopt {place}."
    if mending.history_tells_all(str(home), manifest):
        plan = f"Write the segments of the kind anew from the history; what is there is put aside. {edit}"
        return Fault("segment", place, says, True, plan)
    return Fault("segment", place, says, False, f"The history does not tell what it held. {_BACKUP} {edit}")


def _tail(home: Path, manifest: Manifest) -> Iterator[Fault]:
    try:
        place, data = manifest.beginning(), disk.read(str(home / manifest.journal))
        advance(place, data)
        extra = len(data[place.offset :].strip(b" "))
    except (BrokenChainError, OSError):
        return
    if extra > 0:
        says = f"{extra} bytes of a write that was never finished stand at its end."
        yield Fault("journal-tail", manifest.journal, says, True, "Cut them off, as the next write would.")


def _left_overs(home: Path, manifest: Manifest, sound: bool) -> Iterator[Fault]:
    # Beside other damage it may be what is missed.
    plan = "Remove it." if sound else "It is left alone as long as other files are missing or damaged."
    for name in unlisted_files(str(home), manifest, Rules()):
        if Path(name).name.removesuffix(".idx") in manifest.retired:
            continue
        says = "The store does not list it: a crash left it, or it was put here."
        yield Fault("left-over", name, says, sound, plan)


def _permissions(home: Path) -> Iterator[Fault]:
    for folder, folders, names in os.walk(home):
        if mending.ASIDE in folders:
            folders.remove(mending.ASIDE)
        for path, wanted in [(folder, 0o700), *((f"{folder}{os.sep}{name}", 0o600) for name in names)]:
            try:
                status = os.lstat(path)
            except FileNotFoundError:
                continue
            mode = stat.S_IMODE(status.st_mode)
            says = ""
            if mode & 0o077:
                says = f"Others than its owner may reach it ({mode:o})."
            elif mode & wanted != wanted:
                says = f"Its owner may not use it ({mode:o})."
            if says and not stat.S_ISLNK(status.st_mode):
                code = "permissions" if os.access(path, os.R_OK) else "unreadable"
                yield Fault(code, os.path.relpath(path, home), says, True, f"Set it to {wanted:o}.")


def _cloud(home: Path) -> Iterator[Fault]:
    warning = cloud_warning(home.resolve())
    if warning:
        yield Fault("cloud", ".", warning, False, "Move the folder: modelops --home takes another one.")


def repair_file(home: Path, fault: Fault) -> str:
    """Does what the plan of a fault of a file says; a few words about it, nothing when it is none of a file.

    Raises Damaged, OutsideMissing.
    """
    folder, file = str(home), Path(fault.place).name
    match fault.code:
        case "manifest":
            return f"made anew, up to transaction {rebuilding.rebuild(folder, Rules())}"
        case "journal" | "journal-missing":
            return _mended(mending.mend_journal(folder))
        case "history":
            return _mended(mending.mend_history(folder, file))
        case "history-missing":
            mending.forget_history(folder, file)
            return "taken off the MANIFEST"
        case "segment":
            return _set_right(home, file)
        case "index":
            mending.renew_index(folder, Rules(), file)
            return "index made anew"
        case "journal-tail":
            mending.cut_tail(folder)
            return "cut off"
        case "left-over":
            mending.remove_unlisted(folder, Rules(), fault.place)
            return "removed"
        case "permissions" | "unreadable":
            path = home / fault.place
            with suppress(FileNotFoundError, NotADirectoryError):
                path.chmod(0o700 if path.is_dir() else 0o600)
            return "set"
        case "not-a-file" | "lock" | "symbolic-link":
            return misplaced.make_plain(folder, fault.place)
    return ""


def _set_right(home: Path, file: str) -> str:
    manifest = load(str(home))
    for kind, entries in manifest.segments.items():
        if any(entry.file == file and holder_of(str(home), entry) for entry in entries):
            return f"put back from {misplaced.put_back(str(home), file)}"
        if any(entry.file == file for entry in entries):
            mending.set_right(str(home), Rules(), kind)
            return "written anew from the history"
    return "set right together with another segment of its kind"


def _mended(mended: mending.Mended) -> str:
    lost, unproven = (", ".join(map(str, numbers)) for numbers in mended)
    says = f"written anew; lost: transaction {lost}" if lost else "written anew, nothing lost"
    # Only the line before proves a line, so that nobody can tell whether this one is as it was written.
    return f"{says}; {UNPROVEN}: transaction {unproven}" if unproven else says
