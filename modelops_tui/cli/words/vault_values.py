"""Secrets from a file, a pipe or an open descriptor, and on to the clipboard. None is ever an option's value."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO, Any, NamedTuple

from typer.core import TyperOption

from modelops_tui.cli.parameters import flag, option
from modelops_tui.cli.session import Session
from modelops_tui.cli.words.vault_asking import TERMINAL, ask_secret, can_ask_secretly
from modelops_tui.errors import Invalid, OutsideMissing, WrongUse

BY_OPTION = "Give it by --from-stdin, --from-file FILE or --from-fd N."
HIGHEST_DESCRIPTOR = 2**31 - 1
NO_CLIPBOARD = ("", "dumb", "linux", "vt100", "vt220")


class Source(NamedTuple):
    """Where a call says that a secret comes from; nothing of it means a person who types."""

    from_stdin: bool
    from_file: str | None
    from_fd: int | None

    @property
    def named(self) -> list[str]:
        """The options that were given."""
        given = {"--from-stdin": self.from_stdin, "--from-file": self.from_file, "--from-fd": self.from_fd}
        return [name for name, value in given.items() if value is not None and value is not False]


def source_options(what: str) -> list[TyperOption]:
    """The options that say where a secret comes from."""
    return [
        flag("--from-stdin", says=f"Read {what} from the standard input."),
        option("--from-file", metavar="FILE", says=f"Read {what} from a file."),
        option("--from-fd", metavar="N", says=f"Read {what} from an open file descriptor.", whole=True),
    ]


def given_secret(source: Source) -> str | None:
    """The secret of the source that was named, None where a person is to be asked.

    The end of a single line is dropped, a text of several lines is kept as it is. Raises WrongUse for two sources, an
    empty name and a terminal, which would show what is typed; OutsideMissing for what cannot be read; Invalid for no
    text.
    """
    if len(source.named) > 1:
        raise WrongUse(f"{' and '.join(source.named)} exclude each other.", "Give one of them.")
    if source.from_file == "":
        # A script whose variable is not set.
        raise WrongUse(
            "The name of the file to read the secret from is empty.", "Name one, or leave the option out to be asked."
        )
    if source.from_stdin or source.from_file == "-":
        return _text(_from_stdin())
    if source.from_file is not None:
        return _text(_from_place(source.from_file, source.from_file))
    if source.from_fd is not None:
        return _text(_from_place(source.from_fd, f"Descriptor {source.from_fd}"))
    return None


def typed_secret(what: str) -> str:
    """A secret typed at the terminal. Raises WrongUse that names the other ways where there is none."""
    return ask_secret(what, BY_OPTION)


def demand_clipboard() -> None:
    """Raises WrongUse where no terminal is there that could have a clipboard, or one that would print what it gets."""
    if os.environ.get("TERM", "") in NO_CLIPBOARD or not can_ask_secretly():
        raise WrongUse("--copy needs a terminal that has a clipboard.", "Without it the secret is written out.")


def copy_to_clipboard(session: Session, secret: str, what: str) -> None:
    """Hands a secret to the terminal for its clipboard (OSC 52), to nothing else, and says what is known of that."""
    from base64 import b64encode

    try:
        with TERMINAL.open("wb") as terminal:
            terminal.write(b"\x1b]52;c;" + b64encode(secret.encode()) + b"\a")
    except OSError as error:
        raise OutsideMissing(f"The terminal cannot be written to: {error.strerror}.") from None
    session.say(
        f"Handed {what} to the terminal for its clipboard. Some terminals refuse that without a word, and it is "
        "not cleared by itself: copy something else when you are done."
    )


def _from_stdin() -> bytes:
    stream: Any = sys.stdin
    if stream is None:
        raise OutsideMissing("There is no standard input.")
    return _read(getattr(stream, "buffer", stream), "The standard input")


def _from_place(place: str | int, called: str) -> bytes:
    try:
        with Path(place).open("rb") if isinstance(place, str) else _descriptor(place) as file:
            return _read(file, called)
    except OSError as error:
        reason = (error.strerror or "not possible").lower()
        raise OutsideMissing(f"{called} cannot be read: {reason}.") from None


def _descriptor(number: int) -> IO[bytes]:
    if number > HIGHEST_DESCRIPTOR:
        raise WrongUse(f"There is no descriptor {number}.")
    return os.fdopen(number, "rb", closefd=False)


def _read(file: IO[bytes], called: str) -> bytes:
    from modelops_tui.entities.sealed_form import MOST_VALUE_BYTES

    if file.isatty():
        raise WrongUse(f"{called} is a terminal, which would show the secret.", "Leave the option out to be asked.")
    # Room for the end of a line that is dropped.
    data = file.read(MOST_VALUE_BYTES + 3)
    if len(data) > MOST_VALUE_BYTES + 2:
        raise Invalid(f"{called} holds more than the {MOST_VALUE_BYTES} bytes that a secret may have.")
    return data


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Invalid("The secret is no UTF-8 text.", hint="Write it as text first, as base64 does.") from None
    if text.endswith("\n") and "\n" not in text[:-1]:
        return text[:-1].removesuffix("\r")
    return text
