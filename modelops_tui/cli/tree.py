"""The tree of commands, each made only when it is asked for. It loads no verb to show help."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from typer import _click
from typer.core import TyperCommand, TyperGroup, TyperOption

from modelops_tui.cli.parameters import complete_keys
from modelops_tui.cli.session import Session
from modelops_tui.cli.vocabulary import (
    CALLED_ELSEWHERE,
    GROUPS,
    INSTEAD,
    VERBS,
    VERBS_ELSEWHERE,
    WORDS,
    Place,
    verbs_of,
)
from modelops_tui.entities.registry import AREAS, BY_CALL
from modelops_tui.entities.wording import a, an
from modelops_tui.errors import WrongUse

if TYPE_CHECKING:
    from modelops_tui.entities.kind import Kind

Context = _click.Context
Run = Callable[..., None]


# What only looks makes no registry in a folder that was mistyped.
LOOKING = frozenset(("changes", "history", "kinds", "list", "log", "refs", "search", "show", "status"))


class Verb(TyperCommand):
    """A command that is run with the session of the call and its own parameters.

    One that works with a secret says in `secret_by` how it is given: what is written too much may be one.
    """

    def __init__(
        self,
        name: str,
        says: str,
        run: Run,
        params: Sequence[_click.Parameter],
        *,
        more: str = "",
        secret_by: str = "",
    ) -> None:
        super().__init__(
            name,
            params=list(params),
            help=says,
            epilog=more,
            rich_markup_mode=None,
            context_settings={"allow_extra_args": bool(secret_by)},
        )
        self.run = run
        self.secret_by = secret_by

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Reads the words of the call; raises WrongUse for too many, without any of them where one may be a secret."""
        rest = super().parse_args(ctx, args)
        if self.secret_by and rest and not ctx.resilient_parsing:
            raise WrongUse(
                "Those are too many arguments, and a secret is never one: the shell's history keeps it, and others on "
                "this machine see it.",
                f"Leave it out to be asked for it. {self.secret_by}",
            )
        return rest

    def invoke(self, ctx: Context) -> Any:
        """Runs it with the session."""
        session = ctx.find_object(Session)
        assert session is not None
        session.looking = self.name in LOOKING
        return self.run(session, **ctx.params)


class Group(TyperGroup):
    """A group whose commands are named by a table and made one at a time."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(rich_markup_mode=None, **settings)

    def rows(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        """The sections of the help: a title, then names with summaries."""
        raise NotImplementedError

    def calls(self) -> Iterable[str]:
        """Every word that names a command, for a near one to be found."""
        raise NotImplementedError

    def list_commands(self, _ctx: Context) -> list[str]:
        """The names that help and completion show."""
        return [name for _, rows in self.rows() for name, _ in rows]

    def format_commands(self, _ctx: Context, formatter: _click.HelpFormatter) -> None:
        """Writes the sections of the help."""
        for title, rows in self.rows():
            with formatter.section(title):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: Context, incomplete: str) -> list[Any]:
        """The words that begin so, without making any of their commands."""
        from typer._click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=says)
            for _, rows in self.rows()
            for name, says in rows
            if name.startswith(incomplete)
        ]
        return found + _click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, _click.Command | None, list[str]]:
        """Finds the command; raises WrongUse with the nearest word where there is none."""
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise WrongUse(self.unknown(args[0]), self.near(args[0], ctx))
        return (args[0] if command else None), command, args[1:]

    def unknown(self, word: str) -> str:
        """The sentence for a word that names no command."""
        return f"There is no command {word!r}."

    def near(self, word: str, ctx: Context) -> str:
        """The hint for a word that names no command."""
        from difflib import get_close_matches

        near = get_close_matches(word.lower(), sorted(set(self.calls())), n=1, cutoff=0.5)
        return f"Did you mean {near[0]}?" if near else f"See what there is: {ctx.command_path} --help"


class KindGroup(Group):
    """The verbs of one kind."""

    def __init__(self, kind: Kind, called: str) -> None:
        shorts = f" Also called {', '.join(kind.shorts)}." if kind.shorts else ""
        super().__init__(name=called, help=kind.says + shorts, subcommand_metavar="VERB …", no_args_is_help=True)
        self.kind = kind

    def rows(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        """The verbs with their summaries."""
        return [("Verbs", [(name, place.says) for name, place in verbs_of(self.kind).items()])]

    def calls(self) -> Iterable[str]:
        """The verbs."""
        return verbs_of(self.kind)

    def get_command(self, _ctx: Context, cmd_name: str) -> _click.Command | None:
        """Makes the one verb that is asked for."""
        place = verbs_of(self.kind).get(cmd_name)
        return made(place, self.kind) if place is not None else None

    def near(self, word: str, ctx: Context) -> str:
        """What to do instead, else the nearest verb."""
        known = VERBS_ELSEWHERE.get(word.lower(), word)
        if (self.kind.name, known) in INSTEAD:
            return INSTEAD[self.kind.name, known]
        return f"Did you mean {known}?" if known in verbs_of(self.kind) else super().near(word, ctx)

    def unknown(self, word: str) -> str:
        """The sentence for a verb that the kind does not have."""
        if word in VERBS:
            return f"{an(self.kind.title)} cannot be used with {word}; it has {', '.join(verbs_of(self.kind))}."
        return f"There is no verb {word!r} for {a(self.kind.title)}."


class WordGroup(Group):
    """The words below one word, such as those of `store`; with `run` that word also stands alone, with options."""

    def __init__(
        self,
        name: str,
        says: str,
        what: str,
        run: Run | None = None,
        params: Sequence[_click.Parameter] = (),
        *,
        more: str = "",
    ) -> None:
        super().__init__(
            name=name,
            help=says,
            epilog=more,
            params=list(params),
            subcommand_metavar="WORD …" if run is None else "[WORD …]",
            no_args_is_help=run is None,
            invoke_without_command=run is not None,
        )
        self.words = GROUPS[name]
        self.what = what
        self.run = run

    def rows(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        """The words with their summaries."""
        return [("Words", [(name, place.says) for name, place in self.words.items()])]

    def calls(self) -> Iterable[str]:
        """The words."""
        return self.words

    def get_command(self, _ctx: Context, cmd_name: str) -> _click.Command | None:
        """Makes the one word that is asked for."""
        return made(self.words[cmd_name]) if cmd_name in self.words else None

    def unknown(self, word: str) -> str:
        """The sentence for a word that there is not."""
        return f"There is no word {word!r} for {self.what}."

    def invoke(self, ctx: Context) -> Any:
        """Runs the word that follows, or this one where none does; raises WrongUse for options of both."""
        if self.run is None or not ctx._protected_args:
            return super().invoke(ctx) if self.run is None else self.run(ctx.find_object(Session), **ctx.params)
        given = next((param.opts[0] for param in self.params if ctx.params.get(param.name or "")), "")
        if given:
            word = ctx._protected_args[0]
            raise WrongUse(f"{given} stands before {word}.", f"modelops {self.name} {word} has options of its own.")
        return super().invoke(ctx)


class Root(Group):
    """The kinds and the other words."""

    def rows(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        """The kinds area by area, then the words."""
        for area, kinds in AREAS.items():
            yield f"Kinds of {area}", [(kind.name, kind.says) for kind in kinds]
        yield "Other words", [(name, place.says) for name, place in WORDS.items()]

    def calls(self) -> Iterable[str]:
        """Kinds, their short names, and words."""
        return [*BY_CALL, *WORDS]

    def get_command(self, _ctx: Context, cmd_name: str) -> _click.Command | None:
        """Makes the word or the group of the kind that is asked for."""
        if cmd_name in WORDS:
            return made(WORDS[cmd_name])
        forms = (cmd_name, cmd_name.removesuffix("s"), cmd_name.removesuffix("ies") + "y")
        kind = next((BY_CALL[form] for form in forms if form in BY_CALL), None)
        return KindGroup(kind, cmd_name) if kind is not None else None

    def unknown(self, word: str) -> str:
        """The sentence for a word that is no kind and no command."""
        return f"There is no kind or command {word!r}."

    def near(self, word: str, ctx: Context) -> str:
        """The hint for a word that is none: what others call it, else the nearest."""
        if word in VERBS:
            return f"The kind comes first: modelops KIND {word} …"
        known = CALLED_ELSEWHERE.get(word.lower())
        return f"It is called: modelops {known}" if known else super().near(word, ctx)

    def invoke(self, ctx: Context) -> Any:
        """Takes the global options into the session before the rest is looked at."""
        session = ctx.find_object(Session)
        assert session is not None
        take_options(session, ctx)
        return super().invoke(ctx)


def take_options(session: Session, ctx: Context) -> None:
    """Puts the global options of a call into its session."""
    from pathlib import Path

    folder = ctx.params.get("home")
    session.folder = Path(folder) if folder else None
    session.user = ctx.params.get("as_user") or ""
    session.verbose = bool(ctx.params.get("verbose"))


def made(place: Place, *what: Any) -> _click.Command:
    """The command that is made at a place of the vocabulary."""
    module = import_module(f"modelops_tui.cli.{place.module}")
    command: _click.Command = getattr(module, place.function)(*what)
    return command


def root() -> Root:
    """The whole tree, none of it made yet."""
    return Root(
        name="modelops",
        help="A registry of machine learning work on your own machine. Without words it opens a full screen.",
        params=[
            TyperOption(param_decls=["--home"], metavar="DIR", help="Folder of the registry. [MODELOPS_HOME]"),
            TyperOption(
                param_decls=["as_user", "--as"],
                metavar="USER",
                help="Act as this user. [MODELOPS_USER]",
                autocompletion=complete_keys("user"),
            ),
            TyperOption(param_decls=["--verbose", "-v"], is_flag=True, help="Tell more on the way."),
            TyperOption(param_decls=["--version"], is_flag=True, help="Show the version."),
        ],
        subcommand_metavar="KIND VERB … | WORD …",
    )
