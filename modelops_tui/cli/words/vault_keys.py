"""The keys of a vault: another passphrase, recovery, new chest keys, the public card. It shows no private key."""

from __future__ import annotations

from modelops_tui.cli.output import form_of, write_made, write_value
from modelops_tui.cli.parameters import argument, complete_keys, flag, option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb
from modelops_tui.cli.words.vault import SCRIPTS, tell_recovery
from modelops_tui.cli.words.vault_asking import BY_SCRIPT, demand_open, known_passphrase, new_passphrase
from modelops_tui.cli.words.vault_values import BY_OPTION, Source, given_secret, source_options, typed_secret

NEW_BY_OPTION = "Give it by --new-from-file FILE or --new-from-fd N."


def change_passphrase_command() -> Verb:
    """`vault change-passphrase`."""
    return Verb(
        "change-passphrase",
        "Set another passphrase; chests, colleagues and the recovery text stay as they are.",
        _change_passphrase,
        [
            option("--new-from-file", metavar="FILE", says="Read the new passphrase from a file."),
            option("--new-from-fd", metavar="N", says="Read the new passphrase from a descriptor.", whole=True),
        ],
        more=SCRIPTS,
        secret_by=NEW_BY_OPTION,
    )


def rotate_command() -> Verb:
    """`vault rotate`."""
    return Verb(
        "rotate",
        "Give every chest that you own a new key, and seal its entries anew for the same people.",
        _rotate,
        output_options(),
    )


def recover_command() -> Verb:
    """`vault recover`."""
    return Verb(
        "recover",
        "Set a new passphrase by the recovery text, and print the recovery text that replaces it.",
        _recover,
        source_options("the recovery text"),
        more=SCRIPTS,
        secret_by=BY_OPTION,
    )


def recovery_command() -> Verb:
    """`vault recovery`."""
    return Verb(
        "recovery",
        "Print a new recovery text; the one before opens nothing any more.",
        _recovery,
        [],
        more=SCRIPTS,
        secret_by=BY_SCRIPT,
    )


def card_command() -> Verb:
    """`vault card`."""
    return Verb(
        "card",
        "Write the name and public key of a user, for a colleague to take in with load and share chests with.",
        _card,
        [
            argument("user", "USER", "Whose; yours when left out.", required=False, complete=complete_keys("user")),
            *output_options(),
        ],
    )


def forget_command() -> Verb:
    """`vault forget`."""
    return Verb(
        "forget",
        "Take back the public key of a vault that is lost, to make a new one; what was sealed for it stays closed.",
        _forget,
        [flag("--yes", "-y", says="Do not ask.")],
    )


def _change_passphrase(session: Session, new_from_file: str | None, new_from_fd: int | None) -> None:
    from modelops_tui.services.vault import change_passphrase, demand_there, script_passphrase

    new = given_secret(Source(False, new_from_file, new_from_fd))
    demand_there(session.home)
    old = known_passphrase(session)
    if new is None:
        new, _ = new_passphrase(session, by_script=False, hint=NEW_BY_OPTION)
    change_passphrase(session.home, old, new)
    session.say("The passphrase was changed.")
    if script_passphrase(session.home) == old != new:
        session.say("What the environment names for scripts still gives the old one.")


def _rotate(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chest_sharing import rotate_all
    from modelops_tui.services.chests import CHEST

    form = form_of(output, as_json)
    demand_open(session)
    rotated = rotate_all(session.home)
    if not rotated and form in ("", "table", "wide"):
        session.say("You own no treasure chest that is sealed.")
        return
    write_made(session, [(CHEST, chest) for chest in rotated], form, single=False)


def _recover(session: Session, from_stdin: bool, from_file: str | None, from_fd: int | None) -> None:
    from modelops_tui.services.vault import demand_there, recover

    text = given_secret(Source(from_stdin, from_file, from_fd))
    demand_there(session.home)
    if text is None:
        text = typed_secret("Recovery text")
    passphrase, _ = new_passphrase(session)
    fresh = recover(session.home, text, passphrase)
    session.say("The new passphrase is set; the recovery text that you used opens nothing any more.")
    tell_recovery(session, fresh)


def _recovery(session: Session) -> None:
    from modelops_tui.services.vault import demand_there, renew_recovery

    demand_there(session.home)
    tell_recovery(session, renew_recovery(session.home, known_passphrase(session)))


def _card(session: Session, user: str | None, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.chest_exchange import card
    from modelops_tui.services.home import kind_of
    from modelops_tui.services.records import find_one

    form = form_of(output, as_json)
    id = find_one(session.home, kind_of("user"), user)["id"] if user else ""
    found = card(session.home, id)
    if form == "name":
        session.write_line(str(found["fingerprint"]))
    else:
        write_value(session, found, "json" if form in ("", "table", "wide") else form)


def _forget(session: Session, yes: bool) -> None:
    from modelops_tui.services.vault import forget_key

    if not yes and not session.agree("Take back your public key? What was sealed for it stays closed.", "--yes"):
        session.say("Nothing was changed.")
        return
    forget_key(session.home)
    session.say("Your public key is taken back. Make a new vault: modelops vault init")
