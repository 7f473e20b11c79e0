"""Passphrases and secrets typed at the terminal, without echo. It never takes one from an argument or shows it."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from modelops_tui.cli.session import Session, can_ask
from modelops_tui.errors import Invalid, WrongUse
from modelops_tui.ports import VaultLocked
from modelops_tui.present.terminal import visible

Given = TypeVar("Given")
TERMINAL = Path("/dev/tty")
# A terminal drops what a line has beyond this many bytes, without a word.
LONGEST_TYPED = 1023 if sys.platform == "darwin" else 4094
BY_SCRIPT = "Name a file or a command for it: MODELOPS_PASSPHRASE_FILE or MODELOPS_PASSPHRASE_COMMAND."


def can_ask_secretly() -> bool:
    """Whether there is a person at a terminal, even where the standard input is a pipe."""
    with suppress(OSError):
        os.close(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY))
        return sys.stderr.isatty()
    return can_ask()


def ask_secret(question: str, hint: str = BY_SCRIPT) -> str:
    """One line typed at the terminal without echo; `hint` says what to do where there is no terminal.

    Raises WrongUse without a terminal that hides what is typed, or when nothing is; Invalid for what is cut off.
    """
    from getpass import GetPassWarning, getpass

    if not can_ask_secretly():
        raise WrongUse(f"{question}? There is no terminal to ask at.", hint)
    sys.stdout.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            text = getpass(f"{visible(question)}: ")
        except GetPassWarning:
            raise WrongUse("This terminal cannot hide what is typed, so nothing is asked.", hint) from None
        except EOFError:
            raise WrongUse("Nothing was typed.") from None
        except UnicodeDecodeError:
            raise Invalid("What was typed is no text in the encoding of this terminal.") from None
    if len(text.encode(errors="surrogatepass")) > LONGEST_TYPED:
        raise Invalid("That is more than a terminal takes in one line.", hint=hint)
    return text


def known_passphrase(session: Session) -> str:
    """The passphrase of the acting user's vault: a script's where the environment names one, else typed."""
    from modelops_tui.services.vault import script_passphrase

    script = script_passphrase(session.home)
    return ask_secret(_whose(session)) if script is None else script


def new_passphrase(session: Session, *, by_script: bool = True, hint: str = BY_SCRIPT) -> tuple[str, bool]:
    """A new passphrase, and whether a person typed it, who did so twice. Raises Invalid when the two differ."""
    from modelops_tui.services.vault import script_passphrase

    script = script_passphrase(session.home) if by_script else None
    if script is not None:
        return script, False
    first = ask_secret(f"New passphrase for the vault of {session.home.user.get('name')}", hint)
    if ask_secret("Once more", hint) != first:
        raise Invalid("The two passphrases differ; nothing was changed.")
    return first, True


def demand_open(session: Session) -> None:
    """Makes sure that chests can be opened, asking for the passphrase where that is needed."""
    from modelops_tui.services.vault import demand_unlocked

    when_open(session, lambda: demand_unlocked(session.home))


def when_open(session: Session, act: Callable[[], Given]) -> Given:
    """What `act` gives; where the vault is locked, a person at the terminal is asked for the passphrase, once."""
    from modelops_tui.services.vault import unlock

    try:
        return act()
    except VaultLocked:
        if not can_ask_secretly():
            raise
    status = unlock(session.home, ask_secret(_whose(session)))
    if status.unlocked is not None and status.unlocked.kept_by == "agent":
        session.say(f"Unlocked, until it was not used for {minutes(status.unlocked.seconds_left)}.")
    for says in status.news:
        session.say(says)
    return act()


def minutes(seconds: int) -> str:
    """A time in words."""
    whole = max(1, round(seconds / 60))
    return "1 minute" if whole == 1 else f"{whole} minutes"


def _whose(session: Session) -> str:
    return f"Passphrase of the vault of {session.home.user.get('name')}"
