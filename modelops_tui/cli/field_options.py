"""Options made from the fields of a kind, and values read from what was typed after them. It checks no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from typer import _click
from typer.core import TyperOption

from modelops_tui.cli.parameters import Complete, complete_chest_entry, complete_keys, complete_words, option
from modelops_tui.cli.tree import Context, Verb
from modelops_tui.entities.field import Auto, Field, FieldType
from modelops_tui.entities.kind import Kind
from modelops_tui.entities.scalars import Boolean, Choice
from modelops_tui.entities.structures import Items, Reference, SecretPlace, Snapshot
from modelops_tui.errors import WrongUse

FIELD = "field_"
YES_OR_NO = ("true", "false", "yes", "no", "on", "off")


def field_option(item: Field) -> TyperOption:
    """The option of one field: its name with dashes, repeatable where the field is a list."""
    name = option_name(item.name)
    many = isinstance(item.type, Items)
    says = f"{item.says} {_sentence(item.type.describe())}"
    if item.required and item.default is None:
        says += " Required."
    elif isinstance(item.default, Auto):
        says += f" Without it: {item.default.value}."
    elif item.default not in (None, [], {}, ""):
        says += f" Without it: {str(item.default).lower() if isinstance(item.default, bool) else item.default}."
    if many:
        says += " Can be repeated."
    metavar = "true|false" if isinstance(item.type, Boolean) else "VALUE"
    names = [FIELD + item.name, name]
    if many and name.endswith("s"):
        # One item at a time reads better in the singular: --model-file name=model.pkl.
        names.append(name[:-1])
    return option(*names, metavar=metavar, says=says, many=many, complete=completion_of(item.type))


def option_name(field_name: str) -> str:
    """The option of a field."""
    return "--" + field_name.replace("_", "-")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def completion_of(type_: FieldType) -> Complete | None:
    """What completes a value of a type: keys for a reference, words for a choice."""
    if isinstance(type_, Items):
        return completion_of(type_.of)
    if isinstance(type_, Reference | Snapshot):
        return complete_keys(type_.kind)
    if isinstance(type_, SecretPlace):
        return complete_chest_entry
    if isinstance(type_, Choice):
        return complete_words(type_.words)
    return complete_words(("true", "false")) if isinstance(type_, Boolean) else None


def values_of(kind: Kind, options: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were given by field options, read by the types of their fields."""
    from modelops_tui.services.assignments import read_option

    values: dict[str, Any] = {}
    for name, given in options.items():
        if given is None or given == () or given == []:
            continue
        field = name.removeprefix(FIELD)
        if isinstance(given, list | tuple):
            read = [read_option(kind, field, text) for text in given]
            values[field] = [part for item in read for part in (item if isinstance(item, list) else [item])]
        else:
            values[field] = read_option(kind, field, given)
    return values


class FieldVerb(Verb):
    """A verb with the options of fields, whose yes-or-no options also stand alone (`--public`, `--no-public`)."""

    def __init__(self, *arguments: Any, switches: Sequence[str], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.switches = {option_name(name) for name in switches}

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Writes switches out before the words are read; raises WrongUse for one with a word that is no answer."""
        given = list(args)
        try:
            return super().parse_args(ctx, self._written_out(args))
        except _click.exceptions.UsageError as error:
            self._refuse_answer(given)
            raise error

    def _refuse_answer(self, args: list[str]) -> None:
        for word, value in pairwise(args):
            name = "--" + word.removeprefix("--no-") if word.startswith("--no-") else word
            if name in self.switches and not value.startswith("-") and (name != word or value not in YES_OR_NO):
                takes = "no value" if name != word else "true or false"
                raise WrongUse(
                    f"{word} takes {takes}, not {value!r}.", f"Write {name} for yes, --no-{name[2:]} for no."
                )

    def _written_out(self, args: list[str]) -> list[str]:
        taking = {
            name for param in self.params if isinstance(param, TyperOption) and not param.is_flag for name in param.opts
        }
        words: list[str] = []
        place = 0
        while place < len(args):
            word = args[place]
            place += 1
            if word == "--":
                return [*words, word, *args[place:]]
            if word in self.switches:
                value = args[place].lower() if place < len(args) else ""
                if value in YES_OR_NO:
                    place += 1
                words.append(f"{word}={value if value in YES_OR_NO else 'true'}")
            elif word.startswith("--no-") and "--" + word[5:] in self.switches:
                words.append(f"--{word[5:]}=false")
            else:
                words.append(word)
                if word in taking and place < len(args):
                    words.append(args[place])
                    place += 1
        return words

    def shell_complete(self, ctx: Context, incomplete: str) -> list[Any]:
        """The options, with those that say no."""
        from typer._click.shell_completion import CompletionItem

        found: list[Any] = _click.Command.shell_complete(self, ctx, incomplete)
        negative = ["--no-" + name[2:] for name in sorted(self.switches)]
        return found + [CompletionItem(name) for name in negative if incomplete and name.startswith(incomplete)]
