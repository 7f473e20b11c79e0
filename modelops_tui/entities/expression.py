"""The language of `--where` and of the filter line. It never runs what it reads as code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from modelops_tui.entities.expression_compile import compile_node
from modelops_tui.entities.expression_look import Look, PlainLook, PreparingLook
from modelops_tui.entities.expression_operands import FieldNames
from modelops_tui.entities.expression_parser import Parser
from modelops_tui.entities.expression_patterns import Search
from modelops_tui.entities.expression_tokens import LONGEST_TEXT, tokens
from modelops_tui.entities.expression_tree import FieldPath, Node, Words, equalities, paths
from modelops_tui.errors import WrongUse

__all__ = [
    "Expression",
    "FieldNames",
    "Look",
    "PlainLook",
    "PreparingLook",
    "parse",
    "parse_filter",
    "words",
]

_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_SYMBOL = re.compile(r"[=<>~]|!=")
_WORD_SIGNS = {"and", "or", "not", "in", "like"}


class Expression:
    """A checked condition on documents.

    A list counts as any of its elements: `tags == "x"` holds when one tag is x, and a path
    through a list (`steps.name`) reads all its elements. `!=` and `not in` are the opposites
    of `==` and `in`. A missing field is null; order comparisons with null or between types
    are false.
    """

    __slots__ = ("_text", "_tree")

    def __init__(self, tree: Node, text: str) -> None:
        self._tree, self._text = tree, text

    def matches(self, document: Mapping[str, Any], look: Look) -> bool:
        """Whether the one document fulfils it; for many documents `compile` is quicker.

        Raises WrongUse when a `~` pattern takes too long.
        """
        return self.compile(look)(document)

    def compile(self, look: Look) -> Callable[[Mapping[str, Any]], bool]:
        """A quick check for one evaluation run over any number of documents.

        All `~` patterns of one compiled check share 2 seconds and no match takes over 0.25;
        beyond that the check raises WrongUse. Compile again for the next run.
        """
        return compile_node(self._tree, look, Search())

    def equalities(self) -> list[tuple[FieldPath, Any]]:
        """The `path == value` pairs that every match fulfils, for a look-up in an index.

        Comparisons of times are left out. A value None also stands for a missing field, and a
        list holds the value as an element, so an index of whole values does not serve lists.
        """
        return equalities(self._tree)

    def paths(self) -> list[FieldPath]:
        """Every path that it reads."""
        return list(paths(self._tree))

    def __str__(self) -> str:
        """The expression in its plainest writing, or as it was typed where that is shorter."""
        plain = str(self._tree)
        # Spaces are added around signs, which must not make a text that is too long to read.
        return plain if len(plain) <= LONGEST_TEXT else self._text

    def __repr__(self) -> str:
        return f"Expression({str(self)!r})"


def parse(text: str, fields: FieldNames, *, now: datetime | None = None) -> Expression:
    """The expression `text`; `now` is what `ago(…)` counts from.

    Raises WrongUse whose sentence points at the mistake and whose hint tells near names.
    """
    return Expression(Parser(text, fields, now).tree(), text)


def words(text: str) -> Expression:
    """Plain words: each must occur in the look's haystack, whatever its case; none match all."""
    return Expression(Words(tuple(text.casefold().split()), text), text)


def parse_filter(text: str, fields: FieldNames, *, now: datetime | None = None) -> Expression:
    """What a filter line means: an expression if it holds an operator, else plain words.

    A sign such as `==` always makes it an expression. A word such as `in` or `not` does so when
    the whole can be read as one, or when the line begins with a known field: people also look
    for "trained in zurich". Raises WrongUse like `parse`.
    """
    if len(text) > LONGEST_TEXT or _SYMBOL.search(_QUOTED.sub("", text)):
        return parse(text, fields, now=now)
    if not _WORD_SIGNS & set(_QUOTED.sub("", text).lower().replace("(", " ").split()):
        return words(text)
    try:
        return parse(text, fields, now=now)
    except WrongUse:
        if _begins_with_a_field(text, fields):
            raise
        return words(text)


def _begins_with_a_field(text: str, fields: FieldNames) -> bool:
    first = text.split(None, 1)[0]
    try:
        token = tokens(first)[0]
    except WrongUse:
        return False
    return token.sort == "path" and fields.knows(token.value) is True
