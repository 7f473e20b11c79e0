"""`doctor` and `purge`: what is broken, and what must be gone for good. Neither acts before showing how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.exceptions import Exit

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import argument, complete_keys, complete_words, flag, output_options
from modelops_tui.cli.session import Session, ask_password, can_ask
from modelops_tui.cli.tree import Context, Verb
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.registry import BY_CALL, kind_named
from modelops_tui.errors import Damaged, NotFound, Refused, WrongUse
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.administration import Erased
    from modelops_tui.services.doctor import Fault, Report
    from modelops_tui.services.removing import Removal

FAULTS_REMAIN = Refused.code
NOBODY = "0" * 24
TEXT_FORMS = ("", "table", "wide")
SHOWN_MENTIONS = 20


def doctor_command() -> Verb:
    """`doctor`."""
    return Verb(
        "doctor",
        "Prove files, checksums, indexes, references, unique names, numbers, states and blobs; show each fault.",
        _doctor,
        [
            flag("--repair", says="Show what can be repaired and do it, after a copy of the whole registry."),
            flag("--yes", "-y", says="Do not ask."),
            *output_options(),
        ],
        more="It ends with 0 when there is no fault, and with 4 as long as one remains.",
    )


def purge_command() -> Verb:
    """`purge`."""
    return Verb(
        "purge",
        "Erase one document for good: from the files, the history and the blobs only it used. For administrators.",
        _purge,
        [
            argument("kind_name", "KIND", "Its kind.", complete=complete_words(tuple(BY_CALL))),
            argument("key", "KEY", "Its key or id; the whole id when it was removed already.", complete=_complete_key),
            flag("--yes", "-y", says="Do not ask."),
            *output_options(),
        ],
        more="It cannot be undone. It reaches no backup, no other registry and no log of a remote; what a remote "
        "holds is removed there first. That it was done stays recorded.",
    )


def _complete_key(ctx: Context, words: list[str], incomplete: str) -> list[Any]:
    kind = BY_CALL.get(str(ctx.params.get("kind_name")))
    return complete_keys(kind.name)(ctx, words, incomplete) if kind is not None else []


def folder_of(session: Session) -> Path:
    """The folder of the registry that the call is about, whether there is one in it or not."""
    from modelops_tui.settings import read_settings

    return read_settings(session.folder, session.user).home


def administrator(session: Session, does: str) -> str:
    """The id of the acting user, who must be an administrator; nobody's where the files cannot tell who there is.

    Raises NotPermitted, NotFound for an unknown user.
    """
    from modelops_tui.services.administration import demand_administrator

    ask = ask_password if can_ask() else None
    folder = folder_of(session)
    try:
        home = session.doors.open_home(folder, session.user, create=False, ask_password=ask)
    except Damaged:
        return NOBODY
    except NotFound:
        if (folder / "MANIFEST").exists():
            raise
        return NOBODY
    try:
        demand_administrator(home, does)
        return str(home.user["id"])
    finally:
        home.close()


def count_of(number: int, one: str) -> str:
    """A number with its word: `1 fault`, `2 faults`."""
    return f"{number:,} {one}" + ("" if number == 1 else "s")


def write_faults(session: Session, faults: Sequence[Fault], form: str) -> None:
    """Writes faults: each with its place and what would help, or as rows in the form that was asked for."""
    if form == "":
        for fault in faults:
            session.write_line(visible(f"{fault.place}: {fault.says}"))
            session.write_line(visible(f"    {'repair' if fault.repairable else 'no repair'}: {fault.plan}"))
        return
    titles = ["place", "code", "says", "repairable", "plan"]
    rows = [{title: getattr(fault, title) for title in titles} for fault in faults]
    write_report(session, titles, rows, form)


def _doctor(session: Session, repair: bool, yes: bool, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.doctor import Report, examine

    form = form_of(output, as_json)
    folder = folder_of(session)
    report = Report(left=examine(folder))
    planned = [fault for fault in report.left if fault.repairable]
    if repair and planned:
        report = _repaired(session, folder, planned, report, yes)
    elif repair and report.left:
        session.say("None of it can be repaired here.")
    if form in ("json", "yaml"):
        told: dict[str, Any] = {"folder": str(folder), "faults": [fault._asdict() for fault in report.left]}
        told |= {"backup": str(report.backup) if report.backup else None, "done": report.done, "failed": report.failed}
        write_value(session, told, form)
    else:
        write_faults(session, report.left, form)
    end_with(session, report.left, "" if repair else "modelops doctor --repair")


def end_with(session: Session, faults: Sequence[Fault], hint: str) -> None:
    """Says how many faults there are, and ends the call with the number for that when there is one."""
    if not faults:
        session.say("No fault was found.")
        return
    able = sum(fault.repairable for fault in faults)
    more = f", of which {able:,} can be repaired: {hint}" if able and hint else "."
    session.say(f"{count_of(len(faults), 'fault')}{more}")
    raise Exit(FAULTS_REMAIN)


def _repaired(session: Session, folder: Path, planned: list[Fault], report: Report, yes: bool) -> Report:
    from modelops_tui.services.doctor import repair

    by = administrator(session, "repairs a registry")
    session.say("A copy of the whole registry is made beside it first. Then:")
    for fault in planned:
        session.say(f"  {fault.place}: {fault.says}")
        session.say(f"      {fault.plan}")
    question = "Repair it?" if len(planned) == 1 else f"Repair these {len(planned)} faults?"
    if not yes and not session.agree(question, "--yes"):
        session.say("Nothing was changed.")
        return report
    done = repair(folder, planned, by, session.say)
    for failed in done.failed:
        session.say(f"Not done: {failed}")
    session.say(f"The registry as it was is in {done.backup}.")
    return done


def _purge(session: Session, kind_name: str, key: str, yes: bool, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.administration import demand_administrator, demand_erasable, erase

    form = form_of(output, as_json)
    kind = kind_named(kind_name)
    demand_administrator(session.home, "erases a document for good")
    id, removal = _found(session, kind, key)
    demand_erasable(session.home, kind, id)
    _tell_removal(session, removal)
    if not yes and not session.agree(f"Erase {kind.name} {key} for good? Nothing brings it back.", "--yes"):
        session.say("Nothing was erased.")
        return
    done = erase(session.home, kind, id, removal)
    if form in TEXT_FORMS:
        _tell_purged(session, done)
    else:
        mentions = [{"kind": name, "id": other} for name, other in done.mentions]
        told = {"kind": kind.name, "id": id, "writes": done.writes, "blobs": done.blobs, "mentions": mentions}
        write_value(session, told, form) if form != "name" else session.write_line(id)


def _found(session: Session, kind: Kind, key: str) -> tuple[str, Removal | None]:
    from modelops_tui.entities.scalars import OBJECT_ID
    from modelops_tui.services.records import find_one
    from modelops_tui.services.removing import plan_removal

    try:
        id = str(find_one(session.home, kind, key)["id"])
    except NotFound:
        if not OBJECT_ID.match(key):
            raise
        # What was removed already still stands in the history; the purge itself knows whether it ever was.
        return key, None
    return id, plan_removal(session.home, [(kind, id)])


def _tell_removal(session: Session, removal: Removal | None) -> None:
    if removal is None:
        return
    for line in removal.lines():
        session.say(line)
    if removal.refused:
        raise Refused(removal.refused, "See who uses it with its refs command.")
    if len(removal.effect.removed) > 1:
        session.say("Only the first is erased; what goes with it stays in the history, where it can be purged by id.")


def _tell_purged(session: Session, done: Erased) -> None:
    session.say(f"Erased: {count_of(done.writes, 'write')} of it, {count_of(len(done.blobs), 'blob')}.")
    if done.mentions:
        session.say("Its id still stands in these, and copies of its fields may too:")
        for kind, id in done.mentions[:SHOWN_MENTIONS]:
            session.say(f"  {kind} {id}")
    if len(done.mentions) > SHOWN_MENTIONS:
        session.say(f"  and {len(done.mentions) - SHOWN_MENTIONS:,} more")
    session.say("Backups and other registries still have what they have of it.")


def path_named(text: str) -> Path:
    """The whole path of a folder that the call names; raises WrongUse for what no folder can be called."""
    from os.path import normpath

    path = Path(normpath(Path(text).absolute()))
    if not text or "\x00" in text or not path.name:
        raise WrongUse(f"{text!r} cannot be the name of a folder here.", "Name a folder.")
    return path
