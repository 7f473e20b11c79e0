"""Reads the text of an expression into its checked tree. It never guesses an unknown field."""

from __future__ import annotations

from datetime import datetime

from modelops_tui.entities.expression_compare import ORDERS
from modelops_tui.entities.expression_operands import AGO_HINT, FieldNames, Operands
from modelops_tui.entities.expression_patterns import prepared
from modelops_tui.entities.expression_tokens import Token, mistake, tokens
from modelops_tui.entities.expression_tree import (
    Comparison,
    Either,
    Every,
    Listing,
    Literal,
    Node,
    Not,
    Operand,
    Path,
    Truth,
)
from modelops_tui.errors import WrongUse

DEEPEST = 100

_COMPARISONS = {"==", "!=", "~", *ORDERS}
_CONSTANTS = {"true": True, "false": False, "null": None}


class Parser:
    """One reading of one text: `tree` gives its tree or raises WrongUse."""

    def __init__(self, text: str, fields: FieldNames, now: datetime | None) -> None:
        self._text, self._operands = text, Operands(text, fields, now)
        self._tokens, self._at, self._depth = tokens(text), 0, 0

    def tree(self) -> Node:
        """The tree of the whole text; raises WrongUse that points at the first mistake."""
        if self._token.sort == "end":
            raise self._wrong(self._token, "The expression is empty.", 'Try: name like "iris-*"')
        node = self._either()
        token = self._token
        if token.sort == "symbol" and token.value in _COMPARISONS:
            raise self._wrong(token, "Only two values can be compared.", "Join them with and.")
        if token.sort != "end":
            raise self._wrong(token, "Here and, or or the end was expected.")
        return node

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._token
        self._at += token.sort != "end"
        return token

    def _took(self, sort: str, value: str) -> bool:
        """Takes the next word if it is this one."""
        if self._token.sort == sort and self._token.value == value:
            self._at += 1
            return True
        return False

    def _wrong(self, token: Token, says: str, hint: str = "") -> WrongUse:
        return mistake(self._text, token.start, token.end, says, hint)

    def _either(self) -> Node:
        nodes = [self._every()]
        while self._took("word", "or"):
            nodes.append(self._every())
        return nodes[0] if len(nodes) == 1 else Either(tuple(nodes))

    def _every(self) -> Node:
        nodes = [self._opposite()]
        while self._took("word", "and"):
            nodes.append(self._opposite())
        return nodes[0] if len(nodes) == 1 else Every(tuple(nodes))

    def _opposite(self) -> Node:
        depth = self._depth
        while self._token.sort == "word" and self._token.value == "not":
            self._deeper(self._take())
        nots = self._depth - depth
        if self._token.sort == "symbol" and self._token.value == "(":
            node = self._group(self._take())
        else:
            node = self._comparison()
        self._depth = depth
        for _ in range(nots):
            node = Not(node)
        return node

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(token, f"The expression is nested more than {DEEPEST} deep.")

    def _group(self, opening: Token) -> Node:
        self._deeper(opening)
        node = self._either()
        if not self._took("symbol", ")"):
            raise self._wrong(self._token, "A closing ) is missing.")
        return node

    def _comparison(self) -> Node:
        start = self._token
        left = self._operand()
        sign = self._sign()
        if sign == "":
            if isinstance(left, Path):
                return Truth(left)
            raise self._wrong(start, "A value alone says nothing.", "Compare it with a field.")
        right_token = self._token
        if sign in ("in", "not in"):
            right: Operand = self._listing() if self._took("symbol", "[") else self._operand()
            if isinstance(right, Literal):
                says = f"{sign} needs a list or a field that holds one."
                raise self._wrong(right_token, says, 'For example: state in ["FAILED", "RUNNING"]')
        else:
            right = self._operand()
        if sign in ("like", "~"):
            self._check_pattern(sign, right, right_token)
            return Comparison(left, sign, right, instants=False)
        return self._operands.comparison(left, sign, right)

    def _sign(self) -> str:
        token = self._token
        if token.sort == "symbol" and token.value in _COMPARISONS:
            return str(self._take().value)
        if token.sort == "word" and token.value in ("in", "like"):
            return str(self._take().value)
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if (token.sort, token.value, following.value) == ("word", "not", "in"):
            self._at += 2
            return "not in"
        return ""

    def _check_pattern(self, sign: str, right: Operand, token: Token) -> None:
        if not isinstance(right, Literal) or not isinstance(right.value, str):
            raise self._wrong(token, f"{sign} needs a pattern in quotes.")
        if sign == "~":
            try:
                prepared(right.value)
            except WrongUse as problem:
                raise self._wrong(token, problem.says, problem.hint) from problem

    def _listing(self) -> Listing:
        items: list[Path | Literal] = []
        while not self._took("symbol", "]"):
            if items and not self._took("symbol", ","):
                raise self._wrong(self._token, "A comma or a closing ] is missing.")
            items.append(self._operand())
        return Listing(tuple(items))

    def _operand(self) -> Path | Literal:
        token = self._take()
        if token.value == ("ago",) and self._took("symbol", "("):
            return self._ago(token)
        if token.sort == "path":
            return self._operands.path(token)
        if token.sort in ("text", "number"):
            return self._operands.literal(token, token.value, token.end)
        if token.sort == "word" and token.value in _CONSTANTS:
            return self._operands.literal(token, _CONSTANTS[token.value], token.end)
        hint = "Quote it to mean text." if token.sort == "word" else ""
        raise self._wrong(token, "A field or a value is missing here.", hint)

    def _ago(self, token: Token) -> Literal:
        span = self._take()
        if span.sort != "text":
            raise self._wrong(span, "ago needs a span of time in quotes.", AGO_HINT)
        closing = self._token
        if not self._took("symbol", ")"):
            raise self._wrong(closing, "A closing ) is missing.")
        return self._operands.literal(token, self._operands.ago(span), closing.end)
