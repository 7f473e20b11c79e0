"""Turns a checked tree into nested functions. It never evaluates text as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelops_tui.entities.expression_compare import (
    MIRRORED,
    ORDERS,
    Test,
    any_ordered,
    any_same,
    as_instants,
    elements,
    ordered_to,
    same_as,
)
from modelops_tui.entities.expression_look import Look, Reader, reader_of
from modelops_tui.entities.expression_patterns import Search, glob
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
    Words,
)

Check = Callable[[Mapping[str, Any]], bool]


def compile_node(node: Node, look: Look, search: Search) -> Check:
    """The check of one node; the searches of all its patterns share the time of `search`."""
    if isinstance(node, Every | Either):
        checks = tuple(compile_node(part, look, search) for part in node.nodes)
        return _every(checks) if isinstance(node, Every) else _either(checks)
    if isinstance(node, Not):
        return _opposite(compile_node(node.node, look, search))
    if isinstance(node, Truth):
        return _truth(reader_of(look, node.path.parts))
    if isinstance(node, Words):
        return _words(node.folded, look)
    return _comparison(node, look, search)


def _every(checks: tuple[Check, ...]) -> Check:
    if len(checks) == 2:
        first, second = checks
        return lambda document: first(document) and second(document)

    # Plain loops, here and below: a generator would double the time of each document.
    def every(document: Mapping[str, Any]) -> bool:
        for check in checks:
            if not check(document):
                return False
        return True

    return every


def _either(checks: tuple[Check, ...]) -> Check:
    def either(document: Mapping[str, Any]) -> bool:
        for check in checks:
            if check(document):
                return True
        return False

    return either


def _opposite(check: Check) -> Check:
    return lambda document: not check(document)


def _truth(read: Reader) -> Check:
    return lambda document: any(map(bool, elements(read(document))))


def _words(folded: tuple[str, ...], look: Look) -> Check:
    haystack = look.haystack

    def check(document: Mapping[str, Any]) -> bool:
        text = haystack(document).casefold()
        for word in folded:
            if word not in text:
                return False
        return True

    return check


def _comparison(node: Comparison, look: Look, search: Search) -> Check:
    sign = node.operator
    if sign in ("!=", "not in"):
        positive = node._replace(operator="==" if sign == "!=" else "in")
        return _opposite(_comparison(positive, look, search))
    if sign in ("like", "~"):
        pattern = str(node.right.value) if isinstance(node.right, Literal) else ""
        fits = glob(pattern) if sign == "like" else search.for_pattern(pattern)
        return _tested(_read(node.left, look, instants=False), _any_text(fits))
    if isinstance(node.left, Literal) and isinstance(node.right, Path) and sign != "in":
        node = Comparison(node.right, MIRRORED.get(sign, sign), node.left, node.instants)
        sign = node.operator
    left = _read(node.left, look, node.instants)
    if isinstance(node.right, Literal):
        wanted = node.right.value
        return _tested(left, ordered_to(sign, wanted) if sign in ORDERS else same_as(wanted))
    right = _read(node.right, look, node.instants)
    if sign == "in" and isinstance(node.right, Path):
        return _member(left, right)
    return _paired(left, any_ordered(sign) if sign in ORDERS else any_same, right)


def _read(operand: Operand, look: Look, instants: bool) -> Reader:
    if isinstance(operand, Listing):
        readers = [_read(item, look, instants) for item in operand.items]
        if all(isinstance(item, Literal) for item in operand.items):
            fixed = [read({}) for read in readers]
            return lambda document: fixed
        return lambda document: [each for read in readers for each in elements(read(document))]
    if isinstance(operand, Literal):
        value = operand.value
        return lambda document: value
    read = reader_of(look, operand.parts)
    return (lambda document: as_instants(read(document))) if instants else read


def _tested(read: Reader, test: Test) -> Check:
    return lambda document: test(read(document))


def _paired(left: Reader, test: Callable[[Any, Any], bool], right: Reader) -> Check:
    return lambda document: test(left(document), right(document))


def _member(left: Reader, right: Reader) -> Check:
    def check(document: Mapping[str, Any]) -> bool:
        values = right(document)
        return isinstance(values, list | tuple) and any_same(left(document), values)

    return check


def _any_text(fits: Callable[[str], bool]) -> Test:
    def test(value: Any) -> bool:
        if type(value) is str:
            return fits(value)
        return any(isinstance(each, str) and fits(each) for each in elements(value))

    return test
