"""`store`: what is done to the files of a registry as a whole. It replaces nothing that was not copied first."""

from __future__ import annotations

from pathlib import Path

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import argument, flag, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb, WordGroup
from modelops_tui.cli.words.mending import (
    TEXT_FORMS,
    administrator,
    count_of,
    end_with,
    folder_of,
    path_named,
    write_faults,
)
from modelops_tui.errors import Failure, NotFound
from modelops_tui.present.terminal import visible


def store_group() -> WordGroup:
    """`store`."""
    says = "Look after the files of the registry: copies of it, its size, its history, its checksums."
    return WordGroup("store", says, "the store")


def backup_command() -> Verb:
    """`store backup`."""
    return Verb(
        "backup",
        "Copy the whole registry, as it is at one moment, to a new folder; others may go on writing.",
        _backup,
        [argument("target", "TARGET", "A folder that does not exist yet, outside the registry."), *output_options()],
        more="Look into the copy with --home TARGET, where nothing can be written; prove it with store verify TARGET.",
    )


def restore_command() -> Verb:
    """`store restore`."""
    return Verb(
        "restore",
        "Put a backup in the place of what the registry holds, which is copied beside it first. For administrators.",
        _restore,
        [
            argument("backup", "BACKUP", "A folder that store backup made."),
            flag("--yes", "-y", says="Do not ask."),
            *output_options(),
        ],
        more="Who has the registry open sees at once what the backup holds.",
    )


def verify_command() -> Verb:
    """`store verify`."""
    return Verb(
        "verify",
        "Read every file of the registry, or of a backup, and say what is not as it was written.",
        _verify,
        [argument("backup", "BACKUP", "A folder that store backup made.", required=False), *output_options()],
        more="It ends with 4 when something is not. The documents are looked at by: modelops doctor.",
    )


def compact_command() -> Verb:
    """`store compact`."""
    return Verb(
        "compact", "Write the documents of each kind to one file, and clear away old ones.", _compact, output_options()
    )


def adopt_command() -> Verb:
    """`store adopt`."""
    return Verb(
        "adopt",
        "Take over a file of documents that was edited by hand, as a change of yours. For administrators.",
        _adopt,
        [argument("file", "FILE", "Its name in the registry, such as project.7.jsonl."), *output_options()],
    )


def _backup(session: Session, target: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.upkeep import backup

    form = form_of(output, as_json)
    made_at = backup(folder_of(session), path_named(target))
    if form in (*TEXT_FORMS, "name"):
        session.write_line(visible(str(made_at)))
    else:
        write_value(session, {"backup": str(made_at)}, form)


def _restore(session: Session, backup: str, yes: bool, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.upkeep import restore

    form = form_of(output, as_json)
    folder, source = folder_of(session), path_named(backup)
    if not (source / "BACKUP.json").is_file():
        raise NotFound(f"{source} is not a backup.", "Name a folder that was made by: modelops store backup")
    by = administrator(session, "restores a backup")
    if folder.is_dir() and any(folder.iterdir()):
        session.say(f"{folder} holds {_held(folder)}; all of it is copied beside it first.")
        if not yes and not session.agree("Put the backup in its place?", "--yes"):
            session.say("Nothing was changed.")
            return
    former = restore(folder, source, by)
    session.say(f"Restored {_held(folder)}.")
    if former is not None:
        session.say(f"The registry as it was is in {former}.")
    if form not in (*TEXT_FORMS, "name"):
        write_value(session, {"folder": str(folder), "former": str(former) if former else None}, form)
    elif form == "name":
        session.write_line(visible(str(folder)))


def _held(folder: Path) -> str:
    from modelops_tui.services.upkeep import stats

    try:
        return count_of(sum(stats(folder).documents.values()), "document")
    except Failure:
        return "what cannot be read as a registry"


def _verify(session: Session, backup: str | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.doctor import Fault
    from modelops_tui.services.doctor_files import file_faults
    from modelops_tui.services.upkeep import prove

    form = form_of(output, as_json)
    if backup is not None:
        source = path_named(backup)
        faults = [Fault("backup", path, says, False, "Use another backup.") for path, says in prove(source)]
        hint = ""
    else:
        folder, hint = folder_of(session), "modelops doctor --repair"
        if not folder.is_dir() or not any(folder.iterdir()):
            raise NotFound(f"There is no store in {folder}.")
        faults = file_faults(folder)
    write_faults(session, faults, form)
    end_with(session, faults, hint)


def _compact(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.cli.words.measuring import bytes_text, figures_form, total_bytes
    from modelops_tui.services.upkeep import compact, stats

    form = form_of(output, as_json)
    folder = folder_of(session)
    before = stats(folder)
    after = compact(folder)
    session.say(f"From {bytes_text(total_bytes(before))} to {bytes_text(total_bytes(after))} on disk.")
    if after.dropped is not None and after.dropped != before.dropped:
        gone = after.dropped.transactions - (before.dropped.transactions if before.dropped else 0)
        session.say(f"The limits of the history let go of {count_of(gone, 'transaction')}.")
    if form not in (*TEXT_FORMS, "name"):
        write_value(session, figures_form(folder, after), form)
    elif form == "name":
        session.write_line(visible(str(folder)))


def _adopt(session: Session, file: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.upkeep import adopt_edit

    form = form_of(output, as_json)
    by = administrator(session, "takes over an edited file")
    changed = adopt_edit(folder_of(session), file, by)
    write_report(session, ["id"], [{"id": id} for id in changed], form or "name")
    session.say(f"Took over {count_of(len(changed), 'document')} of {file}.")
