"""One call of the command line: its options, its home when one is needed, where text goes. It decides nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from modelops_tui.errors import Invalid, OutsideMissing, WrongUse
from modelops_tui.present.terminal import visible

if TYPE_CHECKING:
    from modelops_tui.services.home import Home


class OpenHome(Protocol):
    """Opens the registry of a folder as a user; see `modelops_tui.bootstrap.open_home`."""

    def __call__(
        self,
        home: Path | None = None,
        user: str = "",
        *,
        create: bool = True,
        ask_password: Callable[[str], str] | None = None,
        say: Callable[[str], None] | None = None,
    ) -> Home:
        """Gives the open registry."""


class Doors(NamedTuple):
    """What the command line is given from outside: how a home is opened, and how the full screen is run."""

    open_home: OpenHome
    open_screen: Callable[[Home], None]


class Session:
    """What one call knows; `looking` says that it changes nothing.

    `problem_places` tells where each document of a file began, by its number from 1.
    """

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.folder: Path | None = None
        self.user = ""
        self.verbose = False
        self.options_named = False
        self.looking = False
        self.problem_places: dict[int, str] = {}
        self._home: Home | None = None

    @property
    def home(self) -> Home:
        """The registry that the call works on, opened when it is first asked for."""
        if self._home is None:
            ask = ask_password if can_ask() else None
            create = self.folder is None or not self.looking
            self._home = self.doors.open_home(self.folder, self.user, create=create, ask_password=ask, say=self.say)
            if self.verbose:
                self.say(f"Registry {self._home.folder}, as {self._home.user.get('name')}.")
        return self._home

    def close(self) -> None:
        """Closes the registry where one was opened."""
        if self._home is not None:
            self._home.close()
            self._home = None

    def say(self, text: str) -> None:
        """Tells the person something, beside the data."""
        sys.stdout.flush()
        sys.stderr.write(visible(text, multiline=True) + "\n")

    def write(self, text: str) -> None:
        """Writes data."""
        sys.stdout.write(text)

    def write_line(self, text: str) -> None:
        """Writes one line of data."""
        sys.stdout.write(text + "\n")

    def agree(self, question: str, flag: str) -> bool:
        """Asks a yes-or-no question at a terminal; elsewhere raises WrongUse that names the flag which answers it."""
        if not can_ask():
            raise WrongUse(f"{question} There is no terminal to ask at.", f"Answer beforehand with {flag}.")
        sys.stdout.flush()
        sys.stderr.write(f"{visible(question)} [y/N] ")
        sys.stderr.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes")


def can_ask() -> bool:
    """Whether there is somebody at a terminal to ask."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def at_terminal() -> bool:
    """Whether data goes to a terminal."""
    return sys.stdout.isatty()


def colours_wanted() -> bool:
    """Whether data may be coloured: only at a terminal, and never against NO_COLOR."""
    return at_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """The cells of a terminal's line."""
    from shutil import get_terminal_size

    return max(40, get_terminal_size().columns)


def ask_password(name: str) -> str:
    """Asks for a user's password at the terminal, without showing it."""
    from getpass import getpass

    return getpass(f"Password of {name}: ")


def read_text(place: str) -> str:
    """The text of a file, or of the standard input for `-`. Raises OutsideMissing, or Invalid when it is no UTF-8."""
    try:
        if place == "-":
            stream = getattr(sys.stdin, "buffer", None)
            data = stream.read() if stream is not None else sys.stdin.read().encode()
        else:
            data = Path(place).read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutsideMissing(f"{place} cannot be read: {reason}.") from error
    except ValueError as error:
        raise OutsideMissing(f"{place!r} is no name of a file.") from error
    try:
        text: str = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(f"{place}, line {line}: this is no UTF-8 text.") from error
    return text
