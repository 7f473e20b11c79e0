"""`share`, `unshare`, `rotate` and `holders`: who can open a chest. They show fingerprints, and no key."""

from __future__ import annotations

from modelops_tui.cli.output import form_of, write_report
from modelops_tui.cli.parameters import option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.verbs.chest_places import chest_argument, chest_named, tell_chest, user_named, user_option
from modelops_tui.cli.words.vault_asking import when_open
from modelops_tui.entities.kind import Kind


def share_command(_kind: Kind) -> Verb:
    """`share`."""
    return Verb(
        "share",
        "Let a colleague open a treasure chest, all that is in it and all that comes.",
        _share,
        [
            chest_argument(),
            user_option("--with", says="The colleague."),
            option("--fingerprint", metavar="F", says="Only when their key has this fingerprint, as they told you."),
            *output_options(),
        ],
    )


def unshare_command(_kind: Kind) -> Verb:
    """`unshare`."""
    return Verb(
        "unshare",
        "Keep a colleague out of what is sealed from now on; the chest gets a new key.",
        _unshare,
        [chest_argument(), user_option("--from", "--with", says="The colleague."), *output_options()],
    )


def rotate_command(_kind: Kind) -> Verb:
    """`rotate`."""
    return Verb(
        "rotate",
        "Give a treasure chest a new key and seal its entries anew for the same people.",
        _rotate,
        [chest_argument(), *output_options()],
    )


def holders_command(_kind: Kind) -> Verb:
    """`holders`."""
    return Verb(
        "holders",
        "Show who can open a treasure chest; nothing has to be unlocked.",
        _holders,
        [chest_argument(), *output_options()],
    )


def _share(
    session: Session, chest: str, user: str | None, fingerprint: str | None, output: str | None, as_json: bool
) -> None:
    from modelops_tui.services.chest_sharing import missing_rights, share

    form = form_of(output, as_json)
    whom = user_named(session, user, "--with")
    id = chest_named(session, chest)["id"]
    shared = when_open(session, lambda: share(session.home, id, whom, fingerprint or ""))
    tell_chest(session, shared.chest, form)
    missing = missing_rights(session.home, whom, id)
    if missing:
        session.say(f"{shared.name} has its key now, but may not open it. Missing: {', '.join(missing)}.")
        session.say("Give it to one of their roles: modelops permission new --role ROLE --category treasure-chest")
    else:
        session.say(f"{shared.name} can open it now.")
    if not fingerprint:
        session.say(f"Compare by another way that the key of {shared.name} is {shared.fingerprint}.")


def _unshare(session: Session, chest: str, user: str | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chest_sharing import unshare

    form = form_of(output, as_json)
    whom = user_named(session, user, "--from")
    id = chest_named(session, chest)["id"]
    out = when_open(session, lambda: unshare(session.home, id, whom))
    tell_chest(session, out.chest, form)
    session.say(out.advice)


def _rotate(session: Session, chest: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chest_sharing import rotate

    form = form_of(output, as_json)
    id = chest_named(session, chest)["id"]
    written = when_open(session, lambda: rotate(session.home, id))
    tell_chest(session, written, form)
    session.say("It has a new key, for the same people.")


def _holders(session: Session, chest: str, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chest_sharing import holders

    form = form_of(output, as_json)
    found = holders(session.home, chest_named(session, chest)["id"])
    if not found and form in ("", "table", "wide"):
        session.say("It was never sealed: its owner puts the first secret in.")
        return
    rows = [
        {
            "user": item.name,
            "role": "owner" if item.owner else "shared with",
            "key": "current" if item.current else "changed since; share it again",
        }
        for item in found
    ]
    write_report(session, ["user", "role", "key"], rows, form)
