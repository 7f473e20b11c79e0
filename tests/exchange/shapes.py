"""Words to state a contract with: types as they are on the wire, and shapes that take no field too many."""

from __future__ import annotations

import re
from collections import UserString
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

Check = Callable[[Any], bool]
Shape = dict[str, tuple[str, Check]]

HEX = re.compile(r"[0-9a-f]{24}\Z")
LABEL = re.compile(r"[^:]+:[^:]+:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")


def text(value: Any) -> bool:
    return type(value) is str


def flag(value: Any) -> bool:
    return type(value) is bool


def whole(value: Any) -> bool:
    return type(value) is int


def decimal(value: Any) -> bool:
    return type(value) is float


def anything(value: Any) -> bool:
    return True


def a_map(value: Any) -> bool:
    return type(value) is dict and all(type(name) is str for name in value)


def date(value: Any) -> bool:
    return type(value) is datetime and value.tzinfo == UTC and value.microsecond % 1000 == 0


def object_id(value: Any) -> bool:
    return isinstance(value, UserString) and HEX.match(value.data) is not None


def id_text(value: Any) -> bool:
    return type(value) is str and HEX.match(value) is not None


def nothing(value: Any) -> bool:
    return value is None


def either(*checks: Check) -> Check:
    return lambda value: any(check(value) for check in checks)


def exactly(*values: Any) -> Check:
    return lambda value: any(value == each and type(value) is type(each) for each in values)


def many(check: Check) -> Check:
    return lambda value: type(value) is list and all(check(item) for item in value)


def by_name(check: Check) -> Check:
    return lambda value: a_map(value) and all(check(item) for item in value.values())


def shaped(shape: Shape) -> Check:
    return lambda value: a_map(value) and not list(faults(value, shape))


def faults(document: dict[str, Any], shape: Shape, path: str = "") -> Iterator[str]:
    """Every field that is missing, too many, or of another type."""
    for name in document.keys() - shape.keys():
        yield f"{path}{name}: is not known there"
    for name, (need, check) in shape.items():
        if name not in document:
            if need == "must":
                yield f"{path}{name}: is missing"
        elif not check(document[name]):
            yield f"{path}{name}: {document[name]!r}"


def must(check: Check) -> tuple[str, Check]:
    return ("must", check)


def may(check: Check) -> tuple[str, Check]:
    return ("may", check)
