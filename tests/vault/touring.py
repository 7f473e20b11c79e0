"""The way through every command: found in the vocabulary and tried in each form, so that a new one is on it too."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from typer import _click

from modelops_tui.__main__ import run
from modelops_tui.cli.parameters import FORMS
from modelops_tui.cli.tree import Group, root
from modelops_tui.cli.vocabulary import KIND_VERBS
from modelops_tui.entities.registry import BY_CALL, KINDS
from tests.vault.searching import Canaries

SECONDS = 60
"""How long one call may take before it is taken to wait for somebody."""

UNKNOWN = "nothing-is-called-so"


class Endless(BaseException):
    """A call that did not end by itself."""


@dataclass(frozen=True)
class Command:
    """One command of the vocabulary: its words, and what can stand after them."""

    words: tuple[str, ...]
    params: tuple[_click.Parameter, ...]

    @property
    def kind(self) -> str:
        """The kind that it is a verb of, "" for a word."""
        return BY_CALL[self.words[0]].name if self.words[0] in BY_CALL else ""

    @property
    def apart(self) -> bool:
        """Whether it has to do with chests or is no verb of a kind, and so is tried in every way."""
        return not self.kind or self.kind in KIND_VERBS

    def has(self, option: str) -> bool:
        return any(option in param.opts for param in self.params)

    @property
    def arguments(self) -> list[_click.Parameter]:
        return [param for param in self.params if param.param_type_name == "argument"]


def vocabulary() -> list[Command]:
    """Every command, as the tree of the command line makes them."""
    found: list[Command] = []

    def walk(words: tuple[str, ...], command: Any, above: Any) -> None:
        ctx = _click.Context(command, info_name=" ".join(("modelops", *words)), parent=above)
        if not isinstance(command, Group) or (words and command.invoke_without_command):
            found.append(Command(words, tuple(command.params)))
        if not isinstance(command, Group):
            return
        names = command.list_commands(ctx) if words else [*(kind.name for kind in KINDS), *_others(command, ctx)]
        for name in names:
            walk((*words, name), command.get_command(ctx, name), ctx)

    walk((), root(), None)
    return found


def _others(command: Group, ctx: Any) -> list[str]:
    return [name for name in command.list_commands(ctx) if name not in BY_CALL]


@dataclass(frozen=True)
class Answer:
    """What one call gave."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str


@dataclass
class Tour:
    """Calls commands inside this process and keeps which answer held a canary that nobody had asked for.

    `revealed` is what `reveal` gives for a place.
    """

    canaries: Canaries
    revealed: dict[str, str]
    answers: list[Answer] = field(default_factory=list)
    leaks: list[tuple[str, ...]] = field(default_factory=list)

    def call(self, *words: str, stdin: str = "") -> Answer:
        """One call; a canary in its output, or a number that is not documented, is kept as a leak."""
        answer = self.asked(*words, stdin=stdin)
        told = answer.out + answer.err
        if "reveal" in words and answer.out.removesuffix("\n") in self.revealed.values():
            told = answer.err
        elif "--reveal" in words:
            # Both sides of a conflict, asked for.
            told = answer.err
        if self.canaries.in_text(told) or (answer.code not in range(2, 9) and answer.code):
            self.leaks.append((*words, f"→ {answer.code}"))
        return answer

    def asked(self, *words: str, stdin: str = "") -> Answer:
        """One call that may show a secret, since it was asked to."""
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()))),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _patience(words),
        ):
            code = run(list(words))
        answer = Answer(words, code, out.getvalue(), err.getvalue())
        self.answers.append(answer)
        return answer

    def keys_of(self, kind: str) -> list[str]:
        """Ids of documents of a kind; none for a word."""
        if not kind:
            return []
        found = self.asked(kind, "list", "-o", "json", "--limit", "3", "--all").out
        return [item["id"] for item in json.loads(found or "[]")]


@contextlib.contextmanager
def _patience(words: tuple[str, ...]) -> Iterator[None]:
    def give_up(_number: int, _frame: Any) -> None:
        raise Endless(f"modelops {' '.join(words)} did not end by itself: say how the tour calls it")

    former = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


def calls_of(command: Command, places: dict[str, list[str]], *, thoroughly: bool) -> Iterator[list[str]]:
    """The calls of one command: without words, with right ones in every form and with each option, and with wrong ones.

    `places` says what stands after a command (by its words, or by the last), or what an option of some name takes.
    """
    words = list(command.words)
    given = (
        places.get(" ".join(words))
        or places.get(words[-1])
        or [value for param in command.arguments for value in _argument(param, places)]
    )
    yield [*words, "--help"]
    yield words
    yield [*words, *given]
    yield [*words, *(UNKNOWN for _ in command.arguments)]
    forms = FORMS if thoroughly else ("json",)
    yield from ([*words, *given, "-o", form] for form in forms if command.has("-o"))
    if not thoroughly:
        return
    yield ["-v", *words, *given]
    yield ["--as", UNKNOWN, *words, *given]
    yield [*words, *given, f"--{UNKNOWN}"]
    yield [*words, *given, UNKNOWN]
    for param in command.params:
        if param.param_type_name == "option" and param.opts[-1] not in ("--help", "--output"):
            yield [*words, *given, param.opts[0], *_option(param, places)]


def _argument(param: _click.Parameter, places: dict[str, list[str]]) -> list[str]:
    return places.get(str(param.name)) or ([UNKNOWN] if param.required else [])


def _option(param: Any, places: dict[str, list[str]]) -> list[str]:
    return [] if param.is_flag else places.get(param.opts[0], ["3"])
