"""`vault`: made, unlocked, locked and looked at. It prints a recovery text once, and a passphrase never."""

from __future__ import annotations

from typing import Any

from modelops_tui.cli.output import form_of, write_value
from modelops_tui.cli.parameters import option, output_options
from modelops_tui.cli.session import Session
from modelops_tui.cli.tree import Verb, WordGroup
from modelops_tui.cli.words.vault_asking import BY_SCRIPT, known_passphrase, minutes, new_passphrase
from modelops_tui.errors import WrongUse
from modelops_tui.present.terminal import visible

SCRIPTS = "A script names its passphrase by MODELOPS_PASSPHRASE_FILE or MODELOPS_PASSPHRASE_COMMAND."


def vault_group() -> WordGroup:
    """`vault`."""
    says = "The key to your treasure chests, kept under a passphrase on this machine."
    return WordGroup("vault", says, "the vault")


def init_command() -> Verb:
    """`vault init`."""
    says = "Make your vault, under a new passphrase, and print its recovery text."
    return Verb("init", says, _init, [], more=SCRIPTS, secret_by=BY_SCRIPT)


def unlock_command() -> Verb:
    """`vault unlock`."""
    return Verb(
        "unlock",
        "Unlock your vault, until it was not used for some minutes.",
        _unlock,
        [option("--idle", metavar="MINUTES", says="Lock it after so many minutes without use (15).", whole=True)],
        more=SCRIPTS,
        secret_by=BY_SCRIPT,
    )


def lock_command() -> Verb:
    """`vault lock`."""
    return Verb("lock", "Lock your vault now, everywhere on this machine.", _lock, [])


def status_command() -> Verb:
    """`vault status`."""
    return Verb("status", "Show how your vault stands; no passphrase is needed.", _status, output_options())


def tell_recovery(session: Session, text: str) -> None:
    """Writes a recovery text as data, and says beside it what it is."""
    session.write_line(text)
    session.say(
        "This is the recovery text. It sets a new passphrase without the old one, is kept nowhere and shown only "
        "now: print it or write it down, and keep it away from this machine."
    )


def _init(session: Session) -> None:
    from modelops_tui.services.vault import init_vault, unlock

    if session.home.user.get("public_key"):
        # That is refused whatever the passphrase, so nobody is asked for one.
        init_vault(session.home, "")
    passphrase, typed = new_passphrase(session)
    text = init_vault(session.home, passphrase)
    session.say(f"Made the vault of {session.home.user.get('name')}.")
    tell_recovery(session, text)
    if typed:
        unlock(session.home, passphrase)


def _unlock(session: Session, idle: int | None) -> None:
    from modelops_tui.services.vault import IDLE_SECONDS, LONGEST_IDLE_MINUTES, demand_there, unlock, vault_status

    # Before anybody is asked for a passphrase.
    if idle is not None and not 1 <= idle <= LONGEST_IDLE_MINUTES:
        raise WrongUse(f"--idle takes from 1 to {LONGEST_IDLE_MINUTES} minutes, which is a week; not {idle}.")
    demand_there(session.home)
    before = vault_status(session.home).unlocked
    if before is not None and idle is None:
        session.say(f"It is unlocked, for {minutes(before.seconds_left)} more when it is not used.")
        return
    status = unlock(session.home, known_passphrase(session), IDLE_SECONDS if idle is None else idle * 60)
    kept = status.unlocked
    if kept is None or kept.kept_by != "agent":
        session.say("The passphrase is right, but no agent can keep the key here: every command will ask for it.")
    else:
        session.say(f"Unlocked, until it was not used for {minutes(kept.seconds_left)}.")
    if status.trouble:
        session.say(status.trouble)
    for says in status.news:
        session.say(says)


def _lock(session: Session) -> None:
    from modelops_tui.services.vault import lock

    session.say("Locked." if lock(session.home) else "It was locked already.")


def _status(session: Session, output: str | None, as_json: bool) -> None:
    from modelops_tui.services.vault import vault_status

    form = form_of(output, as_json)
    status = vault_status(session.home)
    without = "refused" if status.refused else "none"
    state = "unlocked" if status.unlocked is not None else "locked" if status.fingerprint else without
    if form not in ("", "table", "wide", "name"):
        value: dict[str, Any] = {
            "user": status.user,
            "state": state,
            "seconds_left": status.unlocked.seconds_left if status.unlocked is not None else None,
            "fingerprint": status.fingerprint or None,
            "own": status.own,
            "shared": status.shared,
            "trouble": status.trouble or None,
        }
        write_value(session, value, form)
        return
    if form == "name":
        session.write_line(state)
        return
    if status.unlocked is not None:
        state += f", for {minutes(status.unlocked.seconds_left)} more when it is not used"
    session.write_line(visible(f"user         {status.user}"))
    session.write_line(f"vault        {state}")
    if status.fingerprint:
        session.write_line(f"fingerprint  {status.fingerprint}")
    session.write_line(f"chests       {status.own} of your own, {status.shared} shared with you")
    if status.trouble:
        session.write_line(visible(f"trouble      {status.trouble}"))
    elif state == "none":
        session.say("Make one: modelops vault init")
