"""The arguments and options that several commands share, with how they complete. It reads no value."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from typer import _click
from typer.core import TyperArgument, TyperOption

from modelops_tui.entities.wording import a
from modelops_tui.errors import WrongUse

if TYPE_CHECKING:
    from modelops_tui.entities.kind import Kind

Complete = Callable[[_click.Context, list[str], str], list[Any]]
MOST = 2**31 - 1
FORMS = ("table", "wide", "json", "jsonl", "yaml", "csv", "name")


class OneOf(_click.types.ParamType):
    """One of a few words, in any case."""

    name = "choice"

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words

    def convert(self, value: Any, param: _click.Parameter | None, _ctx: _click.Context | None) -> Any:
        """Gives the word as it is declared; raises WrongUse with the nearest for another."""
        word = str(value).lower()
        if word in self.words:
            return word
        from difflib import get_close_matches

        near = get_close_matches(word, self.words, n=1, cutoff=0.5)
        name = param.opts[0] if param is not None else "It"
        raise WrongUse(
            f"{name} takes one of {', '.join(self.words)}, not {value!r}.", f"Did you mean {near[0]}?" if near else ""
        )


class Condition(_click.types.ParamType):
    """An expression; an empty one, as an unset variable of a script gives, must not mean everything."""

    name = "expression"

    def convert(self, value: Any, _param: _click.Parameter | None, _ctx: _click.Context | None) -> Any:
        """Gives the expression as it is; raises WrongUse for an empty one."""
        if not str(value).strip():
            raise WrongUse("--where is empty.", "Where all are meant, say so: --where 'id != null'")
        return value


def key_argument(kind: Kind, *, many: bool = False, required: bool = True) -> TyperArgument:
    """The key or id of a document, or several of them; it completes keys."""
    return TyperArgument(
        param_decls=["keys" if many else "key"],
        metavar="KEY…" if many else "KEY",
        nargs=-1 if many else 1,
        required=required,
        help=f"Key or id of {a(kind.title)}, or the first 6 or more digits of an id.",
        autocompletion=complete_keys(kind.name),
    )


def argument(
    name: str,
    metavar: str,
    says: str,
    *,
    many: bool = False,
    required: bool = True,
    whole: bool = False,
    complete: Complete | None = None,
) -> TyperArgument:
    """An argument of text, or with `whole` a whole number of at least 0."""
    return TyperArgument(
        param_decls=[name],
        metavar=metavar,
        nargs=-1 if many else 1,
        required=required,
        help=says,
        type=whole_number() if whole else None,
        autocompletion=complete,
    )


def whole_number() -> Any:
    """The type of a whole number of at least 0."""
    return _click.types.IntRange(min=0, max=MOST)


def option(
    *names: str,
    metavar: str,
    says: str,
    many: bool = False,
    whole: bool = False,
    choices: tuple[str, ...] = (),
    complete: Complete | None = None,
) -> TyperOption:
    """An option that takes a value: text, one of `choices`, or with `whole` a whole number of at least 0."""
    type_: Any = whole_number() if whole else None
    if choices:
        type_ = OneOf(choices)
    return TyperOption(
        param_decls=list(names),
        metavar=metavar,
        help=says,
        multiple=many,
        type=type_,
        autocompletion=complete or (complete_words(choices) if choices else None),
    )


def flag(*names: str, says: str) -> TyperOption:
    """An option without a value."""
    return TyperOption(param_decls=list(names), is_flag=True, help=says)


def output_options() -> list[TyperOption]:
    """`-o FORM` and `--json`."""
    return [
        option("output", "-o", "--output", metavar="FORM", says="One of " + ", ".join(FORMS) + ".", choices=FORMS),
        flag("as_json", "--json", says="The same as -o json."),
    ]


def where_option(kind: Kind) -> TyperOption:
    """`--where EXPR`."""
    says = 'Only what fulfils it: name == "iris", created_at > ago("7d"), a and not b.'
    return TyperOption(
        param_decls=["--where"],
        metavar="EXPR",
        help=says,
        type=Condition(),
        autocompletion=complete_paths(kind, ""),
    )


def complete_words(words: tuple[str, ...]) -> Complete:
    """Completes words of a list."""
    return lambda _ctx, _args, incomplete: [word for word in words if word.startswith(incomplete)]


def complete_keys(kind_name: str) -> Complete:
    """Completes keys of a kind."""

    def complete(ctx: _click.Context, _args: list[str], incomplete: str) -> list[Any]:
        from modelops_tui.cli.known_keys import keys_beginning

        return list(keys_beginning(ctx, kind_name, incomplete))

    return complete


def complete_chest_entry(ctx: _click.Context, _args: list[str], incomplete: str) -> list[str]:
    """Completes `chest/entry`, first the chest and then its entry."""
    from modelops_tui.cli.known_keys import entries_beginning, keys_beginning

    chest, sign, begun = incomplete.partition("/")
    if not sign:
        return [f"{key}/" for key in keys_beginning(ctx, "treasure-chest", chest)]
    return [f"{chest}/{entry}" for entry in entries_beginning(ctx, chest, begun) if "." not in entry]


def complete_paths(kind: Kind, end: str) -> Complete:
    """Completes the fields of a kind, each followed by `end`."""

    def complete(_ctx: _click.Context, _args: list[str], incomplete: str) -> list[Any]:
        names = [*kind.by_name, *kind.computed_by_name, "created_at", "updated_at", "created_by", "key", "id", "rev"]
        return [f"{name}{end}" for name in names if name.startswith(incomplete)]

    return complete
