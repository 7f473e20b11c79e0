"""`remote`: how the shared MongoDB of a registry is reached. It asks the server nothing and takes no password."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from modelops_tui.cli.output import form_of, write_report, write_value
from modelops_tui.cli.parameters import argument, flag, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb, WordGroup
from modelops_tui.cli.words.mending import TEXT_FORMS, count_of
from modelops_tui.cli.words.reaching import (
    complete_remotes,
    credential_option,
    database_option,
    file_named,
    plaintext_flag,
)
from modelops_tui.errors import WrongUse

if TYPE_CHECKING:
    from modelops_tui.services.sync import RemoteSettings

LOGIN = "User and password are never part of an address: they lie in a treasure chest, in the fields user and password."
ALWAYS = ("name", "uri", "database", "checkpoint")
COLUMNS = (*ALWAYS, "credential", "ca_file", "allow_plaintext")
CA_FILE = "Trust servers that this authority vouches for, a PEM file."


def remote_group() -> WordGroup:
    """`remote`."""
    says = "The shared MongoDB that this registry is synced with; there is one or none."
    return WordGroup("remote", says, "the remote")


def add_command() -> Verb:
    """`remote add`."""
    return Verb(
        "add",
        "Name the remote of this registry. Nothing is sent, and the server is not asked yet.",
        _add,
        [
            argument("name", "NAME", "What you call it."),
            argument("uri", "URI", "Where it is: mongodb://HOST/DATABASE or mongodb+srv://HOST/DATABASE."),
            database_option("modelops"),
            credential_option(),
            option("--ca-file", metavar="FILE", says=CA_FILE),
            plaintext_flag(),
            *output_options(),
        ],
        more=LOGIN,
    )


def list_command() -> Verb:
    """`remote list`."""
    return Verb("list", "Show the remote of this registry and how it is reached.", _list, output_options())


def set_command() -> Verb:
    """`remote set`."""
    return Verb(
        "set",
        "Change how the remote is reached. What was synced stays known, so that a server may move.",
        _set,
        [
            argument("name", "NAME", "What it is called now.", complete=complete_remotes),
            option("--uri", metavar="URI", says="Where it is now."),
            option("--rename", metavar="NEW", says="What it is called from now on."),
            database_option(),
            credential_option(),
            flag("--no-credential", says="Log in as nobody."),
            option("--ca-file", metavar="FILE", says=CA_FILE),
            flag("--no-ca-file", says="Trust the authorities that this machine trusts."),
            plaintext_flag(),
            flag("--no-plaintext", says="Never send in clear text to another machine."),
            *output_options(),
        ],
        more="Clear text is allowed for one address only: another --uri needs --allow-plaintext said again.",
    )


def remove_command() -> Verb:
    """`remote remove`."""
    return Verb(
        "remove",
        "Forget the remote, after showing what is forgotten. No document changes, here or there.",
        _remove,
        [
            argument("name", "NAME", "The remote.", complete=complete_remotes),
            flag("--yes", "-y", says="Do not ask."),
            *output_options(),
        ],
    )


def _add(
    session: Session,
    name: str,
    uri: str,
    database: str | None,
    credential: str | None,
    ca_file: str | None,
    allow_plaintext: bool,
    output: str | None,
    as_json: bool,
) -> None:
    from modelops_tui.services.sync import add_remote

    form = form_of(output, as_json)
    made = add_remote(
        session.home,
        name,
        uri,
        database=database or "",
        credential=credential or "",
        ca_file=file_named(ca_file or ""),
        allow_plaintext=bool(allow_plaintext),
    )
    _write(session, [made], form or "name")
    session.say("All that is here counts as unsent. See what a sync would do: modelops sync --dry-run")


def _list(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.sync import remotes

    form = form_of(output, as_json)
    found = remotes(session.home)
    if not found and form in TEXT_FORMS:
        session.say("There is no remote. Name one: modelops remote add NAME mongodb://HOST/DATABASE")
        return
    _write(session, found, form)


def _set(
    session: Session,
    name: str,
    uri: str | None,
    rename: str | None,
    database: str | None,
    credential: str | None,
    no_credential: bool,
    ca_file: str | None,
    no_ca_file: bool,
    allow_plaintext: bool,
    no_plaintext: bool,
    output: str | None,
    as_json: bool,
) -> None:
    from modelops_tui.services.sync import set_remote

    form = form_of(output, as_json)
    changes: dict[str, Any] = {"uri": uri, "name": rename, "database": database}
    changes["credential"] = _or_none("credential", credential, no_credential)
    changes["ca_file"] = _or_none("ca-file", file_named(ca_file) if ca_file is not None else None, no_ca_file)
    if allow_plaintext and no_plaintext:
        raise WrongUse("--allow-plaintext and --no-plaintext contradict each other.", "Give one of them.")
    changes["allow_plaintext"] = True if allow_plaintext else False if no_plaintext else None
    given = {field: value for field, value in changes.items() if value is not None}
    if not given:
        raise WrongUse("Nothing to change is named.", f"As in: modelops remote set {name} --uri URI")
    _write(session, [set_remote(session.home, name, **given)], form or "table")


def _or_none(name: str, value: str | None, none: bool) -> str | None:
    if value is not None and none:
        raise WrongUse(f"--{name} and --no-{name} contradict each other.", "Give one of them.")
    return "" if none else value


def _remove(session: Session, name: str, yes: bool, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.sync import remotes, remove_remote, sync_status

    form = form_of(output, as_json)
    there = [remote for remote in remotes(session.home) if remote.name == name]
    if there:
        status = sync_status(session.home)
        session.say(f"Forgets the remote {name} ({there[0].uri}, database {there[0].database}):")
        session.say(f"  {count_of(status.unsent, 'unsent change')}; every document stays as it is here.")
        if status.conflicts:
            session.say(f"  {count_of(status.conflicts, 'open conflict')}, of which yours stands.")
        if status.under_way:
            session.say("  a commit that may have been sent.")
        session.say("Nothing there is removed. Named again, both sides are compared from the beginning.")
        if not yes and not session.agree(f"Forget the remote {name}?", "--yes"):
            session.say("Nothing was changed.")
            return
    remove_remote(session.home, name)
    _write(session, there, form or "name")


def _write(session: Session, found: Sequence[RemoteSettings], form: str) -> None:
    rows = [{**remote._asdict(), "allow_plaintext": "yes" if remote.allow_plaintext else ""} for remote in found]
    if form in (*TEXT_FORMS, "name"):
        shown = [field for field in COLUMNS if field in ALWAYS or any(row[field] for row in rows)]
        write_report(session, shown, rows, form, right=["checkpoint"])
    else:
        write_value(session, [remote._asdict() for remote in found], form)
