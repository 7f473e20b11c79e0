"""Every failure a person can meet: a sentence, a next step, an exit code. It never prints and never asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, NamedTuple


class Problem(NamedTuple):
    """One thing wrong with one field: its dotted path (`model_files[0].max_mb`) and a sentence."""

    path: str
    says: str


class Failure(Exception):
    """A failure with a sentence for the person and, where there is one, a next step.

    `code` is the exit code of the command line; a plain Failure is a fault of our own.
    """

    code: ClassVar[int] = 1

    def __init__(self, says: str, hint: str = "") -> None:
        super().__init__(says)
        self.says = says
        self.hint = hint


class WrongUse(Failure):
    """The words of the call do not fit: an unknown kind, verb, option or expression."""

    code = 2


class NotFound(Failure):
    """What was named does not exist, or is not there for the acting user."""

    code = 3


class Refused(Failure):
    """A rule forbids it: in use, already there, wrong state, changed meanwhile."""

    code = 4


class NotPermitted(Failure):
    """The acting user lacks the permission."""

    code = 5


class Invalid(Failure):
    """Values that do not fit their fields; holds every problem at once."""

    code = 6

    def __init__(self, says: str, problems: Iterable[Problem] = (), hint: str = "") -> None:
        super().__init__(says, hint)
        self.problems = tuple(problems)


class OutsideMissing(Failure):
    """Something outside the program is not there: disk space, a lock, an engine, a network."""

    code = 7


class Damaged(OutsideMissing):
    """The store's own files are not what was written; nothing is guessed and nothing is dropped."""


class VaultFailure(Failure):
    """The vault is locked, the passphrase wrong, or a sealed thing was tampered with."""

    code = 8
