"""When two values are the same, and which comes first. It never raises and never guesses a type."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

Test = Callable[[Any], bool]
PairTest = Callable[[Any, Any], bool]

_GROUPS = {bool: "truth", int: "number", float: "number", str: "text", datetime: "instant"}
ORDERS: dict[str, PairTest] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def elements(value: Any) -> Sequence[Any]:
    """The values a comparison tries: those of a list, else the value alone."""
    return value if isinstance(value, list | tuple) else (value,)


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal and of one type; whole and broken numbers are one type."""
    if _GROUPS.get(type(left)) != _GROUPS.get(type(right)):
        return False
    try:
        return bool(left == right)
    except RecursionError:
        # Python compares nested maps by recursion; what is nested that deep counts as unequal.
        return False


def any_same(left: Any, right: Any) -> bool:
    """Whether any element of one side is the same as any element of the other."""
    others = elements(right)
    return any(same(one, other) for one in elements(left) for other in others)


def any_ordered(sign: str) -> PairTest:
    """The test whether any pair of elements of one type stands in the order `sign`."""
    order, groups = ORDERS[sign], _GROUPS

    def ordered(left: Any, right: Any) -> bool:
        others = elements(right)
        return any(
            groups.get(type(one)) == groups.get(type(other)) and type(one) in groups and order(one, other)
            for one in elements(left)
            for other in others
        )

    return ordered


def same_as(wanted: Any) -> Test:
    """`any_same` with one side a single known value, quicker."""
    if wanted is None or isinstance(wanted, str):
        # Nothing of another type is ever equal to these, so Python's own equality will do.
        return lambda value: value == wanted or (type(value) is list and wanted in value)

    def test(value: Any) -> bool:
        if type(value) is list:
            return any(same(each, wanted) for each in value)
        return same(value, wanted)

    return test


def ordered_to(sign: str, wanted: Any) -> Test:
    """`any_ordered` with the right side a single known value, quicker."""
    order, slow = ORDERS[sign], any_ordered(sign)
    group = _GROUPS.get(type(wanted))
    types = tuple(each for each in _GROUPS if group is not None and _GROUPS[each] == group)

    def test(value: Any) -> bool:
        found = type(value)
        if found in types:
            return order(value, wanted)
        return found is list and slow(value, wanted)

    return test


def read_instant(text: str) -> datetime | None:
    """The UTC instant an ISO text names, None if it names none; without a zone it means UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_instants(value: Any) -> Any:
    """The value with texts that name a time, its own or its elements', turned into instants."""
    if isinstance(value, str):
        return read_instant(value) or value
    if isinstance(value, list):
        return [(read_instant(each) or each) if isinstance(each, str) else each for each in value]
    return value
